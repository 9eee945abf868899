"""What a plan costs at most: the bound that is reserved for it."""

from collections.abc import Iterable

from routing.core.decision import Call, ClassifyPlan, PlanNode
from routing.core.release import Release


def worst_case_by_model(release: Release, node: PlanNode, attempts: int) -> dict[str, int]:
    """Nano-dollars by model of whatever may be called under `node`, retries included. Of the branches of a
    Classify only one is: for each model the dearest counts."""
    if isinstance(node, Call):
        return {release.deployments[node.deployment].model: node.worst_case_nano * attempts}
    if not isinstance(node, ClassifyPlan):
        return _sums(worst_case_by_model(release, part, attempts) for part in node.parts)
    dearest: dict[str, int] = {}
    for branch in (*node.branches, node.otherwise):
        for model, nano in worst_case_by_model(release, branch, attempts).items():
            dearest[model] = max(dearest.get(model, 0), nano)
    return _sums((worst_case_by_model(release, node.helper, attempts), dearest))


def worst_nano(release: Release, node: PlanNode, attempts: int = 1) -> int:
    return sum(worst_case_by_model(release, node, attempts).values())


def _sums(parts: Iterable[dict[str, int]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for part in parts:
        for model, nano in part.items():
            sums[model] = sums.get(model, 0) + nano
    return sums

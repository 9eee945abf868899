"""What a plan may cost at worst, by account: what its shadows may cost is not the application's to pay."""

from collections.abc import Iterable, Iterator, Mapping

from billing.core.accounts import SHADOW, account_of, parts_of
from routing.core.decision import Call, ClassifyPlan, ExperimentPlan, Plan, PlanNode, calls
from routing.core.release import Release

Amounts = dict[str, int]


def accounts_of(release: Release, plan: Plan) -> Mapping[str, int]:
    """Nano-dollars by account, together the plan's worst case."""
    if not has_shadows(plan.root):
        return dict(plan.worst_case_nano_by_model)
    return worst_case_by_account(release, plan.root, plan.max_attempts_per_call)


def has_shadows(root: PlanNode) -> bool:
    return not isinstance(root, Call) and next(_casts(root), None) is not None


def casts_of(root: PlanNode) -> dict[str, str]:
    """The path of each call that a shadow makes → the experiment's name; of shadows of shadows the first."""
    found: dict[str, str] = {}
    for cast in _casts(root):
        for shadow in cast.shadows:
            for call in calls(shadow):
                found.setdefault(call.path, cast.name)
    return found


def worst_case_by_account(release: Release, node: PlanNode, attempts: int, shadow_of: str = "") -> Amounts:
    """Of whatever may be called under `node`, retries included. Of the branches of a Classify only one is:
    for each account the dearest counts."""
    if isinstance(node, Call):
        model = release.deployments[node.deployment].model
        return {account_of(model, shadow_of): node.worst_case_nano * attempts}
    if isinstance(node, ExperimentPlan):
        shadows = (
            worst_case_by_account(release, each, attempts, shadow_of or node.name) for each in node.shadows
        )
        return _sums((worst_case_by_account(release, node.member, attempts, shadow_of), *shadows))
    if not isinstance(node, ClassifyPlan):
        return _sums(worst_case_by_account(release, part, attempts, shadow_of) for part in node.parts)
    dearest: Amounts = {}
    for branch in (*node.branches, node.otherwise):
        for account, nano in worst_case_by_account(release, branch, attempts, shadow_of).items():
            dearest[account] = max(dearest.get(account, 0), nano)
    return _sums((worst_case_by_account(release, node.helper, attempts, shadow_of), dearest))


def by_model(amounts: Mapping[str, int]) -> Amounts:
    """The same by model, whoever pays."""
    if SHADOW not in "".join(amounts):
        return dict(amounts)
    return _sums({parts_of(account)[1]: nano} for account, nano in amounts.items())


def _casts(node: PlanNode) -> Iterator[ExperimentPlan]:
    """The experiments that cast a shadow, the outer ones first."""
    if isinstance(node, Call):
        return
    if isinstance(node, ExperimentPlan) and node.shadows:
        yield node
    for part in node.parts:
        yield from _casts(part)


def _sums(parts: Iterable[Mapping[str, int]]) -> Amounts:
    sums: Amounts = {}
    for part in parts:
        for name, nano in part.items():
            sums[name] = sums.get(name, 0) + nano
    return sums

"""What a plan costs at most: the bound that is reserved for it."""

from routing.core.accounts import by_model, worst_case_by_account
from routing.core.decision import PlanNode
from routing.core.release import Release


def worst_case_by_model(release: Release, node: PlanNode, attempts: int) -> dict[str, int]:
    """Nano-dollars by model of whatever may be called under `node`, retries included, whoever pays for it."""
    return by_model(worst_case_by_account(release, node, attempts))


def worst_nano(release: Release, node: PlanNode, attempts: int = 1) -> int:
    return sum(worst_case_by_model(release, node, attempts).values())

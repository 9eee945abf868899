"""Whether a line of a batch goes out by its provider's own batch service, and what it may cost there.

The plan is that of any request, narrowed to its first call: what the provider's batch does not answer is
asked again as an ordinary request, with a plan of its own. So nothing beyond that call is held.
"""

from dataclasses import replace

from routing.core.cost import worst_case_nano
from routing.core.decision import Call, FallbackPlan, Plan, PlanNode
from routing.core.facts import Facts
from routing.core.judge import input_bound_tokens
from routing.core.operations import CHAT, EMBEDDINGS, MODERATIONS
from routing.core.release import Deployment, Price, Release

PROVIDER_BATCHES = "provider_batches"
QUIRKS = {PROVIDER_BATCHES: "answers batches by its own batch service: lines wait there, at its batch price"}
OPERATIONS = frozenset((CHAT, EMBEDDINGS, MODERATIONS))  # of lines; those that a dialect knows, it batches
ZERO_RETENTION = "zero_retention"
DEADLINE_S = 26 * 3600  # past the window of a batch and the time in which its provider's may be cancelled


def batched(release: Release, plan: Plan, facts: Facts, now_us: int) -> Plan:
    """The plan by the provider's batch service, where all of this holds; else the plan as it is.

    1. The call that would be made first stands for itself: nothing else is called beside it.
    2. Its deployment is marked for it, and its price in force says what a batch costs.
    3. Neither class nor matrix asks for zero retention: a batch lies at the provider until it is read.
    4. The request asks for no service tier, since a batch is one; nor to be quick, or for less than it costs.
    """
    call = _first(plan.root)
    if call is None or facts.operation not in OPERATIONS or facts.service_tier or facts.knobs.max_latency_ms:
        return plan
    deployment = release.deployments[call.deployment]
    price = deployment.price_at(now_us)
    if price is None or not _takes_batches(deployment, price) or _keeps_nothing(release, deployment, facts):
        return plan
    worst = worst_case_nano(
        price,
        input_tokens=input_bound_tokens(deployment, facts),
        output_tokens=call.max_output_tokens * facts.choices,
        audio="audio" in facts.needs,
        batch=True,
    )
    if facts.knobs.max_cost_nano is not None and worst > facts.knobs.max_cost_nano:
        return plan
    return replace(
        plan,
        latency_budget_ms=None,
        root=replace(call, worst_case_nano=worst),
        deadline_s=DEADLINE_S,
        max_attempts_per_call=1,
        worst_case_nano=worst,
        worst_case_nano_by_model=((deployment.model, worst),),
        batch=True,
    )


def is_possible(release: Release) -> bool:
    """Whether any deployment of the release is marked for it."""
    return any(PROVIDER_BATCHES in deployment.quirks for deployment in release.deployments.values())


def _first(node: PlanNode) -> Call | None:
    while isinstance(node, FallbackPlan):
        node = node.members[0]
    return node if isinstance(node, Call) else None


def _takes_batches(deployment: Deployment, price: Price) -> bool:
    return PROVIDER_BATCHES in deployment.quirks and any(band.batch for band in price.bands)


def _keeps_nothing(release: Release, deployment: Deployment, facts: Facts) -> bool:
    cell = deployment.cells.get(facts.data_class)
    required = release.data_classes[facts.data_class].requirements
    return ZERO_RETENTION in required or (cell is not None and ZERO_RETENTION in cell.conditions)

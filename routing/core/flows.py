"""What can be asked of a plan before any of it is done: pure functions over its tree."""

from routing.core.decision import (
    Call,
    CheckedPlan,
    ClassifyPlan,
    EnsemblePlan,
    ExperimentPlan,
    FallbackPlan,
    HedgePlan,
    PipelinePlan,
    Plan,
    PlanNode,
)
from routing.core.execution import FailureKind
from routing.core.parts import is_under


def is_survivable(plan: Plan, path: str, kind: FailureKind) -> bool:
    """Whether some node has another member left to try, where the call at `path` fails with `kind`."""
    node = plan.root
    while not isinstance(node, Call):
        if isinstance(node, FallbackPlan):
            at = member_of(node, path)
            if is_named(node, kind) and at < len(node.members) - 1:
                return True
        elif isinstance(node, EnsemblePlan | HedgePlan):
            return True
        under = [part for part in node.parts if is_under(path, part.path)]
        if not under:
            return False
        node = max(under, key=lambda part: len(part.path))
    return False


def is_named(node: FallbackPlan, kind: FailureKind) -> bool:
    """Whether the node goes on after such a failure. A share of the time that was over is a timeout too."""
    return kind.value in node.on or (
        kind is FailureKind.LATENCY_BUDGET and FailureKind.TIMEOUT.value in node.on
    )


def member_of(node: FallbackPlan, path: str) -> int:
    """The member at or above `path`; the first where it is none's."""
    for at, member in enumerate(node.members):
        if is_under(path, member.path):
            return at
    return 0


def is_fallen_back(node: PlanNode, path: str) -> bool:
    """Whether the call at `path` is of a later member of a Fallback whose members are not checked."""
    if isinstance(node, Call):
        return False
    below = [part for part in node.parts if is_under(path, part.path)]
    if isinstance(node, FallbackPlan) and below and not isinstance(node.members[0], CheckedPlan):
        return node.members.index(below[0]) > 0 or is_fallen_back(below[0], path)
    return any(is_fallen_back(part, path) for part in below)


def is_composite(node: PlanNode) -> bool:
    """Whether its calls can't simply be made one after the other, each as the request came."""
    if isinstance(node, FallbackPlan):
        return any(is_composite(member) for member in node.members)
    return not isinstance(node, Call)


def streaming_paths(node: PlanNode) -> frozenset[str]:
    """The calls whose answer is the answer as soon as it begins: nobody looks at it first."""
    match node:
        case Call():
            return frozenset((node.path,))
        case FallbackPlan(members=parts):
            pass
        case PipelinePlan(steps=steps):
            parts = steps[-1:]
        case ClassifyPlan():
            parts = (*node.branches, node.otherwise)
        case ExperimentPlan(member=member):
            parts = (member,)
        case _:
            return frozenset()
    return frozenset().union(*(streaming_paths(part) for part in parts))


def answering_paths(node: PlanNode) -> frozenset[str]:
    """The calls whose answer may be what the application gets."""
    match node:
        case Call():
            return frozenset((node.path,))
        case PipelinePlan(steps=steps, optional=optional):
            required = max(at for at in range(len(steps)) if at == 0 or at not in optional)
            parts: tuple[PlanNode, ...] = steps[required:]
        case CheckedPlan(member=member) | ExperimentPlan(member=member):
            parts = (member,)
        case ClassifyPlan():
            parts = (*node.branches, node.otherwise)
        case EnsemblePlan(by="synthesis", helper=helper) if helper is not None:
            parts = (helper, *node.members)
        case EnsemblePlan(members=members) | FallbackPlan(members=members):
            parts = members
        case HedgePlan():
            parts = (node.first, node.second)
    return frozenset().union(*(answering_paths(part) for part in parts))

"""A plan within what its request may cost. Optional parts are left out, one by one, until it fits at worst:

1. members of a fallback that could not be paid even alone, where another could;
2. shadows, then the second calls of hedges;
3. retries;
4. the later members of fallbacks and cascades, the last first.

What is left out never changes what the rest means: an answer that must be checked still is, and where nobody
is left to escalate to, one that does not pass is not given.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

from routing.core.decision import Call, ExperimentPlan, FallbackPlan, Group, HedgePlan, PlanNode
from routing.core.release import Release
from routing.core.worst import worst_nano

LeftOut = tuple[str, str]  # (what, path)


@dataclass(frozen=True, slots=True)
class Afforded:
    root: PlanNode
    attempts: int
    left_out: tuple[LeftOut, ...] = ()


def affordable(release: Release, root: PlanNode, attempts: int, most_nano: int) -> Afforded | None:
    """As much of the plan as `most_nano` pays for at worst; None where no part of it would do."""
    plan, left_out = root, list[LeftOut]()
    while plan is not None and worst_nano(release, plan, attempts) > most_nano:
        leaner = next(_leaner(release, plan, attempts, most_nano), None)
        if leaner is None:
            return None
        plan, attempts, what = leaner
        left_out.append(what)
    return Afforded(plan, attempts, tuple(left_out))


def least_nano(release: Release, node: PlanNode) -> int:
    """The worst case of the least that could stand for `node`: of each fallback its cheapest member, of a
    hedge its cheaper call, no shadow, no retry."""
    return worst_nano(release, _barest(release, node))


def _leaner(
    release: Release, plan: PlanNode, attempts: int, most_nano: int
) -> Iterator[tuple[PlanNode, int, LeftOut]]:
    """The plan with one part less, in the order in which parts are left out."""
    for what, cut in (
        ("member", lambda node: _without_dear(release, node, most_nano)),
        ("shadow", _without_shadow),
        ("hedge", _without_second),
    ):
        for smaller, path in _cuts(plan, cut):
            yield smaller, attempts, (what, path)
    if attempts > 1:
        yield plan, attempts - 1, ("retry", "")
    for smaller, path in _cuts(plan, _without_last):
        yield smaller, attempts, ("member", path)


Cut = Callable[[Group], tuple[PlanNode, str] | None]  # the node without one part, and that part's path


def _cuts(node: PlanNode, cut: Cut) -> Iterator[tuple[PlanNode, str]]:
    """The tree with one cut made in it: as late in the route, and as far up, as there is one."""
    if isinstance(node, Call):
        return
    made = cut(node)
    if made is not None:
        yield made
    for part in reversed(node.parts):
        for smaller, path in _cuts(part, cut):
            yield _with(node, part, smaller), path


def _with(node: Group, part: PlanNode, other: PlanNode) -> Group:
    """`node` with `other` in the place of `part`."""
    changes: dict[str, Any] = {}
    for field in fields(node):
        given = getattr(node, field.name)
        if given is part:
            changes[field.name] = other
        elif isinstance(given, tuple) and any(each is part for each in given):
            changes[field.name] = tuple(other if each is part else each for each in given)
    return replace(node, **changes)


def _without_dear(release: Release, node: Group, most_nano: int) -> tuple[PlanNode, str] | None:
    if not isinstance(node, FallbackPlan):
        return None
    dear = [member for member in node.members if least_nano(release, member) > most_nano]
    return None if not dear or len(dear) == len(node.members) else _without(node, dear[-1])


def _without_last(node: Group) -> tuple[PlanNode, str] | None:
    return _without(node, node.members[-1]) if isinstance(node, FallbackPlan) else None


def _without(node: FallbackPlan, member: PlanNode) -> tuple[PlanNode, str]:
    left = tuple(each for each in node.members if each is not member)
    return (left[0] if len(left) == 1 else replace(node, members=left)), member.path


def _without_shadow(node: Group) -> tuple[PlanNode, str] | None:
    if not isinstance(node, ExperimentPlan) or not node.shadows:
        return None
    return replace(node, shadows=node.shadows[:-1]), node.shadows[-1].path


def _without_second(node: Group) -> tuple[PlanNode, str] | None:
    return (node.first, node.second.path) if isinstance(node, HedgePlan) else None


def _barest(release: Release, node: PlanNode) -> PlanNode:
    if isinstance(node, Call):
        return node
    for part in node.parts:
        node = _with(node, part, _barest(release, part))
    if isinstance(node, FallbackPlan):
        return min(node.members, key=lambda member: worst_nano(release, member))
    if isinstance(node, HedgePlan):
        return min((node.first, node.second), key=lambda call: worst_nano(release, call))
    return replace(node, shadows=()) if isinstance(node, ExperimentPlan) else node

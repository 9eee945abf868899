"""How what is left of a latency budget is divided among the calls of a plan, while it runs. Pure.

A call may take as large a share of what is left as its measured median has in it and in all that must still
follow it. So however its calls use their shares, the plan ends within the budget. An optional part is begun
only where what it usually takes, with what must follow, still fits; a deployment that nobody has measured
counts as quick there, and as UNMEASURED_MS where time is shared out.
"""

from collections.abc import Iterator

from routing.core.decision import (
    Call,
    CheckedPlan,
    ClassifyPlan,
    EnsemblePlan,
    ExperimentPlan,
    FallbackPlan,
    HedgePlan,
    PipelinePlan,
    PlanNode,
)

UNMEASURED_MS = 2_000


class Pace:
    """Of one plan, at one moment: `left_s` is what remains of its budget."""

    __slots__ = ("_known", "_left_ms", "_shared")

    def __init__(self, root: PlanNode, left_s: float) -> None:
        self._left_ms = max(left_s, 0.0) * 1000
        self._shared = dict(_following(root, 0, UNMEASURED_MS))
        self._known = dict(_following(root, 0, 0))

    def allowance_s(self, call: Call, delay_s: float = 0.0) -> float:
        """How long the call may take, which begins after `delay_s`."""
        own_ms = expected_ms(call, UNMEASURED_MS)
        follows_ms = self._shared.get(call.path, 0)
        whole_ms = own_ms + follows_ms
        left_s = max(self._left_ms / 1000 - delay_s, 0.0)
        return left_s * (own_ms / whole_ms if whole_ms else 1.0)

    def fits(self, node: PlanNode, delay_s: float = 0.0) -> bool:
        return delay_s * 1000 + self._needed_ms(node) <= self._left_ms

    def shortage(self, node: PlanNode) -> str:
        """In words, for the record."""
        return f"{self._needed_ms(node)} ms are usual, and {round(self._left_ms)} ms are left"

    def _needed_ms(self, node: PlanNode) -> int:
        """Of `node` from its first calls on, with all that must follow them."""
        return max(expected_ms(call, 0) + self._known.get(call.path, 0) for call in first_calls(node))


def expected_ms(node: PlanNode, unmeasured_ms: int) -> int:
    """How long the node takes where its first answers will do."""

    def of(part: PlanNode | None) -> int:
        return 0 if part is None else expected_ms(part, unmeasured_ms)

    match node:
        case Call():
            return unmeasured_ms if node.expected_ms is None else node.expected_ms
        case FallbackPlan(members=members):
            return of(members[0])
        case CheckedPlan(member=member, judge=judge):
            return of(member) + of(judge)
        case EnsemblePlan(members=members, helper=helper):
            return max(map(of, members)) + of(helper)
        case PipelinePlan(steps=steps):
            return sum(map(of, steps))
        case ClassifyPlan(helper=helper):
            return of(helper) + _branches_ms(node, unmeasured_ms)
        case HedgePlan(first=first):
            return of(first)
        case ExperimentPlan(member=member):
            return of(member)
    raise TypeError(f"no such node of a plan: {node!r}")


def first_calls(node: PlanNode) -> Iterator[Call]:
    """Those that begin with the node."""
    match node:
        case Call():
            yield node
        case FallbackPlan(members=(first, *_)) | PipelinePlan(steps=(first, *_)) | HedgePlan(first=first):
            yield from first_calls(first)
        case CheckedPlan(member=first) | ExperimentPlan(member=first) | ClassifyPlan(helper=first):
            yield from first_calls(first)
        case EnsemblePlan(members=members):
            for member in members:
                yield from first_calls(member)


def _following(node: PlanNode, after_ms: int, unmeasured_ms: int) -> Iterator[tuple[str, int]]:
    """Each call's path, and how long what must follow it takes."""
    if isinstance(node, Call):
        yield node.path, after_ms
        return
    for part, more_ms in _parts(node, unmeasured_ms):
        yield from _following(part, after_ms + more_ms, unmeasured_ms)


def _parts(node: PlanNode, unmeasured_ms: int) -> Iterator[tuple[PlanNode, int]]:
    """The parts of a node, and how long what the node needs after each takes."""
    match node:
        case CheckedPlan(member=member, judge=judge):
            required = None if node.lenient else judge  # else the answer may take the time of its check
            yield member, 0 if required is None else expected_ms(required, unmeasured_ms)
            if judge is not None:
                yield judge, 0
        case EnsemblePlan(members=members, helper=helper):
            helper_ms = 0 if helper is None else expected_ms(helper, unmeasured_ms)
            yield from ((member, helper_ms) for member in members)
            if helper is not None:
                yield helper, 0
        case PipelinePlan(steps=steps):
            for at, step in enumerate(steps):
                later = (
                    each for after, each in enumerate(steps) if after > at and after not in node.optional
                )
                yield step, sum(expected_ms(each, unmeasured_ms) for each in later)
        case ClassifyPlan(helper=helper):
            yield helper, _branches_ms(node, unmeasured_ms)
            yield from ((branch, 0) for branch in (*node.branches, node.otherwise))
        case _:
            assert not isinstance(node, Call)
            yield from ((part, 0) for part in node.parts)


def _branches_ms(node: ClassifyPlan, unmeasured_ms: int) -> int:
    return max(expected_ms(branch, unmeasured_ms) for branch in (*node.branches, node.otherwise))

"""The state of each node of a plan, read from what has happened.

Each node comes to a Result, or says what it waits for (Doing). Nothing is kept between two questions: the
whole tree is read again, which is a few microseconds.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from routing.core.answers import label_in, score_in
from routing.core.backoff import backoff_s
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
from routing.core.ensembling import ensemble_state
from routing.core.execution import Check, FailureKind, Note, Outcome, Start, Verdict
from routing.core.flows import is_named, member_of
from routing.core.pacing import Pace
from routing.core.parts import SHADOW, is_under
from routing.core.progress import Doing, Result, State, merged, not_given, sooner

PATIENCE_S = 2.0
BUDGET_NOTE = "latency budget"
NOTHING: Mapping[str, Any] = {}


class Reader:
    """Reads the state of each node of one plan from what has happened."""

    __slots__ = (
        "_budget_s",
        "_draw",
        "_elapsed_s",
        "_outcomes",
        "_pace",
        "_plan",
        "_running",
        "_verdicts",
        "notes",
    )

    def __init__(
        self,
        plan: Plan,
        outcomes: Sequence[Outcome],
        budget_s: float,
        draw: float,
        elapsed_s: float,
        running: Mapping[str, float],
        verdicts: Mapping[str, Verdict],
        pace: Pace | None = None,
    ) -> None:
        self._plan = plan
        self._outcomes = outcomes
        self._pace = pace
        self._budget_s = budget_s
        self._draw = draw
        self._elapsed_s = elapsed_s
        self._running = running
        self._verdicts = verdicts
        self.notes: list[Note] = []

    def state_of(self, node: PlanNode) -> State:
        return _STATES[type(node)](self, node)

    def _call(self, call: Call) -> State:
        if call.path in self._running:
            return Doing(waits=frozenset((call.path,)))
        mine = [outcome for outcome in self._outcomes if outcome.path == call.path]
        number = len(self._outcomes) + 1
        if not mine:
            return self._begin(call, number, 0.0) if self._budget_s > 0 else self._out_of_time()
        last = mine[-1]
        if last.ok or not last.retryable or len(mine) >= self._plan.max_attempts_per_call:
            return Result(last)
        delay_s = backoff_s(len(mine), last.retry_after_s, self._draw)
        if delay_s is None or delay_s >= self._budget_s or self._passes_over(call, "a retry", delay_s):
            return Result(last)
        return self._begin(call, number, delay_s)

    def _begin(self, call: Call, number: int, delay_s: float) -> Doing:
        pace = None if call.role == SHADOW else self._pace
        allowance_s = None if pace is None else pace.allowance_s(call, delay_s)
        return Doing((Start(call, number, delay_s, allowance_s),))

    def _passes_over(self, node: PlanNode, what: str, delay_s: float = 0.0) -> bool:
        """Whether an optional part that has not begun no longer fits the latency budget; then it says so."""
        if self._pace is None or self._pace.fits(node, delay_s):
            return False
        self.notes.append(Note(node.path, BUDGET_NOTE, f"{what} was skipped: {self._pace.shortage(node)}"))
        return True

    def _has_begun(self, node: PlanNode) -> bool:
        return self._began_s(node) is not None

    def _out_of_time(self) -> Result:
        """What the client gets is the last failure, where there was one."""
        last = self._outcomes[-1] if self._outcomes else None
        kind = FailureKind.TIMEOUT if self._pace is None else FailureKind.LATENCY_BUDGET
        return Result(last if last is None or not last.ok else not_given(last, kind))

    def _fallback(self, node: FallbackPlan) -> State:
        mine = [outcome for outcome in self._outcomes if is_under(outcome.path, node.path)]
        state: State = Result(None)
        last_at = len(node.members) - 1
        first = self._furthest(node, mine)
        for member in node.members[:first]:
            if self._pace is not None and not self._has_begun(member):
                self._passes_over(member, "a member")  # it still does not fit
            elif not isinstance(member, Call):
                self.state_of(member)  # for its notes: why it was not enough
        for at in range(first, last_at + 1):
            if self._is_passed_over(node, at, first, has_failed=bool(mine)):
                continue
            state = self.state_of(node.members[at])
            if isinstance(state, Doing):
                if at == last_at or not _is_long_wait(state, node, mine):
                    return state
            elif state.ok or not _moves_on(node, state.outcome):
                break
        if isinstance(state, Result) and state.ok and isinstance(node.members[0], CheckedPlan):
            self.notes.append(Note(node.path, "level", f"{at + 1} of {len(node.members)} answered"))
        return state

    def _is_passed_over(self, node: FallbackPlan, at: int, first: int, *, has_failed: bool) -> bool:
        """Whether the member no longer fits the latency budget. Before anything has failed it is only passed
        over for a later one that does."""
        pace, member = self._pace, node.members[at]
        if pace is None or (at == first and has_failed) or self._has_begun(member) or pace.fits(member):
            return False
        later = node.members[at + 1 :]
        return (has_failed or any(map(pace.fits, later))) and self._passes_over(member, "a member")

    def _furthest(self, node: FallbackPlan, mine: Sequence[Outcome]) -> int:
        """The furthest member that made an attempt, or makes one; the first where none has."""
        furthest = member_of(node, mine[-1].path) if mine else 0
        for path in self._running:
            if is_under(path, node.path):
                furthest = max(furthest, member_of(node, path))
        return furthest

    def _checked(self, node: CheckedPlan) -> State:
        state = self.state_of(node.member)
        if isinstance(state, Doing) or not state.ok:
            return state
        if node.gated:
            verdict = self._verdicts.get(node.path)
            if verdict is None:
                assert state.outcome is not None
                number = 0 if state.made is not None else state.outcome.number
                return Doing(checks=(Check(node.path, state.text, number),))
            if not verdict.passed:
                return self._unpassed(node, state, "gate", verdict.reason)
        if node.judge is None:
            return state
        if node.lenient and not self._has_begun(node.judge) and self._passes_over(node.judge, "the check"):
            return state
        judged = self.state_of(node.judge)
        if isinstance(judged, Doing):
            return judged
        score = score_in(judged.text) if judged.ok else None
        if score is None:
            return self._unpassed(node, state, "judge", "it could not be judged")
        if score.milli < node.threshold:
            return self._unpassed(node, state, "judge", f"{score.milli} of {node.threshold}: {score.reason}")
        self.notes.append(Note(node.path, "judge passed", f"{score.milli} of {node.threshold}"))
        return state

    def _unpassed(self, node: CheckedPlan, state: Result, what: str, reason: str) -> Result:
        """Not given on, unless the node is lenient; one that holds keeps it as the end of the request."""
        self.notes.append(Note(node.path, f"{what} failed", reason))
        assert state.outcome is not None
        if node.lenient:
            return state
        if node.holds:
            return Result(not_given(state.outcome, FailureKind.HELD), state.made)
        return Result(not_given(state.outcome, FailureKind.OUTPUT_INVALID))

    def _pipeline(self, node: PipelinePlan) -> State:
        state: State = Result(None)
        for at, step in enumerate(node.steps):
            optional = at > 0 and at in node.optional
            if optional and not self._has_begun(step) and self._passes_over(step, "a step"):
                continue
            now = self.state_of(step)
            if optional and isinstance(now, Result) and _is_over_budget(now):
                self.notes.append(Note(step.path, BUDGET_NOTE, "a step was ended: its share was over"))
                continue
            state = now
            if isinstance(state, Doing) or not state.ok:
                return state
        return state

    def _classify(self, node: ClassifyPlan) -> State:
        """A branch that has begun is kept to: the helper may still say something else on its way out."""
        default = node.branches[node.labels.index(node.default)] if node.default else node.otherwise
        if not self._has_begun(node.helper) and self._passes_over(node.helper, "the classifier"):
            return self.state_of(default)
        said = self.state_of(node.helper)
        begun = next((each for each in (*node.branches, node.otherwise) if self._has_begun(each)), None)
        if isinstance(said, Doing) and begun is None:
            late_s = self._late_s(node.helper, node.timeout_ms)
            if late_s is None or late_s > 0:
                return replace(said, wake_s=sooner(said.wake_s, late_s))
        label = label_in(said.text, node.labels) if isinstance(said, Result) and said.ok else None
        branch = default if label is None else node.branches[node.labels.index(label)]
        self.notes.append(Note(node.path, "label", self._labelled(node, begun or branch, label)))
        return self.state_of(begun or branch)

    def _labelled(self, node: ClassifyPlan, branch: PlanNode, label: str | None) -> str:
        """Which label was taken, and why where it was not said."""
        taken = "" if branch is node.otherwise else node.labels[node.branches.index(branch)]
        if label is not None and label == taken:
            return label
        late_s = self._late_s(node.helper, node.timeout_ms)
        why = "none in time" if late_s is not None and late_s <= 0 and label is None else "none that is known"
        return f"{why}: {taken}" if taken else why

    def _late_s(self, node: PlanNode, after_ms: int | None) -> float | None:
        """In how long a node that has begun will be late; None where it has not, or never is."""
        began = self._began_s(node)
        return None if began is None or after_ms is None else began + after_ms / 1000 - self._elapsed_s

    def _hedge(self, node: HedgePlan) -> State:
        """The second begins where the first is late or has failed."""
        first = self.state_of(node.first)
        second: State | None = None
        late_s = self._late_s(node.first, node.after_ms)
        has_begun = self._began_s(node.second) is not None
        is_late = late_s is not None and late_s <= 0
        wanted = not first.ok if isinstance(first, Result) else is_late
        if has_begun or (wanted and not self._passes_over(node.second, "the second call")):
            second = self.state_of(node.second)
        for state, other in ((first, "the first"), (second, "the second")):
            if isinstance(state, Result) and state.ok:
                if has_begun:
                    self.notes.append(Note(node.path, "hedge", f"{other} call answered first"))
                return state
        if second is None:
            return first if isinstance(first, Result) else replace(first, wake_s=None if is_late else late_s)
        both = [state for state in (first, second) if isinstance(state, Doing)]
        return merged(both) if both else second

    def _began_s(self, node: PlanNode) -> float | None:
        """When the first of its calls began; None where none has."""
        began = [at for path, at in self._running.items() if is_under(path, node.path)]
        began += [outcome.began_s for outcome in self._outcomes if is_under(outcome.path, node.path)]
        return min(began, default=None)

    def _experiment(self, node: ExperimentPlan) -> State:
        """Shadows are begun with the member, and never waited for."""
        state = self.state_of(node.member)
        if isinstance(state, Result):
            return state
        shadows = [self.state_of(shadow) for shadow in node.shadows]
        return merged([state, *(shadow for shadow in shadows if isinstance(shadow, Doing))])


_STATES: dict[type, Callable[[Reader, Any], State]] = {
    Call: Reader._call,
    FallbackPlan: Reader._fallback,
    CheckedPlan: Reader._checked,
    PipelinePlan: Reader._pipeline,
    ClassifyPlan: Reader._classify,
    HedgePlan: Reader._hedge,
    ExperimentPlan: Reader._experiment,
    EnsemblePlan: lambda reader, node: ensemble_state(node, reader),
}


def _is_over_budget(state: Result) -> bool:
    return state.outcome is not None and state.outcome.kind is FailureKind.LATENCY_BUDGET


def _moves_on(node: FallbackPlan, failed: Outcome | None) -> bool:
    if failed is None or failed.kind in (None, FailureKind.HELD):
        return False
    return failed.kind is FailureKind.SUSPENDED or is_named(node, failed.kind)


def _is_long_wait(state: Doing, node: FallbackPlan, mine: Sequence[Outcome]) -> bool:
    """Whether the next member should be tried rather than to wait for this one."""
    if not mine or len(state.starts) != 1 or state.waits or state.checks:
        return False
    return state.starts[0].delay_s > PATIENCE_S and _moves_on(node, mine[-1])


def text_at(
    plan: Plan, outcomes: Sequence[Outcome], verdicts: Mapping[str, Verdict]
) -> Callable[[PlanNode], str | None]:
    """What a node has answered so far; None where it has not, or failed."""
    # What has not begun was passed over, where there is a latency budget: who reads on comes after it.
    pace = None if plan.latency_budget_ms is None else Pace(plan.root, 0.0)
    reader = Reader(plan, outcomes, plan.time_s, 0.5, 0.0, NOTHING, verdicts, pace)

    def text_of(node: PlanNode) -> str | None:
        state = reader.state_of(node)
        return state.text if isinstance(state, Result) and state.ok else None

    return text_of

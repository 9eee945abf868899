"""`advance(plan, outcomes, …)`: what to do next with a plan. Pure: the same after the same happenings."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from routing.core.decision import Plan, calls
from routing.core.execution import Do, FailureKind, Finished, Outcome, Step, Verdict
from routing.core.pacing import Pace
from routing.core.parts import SHADOW
from routing.core.progress import Result
from routing.core.states import NOTHING, Reader


def advance(
    plan: Plan,
    outcomes: Sequence[Outcome],
    *,
    elapsed_s: float,
    draw: float = 0.5,
    running: Mapping[str, float] = NOTHING,
    verdicts: Mapping[str, Verdict] = NOTHING,
) -> Step:
    """The next step of `plan` after `outcomes`, which are in the order in which the attempts ended.

    `elapsed_s` is the time since the request was accepted; `running` holds the calls in flight with the time
    at which each began; `verdicts` what gates said, by path; `draw` in [0, 1) spreads the backoff.

    1. An answer that broke when the client had begun to see it, or a client that left, ends the plan.
    2. A call is repeated while its failure is retryable, attempts remain, and the wait fits the deadline.
    3. Then the nearest Fallback that names the failure's kind moves on to its next member, and never back.
       It moves on at once where the provider asks for a wait of more than PATIENCE_S, and whatever it names
       from what is suspended: a decision made now would not have named that at all.
    4. With a latency budget, each call has its share of what is left, and an optional part that usually takes
       longer than that is passed over (routing.core.pacing).
    5. A call in flight that no node waits for is cancelled.

    So no call is started more than `max_attempts_per_call` times, and every plan ends.
    """
    for outcome in outcomes:
        if (outcome.emitted and not outcome.ok) or outcome.kind is FailureKind.CANCELLED:
            return Finished(outcome)
    left_s = plan.time_s - elapsed_s
    pace = None if plan.latency_budget_ms is None else Pace(plan.root, left_s)
    reader = Reader(plan, outcomes, left_s, draw, elapsed_s, running, verdicts, pace)
    state = reader.state_of(plan.root)
    if isinstance(state, Result):
        return Finished(state.outcome, state.made, tuple(reader.notes), _shadows(plan, running))
    if not running and len(state.starts) == 1 and not state.checks:
        return state.starts[0]
    starts = tuple(
        replace(start, attempt=len(outcomes) + len(running) + at)
        for at, start in enumerate(state.starts, start=1)
    )
    unwanted = running.keys() - state.waits
    cancel = frozenset(unwanted - _shadows(plan, running)) if unwanted else frozenset[str]()
    return Do(starts, state.checks, cancel, state.wake_s)


def _shadows(plan: Plan, running: Mapping[str, float]) -> frozenset[str]:
    """The calls in flight whose answers nobody gets."""
    if not running:
        return frozenset()
    return frozenset(call.path for call in calls(plan.root) if call.role == SHADOW and call.path in running)

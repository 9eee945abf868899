"""What to do next with a plan: pure functions over the plan and what has happened so far.

The executor is a loop: ask `advance`, do what it says, append the outcome, ask again. It never decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from routing.core.decision import Call, FallbackPlan, Plan, PlanNode

MAX_RETRY_AFTER_S = 20.0
PATIENCE_S = 2.0
BASE_BACKOFF_S = 0.25


class FailureKind(StrEnum):
    """How an attempt failed; what a Fallback's `on` names."""

    ERROR = "error"  # 5xx, connection refused, garbage
    TIMEOUT = "timeout"
    RATE_LIMIT = "rate_limit"
    CONTEXT_OVERFLOW = "context_overflow"
    CONTENT_FILTER = "content_filter"
    BREAKER_OPEN = "breaker_open"
    CAPACITY = "capacity"  # our own limit for the deployment is full
    STREAM_CUT = "stream_cut"
    INVALID_REQUEST = "invalid_request"  # the provider says the request is wrong: no other attempt helps
    AUTHENTICATION = "authentication"  # our credential is wrong: another deployment may help
    NOT_FOUND = "not_found"
    UNSUPPORTED = "unsupported"
    CANCELLED = "cancelled"  # the client left
    OUTPUT_BLOCKED = "output_blocked"  # a detection rule does not let the answer out
    OUTPUT_INVALID = "output_invalid"  # the answer is not what its task or a gate asks
    SUSPENDED = "suspended"  # what would be called, or was being called, is suspended


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt ended. `emitted`: the client has seen part of it, so nothing may replace it."""

    path: str
    deployment: str
    ok: bool
    kind: FailureKind | None = None
    retryable: bool = False
    retry_after_s: float | None = None
    emitted: bool = False


@dataclass(frozen=True, slots=True)
class Start:
    """Make this call now, or after `delay_s`."""

    call: Call
    attempt: int  # 1 for the first of the whole request
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Finished:
    """The plan is over; `outcome` is what the client gets (None where nothing could be tried)."""

    outcome: Outcome | None


Step = Start | Finished


def advance(plan: Plan, outcomes: Sequence[Outcome], *, elapsed_s: float, draw: float = 0.5) -> Step:
    """The next step of `plan` after `outcomes`, which are in the order in which the attempts ended.

    `elapsed_s` is the time since the request was accepted; `draw` in [0, 1) spreads the backoff.

    1. An answer, an answer that the client has begun to see, or a client that left, ends the plan.
    2. A call is repeated while its failure is retryable, attempts remain, and the wait fits the deadline.
    3. Then the nearest Fallback that names the failure's kind moves on to its next member, and never back.
       It moves on at once where the provider asks for a wait of more than PATIENCE_S, and whatever it names
       from what is suspended: a decision made now would not have named that at all.

    So no call is started more than `max_attempts_per_call` times, and every plan ends.
    """
    if outcomes and (outcomes[-1].ok or outcomes[-1].emitted or outcomes[-1].kind is FailureKind.CANCELLED):
        return Finished(outcomes[-1])
    return _advance(plan, plan.root, outcomes, plan.deadline_s - elapsed_s, draw)


def _advance(plan: Plan, node: PlanNode, outcomes: Sequence[Outcome], budget_s: float, draw: float) -> Step:
    if isinstance(node, Call):
        return _advance_call(plan, node, outcomes, budget_s, draw)
    return _advance_fallback(plan, node, outcomes, budget_s, draw)


def _advance_call(plan: Plan, call: Call, outcomes: Sequence[Outcome], budget_s: float, draw: float) -> Step:
    mine = [outcome for outcome in outcomes if outcome.path == call.path]
    if not mine:
        if budget_s > 0:
            return Start(call, len(outcomes) + 1)
        return Finished(outcomes[-1] if outcomes else None)
    last = mine[-1]
    if not last.retryable or len(mine) >= plan.max_attempts_per_call:
        return Finished(last)
    delay_s = backoff_s(len(mine), last.retry_after_s, draw)
    if delay_s is None or delay_s >= budget_s:
        return Finished(last)
    return Start(call, len(outcomes) + 1, delay_s)


def _advance_fallback(
    plan: Plan, node: FallbackPlan, outcomes: Sequence[Outcome], budget_s: float, draw: float
) -> Step:
    step: Step = Finished(None)
    last_at = len(node.members) - 1
    for at in range(_current_member(node, outcomes), last_at + 1):
        step = _advance(plan, node.members[at], outcomes, budget_s, draw)
        if isinstance(step, Start):
            if at == last_at or not _is_long_wait(step, node, outcomes):
                return step
        elif not _moves_on(node, step.outcome):
            return step
    return step


def _current_member(node: FallbackPlan, outcomes: Sequence[Outcome]) -> int:
    """The member that made the last attempt; the first where none has."""
    return _member_of(node, outcomes[-1].path) if outcomes else 0


def _member_of(node: FallbackPlan, path: str) -> int:
    """The member at or above `path`; the first where it is none's."""
    for at, member in enumerate(node.members):
        if path == member.path or path.startswith(member.path + "."):
            return at
    return 0


def is_survivable(plan: Plan, path: str, kind: FailureKind) -> bool:
    """Whether some Fallback has a member left to try, where the call at `path` fails with `kind`."""
    node = plan.root
    while isinstance(node, FallbackPlan):
        at = _member_of(node, path)
        if kind.value in node.on and at < len(node.members) - 1:
            return True
        node = node.members[at]
    return False


def _moves_on(node: FallbackPlan, failed: Outcome | None) -> bool:
    if failed is None or failed.kind is None:
        return False
    return failed.kind is FailureKind.SUSPENDED or failed.kind.value in node.on


def _is_long_wait(step: Start, node: FallbackPlan, outcomes: Sequence[Outcome]) -> bool:
    """Whether the next member should be tried rather than to wait for this one."""
    return bool(outcomes) and step.delay_s > PATIENCE_S and _moves_on(node, outcomes[-1])


def backoff_s(attempts: int, retry_after_s: float | None, draw: float) -> float | None:
    """Seconds to wait before the next attempt, or None where the provider asks for too long a wait.

    Exponential from BASE_BACKOFF_S with jitter; a `retry-after` of the provider is a lower bound.
    """
    if retry_after_s is not None and retry_after_s > MAX_RETRY_AFTER_S:
        return None
    jittered: float = BASE_BACKOFF_S * 2 ** (attempts - 1) * (0.5 + draw)
    return max(jittered, retry_after_s or 0.0)

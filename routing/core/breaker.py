"""The circuit breaker of a deployment: its numbers, and which failures speak of the deployment's health.

    closed ──(≥ MIN_FAILURES and ≥ FAILURE_PERCENT within WINDOW_S)──▶ open
    open ──(OPEN_S later)──▶ half open: one probe at a time
    half open ──(the probe succeeds)──▶ closed       half open ──(it fails)──▶ open

The state is shared by all workers, so the transitions themselves run inside Valkey (routing/lane/health.lua),
with the numbers of this module as arguments.
"""

from dataclasses import dataclass
from enum import StrEnum

from routing.core.execution import FailureKind, Outcome

WINDOW_S = 30
MIN_FAILURES = 5
FAILURE_PERCENT = 50
OPEN_S = 10
DEFAULT_COOLING_S = 1.0
MAX_COOLING_S = 60.0

_UNHEALTHY = frozenset({FailureKind.ERROR, FailureKind.TIMEOUT, FailureKind.STREAM_CUT})


class Verdict(StrEnum):
    """What one attempt says of its deployment."""

    GOOD = "good"
    BAD = "bad"
    NEUTRAL = "neutral"  # our request was wrong, the client left, or nothing was called


@dataclass(frozen=True, slots=True)
class Report:
    """`cooling_s` keeps every process away from the deployment for that long (it said 429, or that nothing
    is left)."""

    verdict: Verdict
    cooling_s: float = 0.0


def report_of(outcome: Outcome, wait_s: float = 0.0) -> Report:
    """What to tell the others about `outcome`. `wait_s` is how long the provider has nothing left for us, as
    it said beside its answer: the others need not be told so by a 429.

    A 429 says that we ask too much, not that the deployment is ill: it cools, and the breaker stays as it
    is. An answer that refuses our request shows that the deployment is well.
    """
    if outcome.ok:
        return Report(Verdict.GOOD, cooling_s=min(wait_s, MAX_COOLING_S))
    if outcome.kind is FailureKind.RATE_LIMIT:
        asked = DEFAULT_COOLING_S if outcome.retry_after_s is None else outcome.retry_after_s
        return Report(Verdict.NEUTRAL, cooling_s=min(asked, MAX_COOLING_S))
    if outcome.kind in _UNHEALTHY:
        return Report(Verdict.BAD)
    if outcome.kind in (
        FailureKind.INVALID_REQUEST,
        FailureKind.CONTEXT_OVERFLOW,
        FailureKind.CONTENT_FILTER,
        FailureKind.OUTPUT_BLOCKED,
    ):
        return Report(Verdict.GOOD)
    return Report(Verdict.NEUTRAL)

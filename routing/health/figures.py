"""From recorded calls to figures: how often they failed, how long they took, how fast tokens came."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from routing.core.execution import FailureKind

# The provider was not asked, or was no longer waited for.
_NOT_ASKED = frozenset(
    {
        FailureKind.BREAKER_OPEN,
        FailureKind.CAPACITY,
        FailureKind.SUSPENDED,
        FailureKind.CANCELLED,
        FailureKind.SUPERSEDED,
        FailureKind.LATENCY_BUDGET,
        FailureKind.UNSUPPORTED,
    }
)
# It answered, and what was wrong was the request, or our rules on the answer.
_NOT_ITS_FAULT = frozenset(
    {
        FailureKind.INVALID_REQUEST,
        FailureKind.CONTEXT_OVERFLOW,
        FailureKind.CONTENT_FILTER,
        FailureKind.OUTPUT_BLOCKED,
        FailureKind.OUTPUT_INVALID,
    }
)


@dataclass(frozen=True, slots=True)
class Called:
    """One recorded call of a deployment, as far as it says how that does."""

    deployment: str
    model: str
    error_kind: str  # "" where it succeeded
    latency_ms: int | None = None
    first_token_ms: int | None = None
    output_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """Latencies are of answers, and None where there was none. `fallbacks` of `answers` were given because
    another deployment had failed."""

    calls: int = 0
    failed: int = 0
    p50_ms: int | None = None
    p95_ms: int | None = None
    first_token_p50_ms: int | None = None
    tokens_per_s: float | None = None
    answers: int = 0
    fallbacks: int = 0

    @property
    def error_percent(self) -> float | None:
        return percent(self.failed, self.calls)

    @property
    def fallback_percent(self) -> float | None:
        return percent(self.fallbacks, self.answers)


Answers = Mapping[str, tuple[int, int]]  # name → (answers, those of a fallback)


def figures_of(calls: Iterable[Called], answers: tuple[int, int] = (0, 0)) -> Figures:
    asked = [call for call in calls if call.error_kind not in _NOT_ASKED]
    good = [call for call in asked if not call.error_kind]
    whole = sorted(call.latency_ms for call in good if call.latency_ms is not None)
    first = sorted(call.first_token_ms for call in good if call.first_token_ms is not None)
    return Figures(
        calls=len(asked),
        failed=sum(bool(call.error_kind) and call.error_kind not in _NOT_ITS_FAULT for call in asked),
        p50_ms=percentile(whole, 50),
        p95_ms=percentile(whole, 95),
        first_token_p50_ms=percentile(first, 50),
        tokens_per_s=_tokens_per_s(good),
        answers=answers[0],
        fallbacks=answers[1],
    )


def percentile(ordered: list[int], percent: int) -> int | None:
    """By the nearest rank; None of nothing."""
    if not ordered:
        return None
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None


def _tokens_per_s(good: list[Called]) -> float | None:
    """All tokens over all time in which they came: of a stream, the time after its first."""
    tokens, took_ms = 0, 0
    for call in good:
        if call.output_tokens and call.latency_ms:
            tokens += call.output_tokens
            took_ms += max(call.latency_ms - (call.first_token_ms or 0), 1)
    return round(1000 * tokens / took_ms, 1) if took_ms else None

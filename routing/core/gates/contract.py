"""What a gate sees, and what it says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

PASSED, FAILED = 1_000, 0
MAX_REASON_CHARS = 160

Settings = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as gates see it. `sources` is what the request supplied; `logprob_milli` the mean natural
    logarithm of its tokens' probabilities, in thousandths, None where the provider does not tell."""

    text: str
    finish_reason: str = ""
    refusal: str = ""
    sources: str = ""
    logprob_milli: int | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """`score` in thousandths, where a gate measures; 0 or 1,000 where it only tells apart. The reason never
    quotes the answer: it goes to the register."""

    score: int
    passed: bool
    reason: str = ""


GateFunction = Callable[[Answer, Settings], Said]


def passed(reason: str = "") -> Said:
    return Said(PASSED, True, reason)


def failed(reason: str, score: int = FAILED) -> Said:
    return Said(score, False, reason[:MAX_REASON_CHARS])


def at_least(score: int, least: int, what: str) -> Said:
    """A measured score against its bound."""
    return Said(score, score >= least, f"{what} {score}, at least {least} is asked")

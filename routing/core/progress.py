"""How far a node of a plan is: its result, or what it still does."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from routing.core.execution import Check, FailureKind, Outcome, Start


@dataclass(frozen=True, slots=True)
class Result:
    """What a node came to. `made` is its text where that is nobody's alone."""

    outcome: Outcome | None
    made: str | None = None

    @property
    def ok(self) -> bool:
        return self.outcome is not None and self.outcome.ok

    @property
    def text(self) -> str:
        if self.made is not None:
            return self.made
        return self.outcome.text if self.outcome is not None else ""


@dataclass(frozen=True, slots=True)
class Doing:
    """What a node still does: `waits` are its calls in flight that it needs."""

    starts: tuple[Start, ...] = ()
    checks: tuple[Check, ...] = ()
    waits: frozenset[str] = frozenset()
    wake_s: float | None = None


State = Result | Doing


def merged(states: Sequence[Doing]) -> Doing:
    wakes = [state.wake_s for state in states if state.wake_s is not None]
    return Doing(
        tuple(start for state in states for start in state.starts),
        tuple(check for state in states for check in state.checks),
        frozenset().union(*(state.waits for state in states)),
        min(wakes, default=None),
    )


def not_given(outcome: Outcome, kind: FailureKind) -> Outcome:
    """An answer that was well as such, and is not given."""
    return replace(outcome, ok=False, kind=kind, retryable=False)


def sooner(one_s: float | None, other_s: float | None) -> float | None:
    return min((each for each in (one_s, other_s) if each is not None), default=None)

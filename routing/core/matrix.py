"""What the compliance matrix says of one deployment, one class and one request.

A *ruling* is made once per release. It settles all that does not depend on the request: the moments at which
a request may pass at all, and what a request is still asked. Where one may not, the reason is the first of:
the cell (absent, denied, not yet valid, expired), its conditions, and what the class requires of every
deployment. See registry.core.conditions for the vocabulary.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from registry.core import conditions as vocabulary
from registry.core.assurance import ALWAYS, Assured, Window, over, windows, within
from registry.core.spans import NEVER, Spans, common, span, union
from routing.core.decision import Reason
from routing.core.facts import Facts
from routing.core.release import Cell, CellDecision, DataClass

MATRIX_REASONS = frozenset(
    {
        Reason.MATRIX_ABSENT,
        Reason.MATRIX_DENIED,
        Reason.MATRIX_EXPIRED,
        Reason.MATRIX_NOT_YET_VALID,
        Reason.CONDITION_UNMET,
        Reason.REQUIREMENT_UNMET,
        Reason.CERTIFICATION_EXPIRED,
        Reason.RESIDENCY,
    }
)
NO_CONDITION = "no condition is given"


@dataclass(frozen=True, slots=True)
class Check:
    """One condition that the request, or the time, may still fail."""

    text: str
    reason: Reason
    windows: tuple[Window, ...] = ()
    holds: Callable[[Facts], bool] | None = None  # where it asks the request

    def failure(self, facts: Facts, now_us: int) -> tuple[Reason, str] | None:
        if self.holds is not None:
            return None if self.holds(facts) else (self.reason, self.text)
        if any(within(window, now_us) for window in self.windows):
            return None
        ended = any(over(window, now_us) for window in self.windows)
        return (Reason.CERTIFICATION_EXPIRED if ended else self.reason), self.text

    def is_over(self, now_us: int) -> bool:
        """Whether no request will ever pass it again."""
        return self.holds is None and all(over(window, now_us) for window in self.windows)


@dataclass(frozen=True, slots=True)
class Ruling:
    """A cell with the requirements of its class: when it is open, what it then asks of a request, and all in
    which the reason of a denial is found. `denied` is set where nothing can make it allow."""

    data_class: str
    open: Spans
    asks: tuple[Check, ...]
    denied: bool
    valid_from_us: int | None
    valid_to_us: int | None
    checks: tuple[Check, ...]


def ruling(cell: Cell, data_class: DataClass, assured: Assured) -> Ruling:
    checks = [
        *_checks(cell.conditions, Reason.CONDITION_UNMET, data_class, assured),
        *_checks(data_class.requirements, Reason.REQUIREMENT_UNMET, data_class, assured),
    ]
    if cell.decision is CellDecision.CONDITIONAL and not cell.conditions:
        checks.insert(0, Check(NO_CONDITION, Reason.CONDITION_UNMET))
    return Ruling(
        data_class=data_class.name,
        open=_open(cell, checks),
        asks=tuple(check for check in checks if check.holds is not None),
        denied=cell.decision is CellDecision.DENIED,
        valid_from_us=cell.valid_from_us,
        valid_to_us=cell.valid_to_us,
        checks=tuple(checks),
    )


def denial(found: Ruling | None, facts: Facts, now_us: int) -> tuple[Reason, str] | None:
    """Why the matrix does not allow the request, with what failed; None where it allows it."""
    if found is None:
        return Reason.MATRIX_ABSENT, facts.data_class
    for begins_us, ends_us in found.open:
        if begins_us <= now_us < ends_us:
            break
    else:
        return _first_failure(found, facts, now_us)
    for check in found.asks:
        if check.holds is not None and not check.holds(facts):
            return check.reason, check.text
    return None


def may_ever_allow(found: Ruling, now_us: int) -> bool:
    """Whether some request, now or later, could be allowed."""
    return any(ends_us > now_us for _, ends_us in found.open)


def _open(cell: Cell, checks: Iterable[Check]) -> Spans:
    if cell.decision is CellDecision.DENIED:
        return NEVER
    moments = union([span(cell.valid_from_us, cell.valid_to_us)])
    for check in checks:
        if check.holds is None:
            moments = common(moments, union(span(*window) for window in check.windows))
    return moments


def _first_failure(found: Ruling, facts: Facts, now_us: int) -> tuple[Reason, str] | None:
    if found.denied:
        return Reason.MATRIX_DENIED, found.data_class
    if found.valid_from_us is not None and now_us < found.valid_from_us:
        return Reason.MATRIX_NOT_YET_VALID, found.data_class
    if found.valid_to_us is not None and now_us >= found.valid_to_us:
        return Reason.MATRIX_EXPIRED, found.data_class
    for check in found.checks:
        failure = check.failure(facts, now_us)
        if failure is not None:
            return failure
    return None


def _checks(
    conditions: tuple[str, ...], reason: Reason, data_class: DataClass, assured: Assured
) -> Iterator[Check]:
    """In their order, without those that always hold. What is unknown becomes a check that always fails."""
    for condition in conditions:
        asks = _of_request(condition, conditions)
        if asks is not None:
            yield Check(condition, reason, holds=asks)
            continue
        holds_in = windows(condition, conditions, assured, data_class.kinds)
        if holds_in != ALWAYS:
            yield Check(condition, reason, holds_in)


def _of_request(condition: str, beside: Iterable[str]) -> Callable[[Facts], bool] | None:
    match vocabulary.parsed(condition):
        case ("no_tools", _):
            return lambda facts: "tools" not in facts.needs and "parallel_tools" not in facts.needs
        case ("no_images", _):
            return lambda facts: facts.images == 0 and "vision" not in facts.needs
        case ("no_stream", _):
            return lambda facts: not facts.stream
        case ("application", _):
            return lambda facts: f"application:{facts.application}" in beside
        case ("team", _):
            return lambda facts: f"team:{facts.team}" in beside
        case ("max_input_tokens", (number,)):
            return lambda facts: facts.input_tokens <= int(number)
    return None

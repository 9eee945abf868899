"""What the compliance matrix says of one deployment, one class and one request.

Conditions are a closed vocabulary; one that this version does not know denies:

no_tools, no_images, no_stream      the request must not use it
application:<name>, team:<name>     the request comes from it; several of one kind are alternatives
max_input_tokens:<n>                the estimate is at most n
"""

from routing.core.decision import Reason
from routing.core.facts import Facts
from routing.core.release import Cell, CellDecision

MATRIX_REASONS = frozenset(
    {
        Reason.MATRIX_ABSENT,
        Reason.MATRIX_DENIED,
        Reason.MATRIX_EXPIRED,
        Reason.MATRIX_NOT_YET_VALID,
        Reason.CONDITION_UNMET,
    }
)
PLAIN_CONDITIONS = ("no_tools", "no_images", "no_stream")
NAMED_CONDITIONS = ("application", "team", "max_input_tokens")


def denial(cell: Cell | None, facts: Facts, now_us: int) -> tuple[Reason, str] | None:
    """Why `cell` does not allow the request, with what failed; None where it allows it.

    In order: absent, denied, not yet valid, expired, a condition that does not hold.
    """
    if cell is None:
        return Reason.MATRIX_ABSENT, facts.data_class
    if cell.decision is CellDecision.DENIED:
        return Reason.MATRIX_DENIED, facts.data_class
    if cell.valid_from_us is not None and now_us < cell.valid_from_us:
        return Reason.MATRIX_NOT_YET_VALID, facts.data_class
    if cell.valid_to_us is not None and now_us >= cell.valid_to_us:
        return Reason.MATRIX_EXPIRED, facts.data_class
    if cell.conditions or cell.decision is CellDecision.CONDITIONAL:
        unmet = unmet_condition(cell.conditions, facts)
        if unmet is not None:
            return Reason.CONDITION_UNMET, unmet
    return None


def unmet_condition(conditions: tuple[str, ...], facts: Facts) -> str | None:
    """The first condition that does not hold. Conditional without a condition is not an approval."""
    if not conditions:
        return "no condition is given"
    for condition in conditions:
        if not _holds(condition, conditions, facts):
            return condition
    return None


def condition_is_known(condition: str) -> bool:
    kind, colon, value = condition.partition(":")
    if not colon:
        return condition in PLAIN_CONDITIONS
    if kind == "max_input_tokens":
        return _is_number(value)
    return kind in NAMED_CONDITIONS and bool(value)


def _holds(condition: str, conditions: tuple[str, ...], facts: Facts) -> bool:
    match condition.partition(":"):
        case ("no_tools", "", ""):
            return "tools" not in facts.needs and "parallel_tools" not in facts.needs
        case ("no_images", "", ""):
            return facts.images == 0 and "vision" not in facts.needs
        case ("no_stream", "", ""):
            return not facts.stream
        case ("application", ":", name) if name:
            return f"application:{facts.application}" in conditions
        case ("team", ":", name) if name:
            return f"team:{facts.team}" in conditions
        case ("max_input_tokens", ":", number) if _is_number(number):
            return facts.input_tokens <= int(number)
    return False


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 12

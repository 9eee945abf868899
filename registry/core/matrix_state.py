"""What every cell of a matrix comes to at one moment, and why. Pure, over values as releases hold them; the
decision core (routing.core.matrix) judges each request by the same vocabulary and windows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from registry.core.assurance import Assured, Holding, over, relied_on, windows, within
from registry.core.conditions import CERTIFICATION, is_known, is_of_deployment, parsed

Value = Mapping[str, Any]
US_PER_S = 1_000_000


class State(StrEnum):
    APPROVED = "approved"
    CONDITIONAL = "conditional"
    DENIED = "denied"
    EXPIRED = "expired"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class CellState:
    """`why` is for people: the first line is the cause. `unmet` is the condition or requirement that fails.

    `asks` are the conditions that a request must still meet. `ends_us` is when it will deny unless something
    changes, with what ends then: a certification's name, or "its approval"; None where nothing ends.
    """

    state: State
    why: tuple[str, ...] = ()
    unmet: str = ""
    asks: tuple[str, ...] = ()
    ends_us: int | None = None
    ends: str = ""


ABSENT = CellState(State.ABSENT, ("Nothing was decided, which denies.",))
APPROVAL = "its approval"


def matrix_states(document: Value, now_us: int) -> dict[str, dict[str, CellState]]:
    """By deployment and data class, one for every pair of the document."""
    providers = {value["name"]: value for value in document.get("providers", ())}
    certifications = document.get("certifications", ())
    found: dict[str, dict[str, CellState]] = {}
    for deployment in document["deployments"]:
        assured = assured_by(deployment, providers, certifications)
        found[deployment["name"]] = {
            data_class["name"]: cell_state(
                deployment["cells"].get(data_class["name"]), data_class, assured, now_us
            )
            for data_class in document["data_classes"]
        }
    return found


def assured_by(deployment: Value, providers: Mapping[str, Value], certifications: Sequence[Value]) -> Assured:
    provider = providers.get(deployment["provider"], {})
    return Assured(
        country=deployment.get("country", "").lower(),
        jurisdictions=frozenset(code.lower() for code in provider.get("jurisdictions", ())),
        zero_retention=provider.get("retention_days") == 0,
        no_training=provider.get("trains_on_data") is False,
        holdings=tuple(_holding(value) for value in certifications if _is_of(value, deployment)),
    )


def cell_state(cell: Value | None, data_class: Value, assured: Assured, now_us: int) -> CellState:
    """In the order in which requests are judged: the cell, its conditions, what the class requires."""
    if cell is None:
        return ABSENT
    if cell["decision"] == "denied":
        return CellState(State.DENIED, ("It was decided so.",))
    begins_us, ends_us = cell.get("valid_from_us"), cell.get("valid_to_us")
    if begins_us is not None and now_us < begins_us:
        return CellState(State.DENIED, (f"Its approval begins at {_moment(begins_us)}.",))
    if ends_us is not None and ends_us <= now_us:
        return CellState(State.EXPIRED, (f"Its approval ended at {_moment(ends_us)}.",))
    conditions = tuple(cell.get("conditions") or ())
    if cell["decision"] == "conditional" and not conditions:
        return CellState(State.DENIED, ("It is conditional, and names no condition.",))
    kinds, requirements = data_class.get("kinds", ()), tuple(data_class.get("requirements", ()))
    for asked, of in ((conditions, "The condition"), (requirements, "The class requires")):
        for each in asked:
            failed = _failed(each, asked, of, assured, kinds, now_us)
            if failed is not None:
                return failed
    return _open(cell["decision"], conditions, requirements, assured, kinds, ends_us, now_us)


def _failed(
    condition: str, beside: tuple[str, ...], of: str, assured: Assured, kinds: Sequence[str], now_us: int
) -> CellState | None:
    """What the cell comes to, where `condition` keeps every request out at this moment."""
    if not is_known(condition):
        return CellState(State.DENIED, (f"{of} “{condition}”, which is unknown and so denies.",), condition)
    if not is_of_deployment(condition):
        return None
    holds_in = windows(condition, beside, assured, kinds)
    if any(within(window, now_us) for window in holds_in):
        return None
    ended = [held for held in _held(condition, assured, kinds) if over(held.window, now_us)]
    if ended:
        last = max(ended, key=lambda held: held.window[1] or 0)
        why = f"{of} “{condition}”; {last.name} ended at {_moment(last.window[1] or 0)}."
        return CellState(State.EXPIRED, (why,), condition)
    return CellState(State.DENIED, (f"{of} “{condition}”, which is not met.",), condition)


def _open(
    decision: str,
    conditions: tuple[str, ...],
    requirements: tuple[str, ...],
    assured: Assured,
    kinds: Sequence[str],
    ends_us: int | None,
    now_us: int,
) -> CellState:
    """Of a cell that lets some request through: what it asks, and what ends first."""
    asks = tuple(each for each in conditions + requirements if not is_of_deployment(each))
    ends = [(ends_us, APPROVAL)] if ends_us is not None else []
    for condition in conditions + requirements:
        last = _last(condition, assured, kinds, now_us)
        if last is not None and last.window[1] is not None:
            ends.append((last.window[1], last.name))
    first_us, what = min(ends, default=(None, ""))
    why = [f"A request must meet “{each}”." for each in asks]
    if first_us is not None:
        why.append(f"It ends at {_moment(first_us)} with {what}.")
    state = State.CONDITIONAL if decision == "conditional" or asks else State.APPROVED
    return CellState(state, tuple(why), asks=asks, ends_us=first_us, ends=what)


def _last(condition: str, assured: Assured, kinds: Sequence[str], now_us: int) -> Holding | None:
    """The certification that keeps `condition` met the longest; one after another where they meet."""
    held = sorted(_held(condition, assured, kinds), key=lambda each: each.window[0] or 0)
    last: Holding | None = None
    at_us = now_us
    for each in held:
        begins_us, ends_us = each.window
        if (begins_us or 0) <= at_us and not over(each.window, now_us):
            if ends_us is None:
                return each
            if ends_us > at_us:
                last, at_us = each, ends_us
    return last


def _held(condition: str, assured: Assured, kinds: Sequence[str]) -> Iterator[Holding]:
    found = parsed(condition)
    if found is not None and found[0] == CERTIFICATION:
        yield from relied_on(found[1], assured, kinds)


def _is_of(certification: Value, deployment: Value) -> bool:
    if certification["deployment"]:
        return bool(certification["deployment"] == deployment["name"])
    return bool(certification["provider"] and certification["provider"] == deployment["provider"])


def _holding(value: Value) -> Holding:
    return Holding(
        name=value["name"],
        kind=value["kind"],
        window=(value["valid_from_us"], value["valid_to_us"]),
        countries=frozenset(code.lower() for code in value["countries"]),
        data_kinds=frozenset(value["data_kinds"]),
    )


def _moment(us: int) -> str:
    return f"{datetime.fromtimestamp(us // US_PER_S, UTC):%Y-%m-%d %H:%M} UTC"

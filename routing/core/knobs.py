"""What an application asks of one request beside its labels. A knob only narrows what the policy allows."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

MAX_DIAL = 10


@dataclass(frozen=True, slots=True)
class Knobs:
    """`dial` goes from 0, the cheapest that is certified, to MAX_DIAL, the best quality on the trained
    router's curve."""

    max_cost_nano: int | None = None  # of the whole request, at worst
    max_latency_ms: int | None = None  # from when it was accepted
    models: tuple[str, ...] = ()  # sorted; none is any
    dial: int | None = None


NO_KNOBS = Knobs()


@dataclass(frozen=True, slots=True)
class Remark:
    """What came of a knob or of the policy's latency budget: `what` happened at `path`, `detail` in words."""

    knob: str
    what: str
    path: str = ""
    detail: str = ""


def knobs_value(knobs: Knobs) -> dict[str, Any]:
    """Those that were turned, for the record."""
    value = {field.name: getattr(knobs, field.name) for field in fields(knobs)}
    given = {name: each for name, each in value.items() if each not in (None, ())}
    return {name: list(each) if isinstance(each, tuple) else each for name, each in given.items()}


def knobs_from(value: Mapping[str, Any]) -> Knobs:
    return Knobs(**{**value, "models": tuple(value.get("models", ()))})


def remark_value(remark: Remark) -> dict[str, str]:
    return {field.name: given for field in fields(remark) if (given := getattr(remark, field.name))}

"""Answers given again, as a policy sets them."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

MIN_TTL_S, MAX_TTL_S, TTL_S = 1, 7 * 24 * 3600, 3600
MIN_SIMILARITY_MILLI, MAX_SIMILARITY_MILLI, SIMILARITY_MILLI = 800, 1000, 900


class Mode(StrEnum):
    OFF = "off"
    EXACT = "exact"
    SHADOW = "semantic_shadow"  # exact; what is near is answered live, and compared
    SEMANTIC = "semantic"  # what is near is given too, while the evidence allows it

    @property
    def looks_near(self) -> bool:
        return self in (Mode.SHADOW, Mode.SEMANTIC)


@dataclass(frozen=True, slots=True)
class Caching:
    """A policy's settings. `joins`: identical requests in flight share one call, in any mode."""

    mode: Mode = Mode.OFF
    ttl_s: int = TTL_S
    sampled: bool = False  # also what is not asked for at temperature 0
    per_end_user: bool = False
    similarity_milli: int = SIMILARITY_MILLI
    joins: bool = False


_DEFAULTS = {each.name: each.default for each in fields(Caching)}


def caching_value(caching: Caching) -> dict[str, Any] | None:
    """As a release holds it: what differs from the default; None where nothing is on."""
    if caching.mode is Mode.OFF and not caching.joins:
        return None
    said = {name: getattr(caching, name) for name in _DEFAULTS}
    return {name: _plain(value) for name, value in said.items() if value != _DEFAULTS[name]}


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Mode) else value


def caching_from(value: Mapping[str, Any] | None) -> Caching | None:
    """Raises ValueError for what this version does not know, or what is out of its bounds."""
    if value is None:
        return None
    unknown = value.keys() - _DEFAULTS.keys()
    if unknown:
        raise ValueError(f"no such setting of a cache: {sorted(unknown)}")
    caching = Caching(**{**value, "mode": Mode(value.get("mode", Mode.OFF))})
    if not MIN_TTL_S <= caching.ttl_s <= MAX_TTL_S:
        raise ValueError(f"a cache keeps answers for {MIN_TTL_S} to {MAX_TTL_S} seconds")
    if not MIN_SIMILARITY_MILLI <= caching.similarity_milli <= MAX_SIMILARITY_MILLI:
        raise ValueError("a cache's similarity is out of its bounds")
    return caching

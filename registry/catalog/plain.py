"""Values out of JSON that others wrote: what is not of the kind that is asked for is not said."""

from collections.abc import Mapping
from datetime import date
from typing import Any

MAX_COUNT = 2**31 - 1  # what a column holds


def count_in(said: Mapping[str, Any], key: str) -> int | None:
    """A number of at least 1: providers of data write 0 for what they do not know."""
    value = said.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 < value <= MAX_COUNT else None


def flag_in(said: Mapping[str, Any], key: str) -> bool | None:
    value = said.get(key)
    return value if isinstance(value, bool) else None


def day_in(said: Mapping[str, Any], key: str) -> date | None:
    """A day as YYYY-MM-DD; a month alone is no day."""
    value = said.get(key)
    if not isinstance(value, str) or len(value) != len("2026-01-02"):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def texts_in(said: Mapping[str, Any], key: str) -> list[str]:
    value = said.get(key)
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []

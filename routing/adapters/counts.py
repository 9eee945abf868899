"""Numbers that a provider says: believed where they can be counts, unknown where they can't."""

from collections.abc import Mapping
from typing import Any

MAX_TOKENS = 1_000_000_000_000


def count(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value <= MAX_TOKENS else None


def part(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The object under `name`, empty where there is none."""
    inner = value.get(name)
    return inner if isinstance(inner, dict) else {}


def word(value: Any) -> str:
    """A name, such as an id or a model's: text, or nothing."""
    return value[:256] if isinstance(value, str) else ""

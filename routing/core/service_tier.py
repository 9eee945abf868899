"""The service tier of a call, which some providers sell at prices of their own."""

from typing import Any

MAX_TIER_CHARS = 32
USUAL = frozenset({"", "auto", "default", "standard", "standard_only"})


def tier_of(said: Any) -> str:
    """The tier that a request asks for or an answer tells; "" where it is the usual one, or none is said."""
    tier = said[:MAX_TIER_CHARS] if isinstance(said, str) else ""
    return "" if tier in USUAL else tier

"""Which fields of a change to a budget let more money be spent than before.

Pure: records as `registry.governed` reads them. What is named here is reviewed; whatever else is changed
takes effect at once. The database refuses the same (billing.triggers).
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from billing.core.windows import Window

Record = Mapping[str, Any]

HARD = "hard"
SCOPE = ("team", "application", "api_key", "end_user", "model", "experiment")  # each empty for “whichever”
FIELDS = (*SCOPE, "each_end_user", "window", "limit_usd", "enforcement", "enabled")
# Whoever keeps within a limit for the longer one keeps within the same limit for the shorter one. Weeks lie
# in no month, so neither of those two holds the other.
STRICTER_WINDOWS = {
    Window.DAY.value: {Window.WEEK.value, Window.MONTH.value, Window.TOTAL.value},
    Window.WEEK.value: {Window.TOTAL.value},
    Window.MONTH.value: {Window.TOTAL.value},
    Window.TOTAL.value: set(),
}


def binds(budget: Record) -> bool:
    """Whether it refuses anything."""
    return bool(budget["enabled"]) and budget["enforcement"] == HARD


def of_budget(before: Record, after: Record) -> frozenset[str]:
    """A higher limit, one that binds no more or binds less, or one whose window is no stricter. Of a budget
    that refuses nothing, nothing can be loosened."""
    return frozenset(_of_budget(before, after)) if binds(before) else frozenset()


def _of_budget(before: Record, after: Record) -> Iterator[str]:
    if not after["enabled"]:
        yield "enabled"
    if after["enforcement"] != HARD:
        yield "enforcement"
    if Decimal(after["limit_usd"]) > Decimal(before["limit_usd"]):
        yield "limit_usd"
    if after["each_end_user"] and not before["each_end_user"]:
        yield "each_end_user"
    if before["window"] != after["window"] and after["window"] not in STRICTER_WINDOWS[before["window"]]:
        yield "window"
    for name in SCOPE:
        if after[name] and after[name] != before[name]:
            yield name

"""Which fields of a change to a team, an application or a key let it do more than before.

Pure: records as `registry.governed` reads them, ranks of data classes by id. What is named here is reviewed;
whatever else is changed takes effect at once. The database refuses the same (registry.triggers).
"""

from collections.abc import Iterator, Mapping

from registry.core.changes import Record

OWNER = ("is_active",)
APPLICATION = ("is_active", "team")
KEY = (
    "application",
    "scopes",
    "clearance",
    "default_data_class",
    "requests_per_min",
    "tokens_per_min",
    "expires_at",
)
CEILINGS = ("requests_per_min", "tokens_per_min", "expires_at")  # none is no ceiling


def of_owner(before: Record, after: Record) -> frozenset[str]:
    """A team or an application: switched on again, or moved to whom other budgets and policies hold."""
    switched_on = {"is_active"} if after["is_active"] and not before["is_active"] else set()
    moved = {"team"} if before.get("team") != after.get("team") else set()
    return frozenset(switched_on | moved)


def of_key(before: Record, after: Record, ranks: Mapping[str, int]) -> frozenset[str]:
    """A key: more scopes, more sensitive data, a laxer default, higher or no limits, or another application.

    A default class is laxer where it is less sensitive; none at all stands for the strictest class. A class
    that `ranks` does not know is taken for a loosening.
    """
    return frozenset(_of_key(before, after, ranks))


def _of_key(before: Record, after: Record, ranks: Mapping[str, int]) -> Iterator[str]:
    if before["application"] != after["application"]:
        yield "application"
    if not set(after["scopes"]) <= set(before["scopes"]):
        yield "scopes"
    if before["clearance"] != after["clearance"] and not _below(
        after["clearance"], before["clearance"], ranks
    ):
        yield "clearance"
    if _laxer(before["default_data_class"], after["default_data_class"], ranks):
        yield "default_data_class"
    for name in CEILINGS:
        if before[name] is not None and (after[name] is None or after[name] > before[name]):
            yield name


def _laxer(before: str | None, after: str | None, ranks: Mapping[str, int]) -> bool:
    if after is None or after == before:
        return False
    return before is None or not _below(before, after, ranks)


def _below(lower: str, higher: str, ranks: Mapping[str, int]) -> bool:
    return lower in ranks and higher in ranks and ranks[lower] < ranks[higher]

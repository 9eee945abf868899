"""The database's own part in live rows: a team, an application or a key does more than before only by an
approved proposal (registry.core.loosening says what that is)."""

from collections.abc import Iterator

from registry.models.consumers import Scope
from registry.triggers import LIVE, Rule

RANK = "(SELECT rank FROM registry_dataclass WHERE id = {})"
# Of an application: what its keys are cleared for, or the least sensitive class where it has none.
CEILING = """
  COALESCE(
    (SELECT max(c.rank) FROM registry_apikey k JOIN registry_dataclass c ON c.id = k.clearance_id
     WHERE k.application_id = NEW.application_id AND k.revoked_at IS NULL),
    (SELECT min(rank) FROM registry_dataclass)
  )
"""
CEILINGS = ("requests_per_min", "tokens_per_min", "expires_at")
SWITCHED_ON = "(NEW.is_active AND NOT OLD.is_active)"


def rules() -> Iterator[Rule]:
    yield _rule("registry_team", SWITCHED_ON)
    yield _rule("registry_application", f"{SWITCHED_ON} OR NEW.team_id <> OLD.team_id")
    yield _rule("registry_apikey", " OR ".join(_of_a_key()))
    yield (
        "registry_apikey",
        "INSERT",
        f"{LIVE} AND {RANK.format('NEW.clearance_id')} > {CEILING}",
        "a new key is cleared for no more than its application is",
    )
    text = "NEW.prefix <> OLD.prefix OR NEW.sha256 <> OLD.sha256"
    back = "(OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS NULL)"
    yield "registry_apikey", "UPDATE", f"{text} OR {back}", "a key is revoked for good, and keeps its text"


def _of_a_key() -> Iterator[str]:
    yield "NEW.application_id <> OLD.application_id"
    yield f"{RANK.format('NEW.clearance_id')} > {RANK.format('OLD.clearance_id')}"
    default = "NEW.default_data_class_id"
    before = "OLD.default_data_class_id"
    yield f"({default} IS NOT NULL AND ({before} IS NULL OR {RANK.format(default)} < {RANK.format(before)}))"
    for name in CEILINGS:
        yield f"(OLD.{name} IS NOT NULL AND (NEW.{name} IS NULL OR NEW.{name} > OLD.{name}))"
    for scope in Scope.values:
        held = f"""LIKE '%"{scope}"%'"""
        yield f"(CAST(NEW.scopes AS text) {held} AND CAST(OLD.scopes AS text) NOT {held})"


def _rule(table: str, looser: str) -> Rule:
    return table, "UPDATE", f"{LIVE} AND ({looser})", f"loosening a row of {table} needs an approved proposal"

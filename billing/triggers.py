"""The database's own part in hard budgets: one is loosened, or deleted, only by an approved proposal."""

from collections.abc import Iterator

from billing.core.loosening import STRICTER_WINDOWS
from registry.triggers import LIVE, Rule

TABLE = "billing_budget"
REFERENCES, NAMES = ("team_id", "application_id"), ("api_key", "end_user", "model", "experiment")
BOUND = "OLD.enabled AND OLD.enforcement = 'hard'"


def rules() -> Iterator[Rule]:
    looser = " OR ".join((*_looser(), _window()))
    message = "loosening a hard budget needs an approved proposal"
    yield TABLE, "UPDATE", f"{LIVE} AND {BOUND} AND ({looser})", message
    yield TABLE, "DELETE", f"{LIVE} AND {BOUND}", message


def _looser() -> Iterator[str]:
    """What binds less than before. Adding nothing makes SQLite compare numbers, whatever it stored."""
    yield "NOT NEW.enabled"
    yield "NEW.enforcement <> 'hard'"
    yield "NEW.limit_usd + 0 > OLD.limit_usd + 0"
    yield "(NEW.each_end_user AND NOT OLD.each_end_user)"
    for name in REFERENCES:
        yield f"(NEW.{name} IS NOT NULL AND (OLD.{name} IS NULL OR NEW.{name} <> OLD.{name}))"
    for name in NAMES:
        yield f"(NEW.{name} <> '' AND NEW.{name} <> OLD.{name})"


def _window() -> str:
    allowed = [
        f"""(OLD."window" = '{before}' AND NEW."window" = '{after}')"""
        for before, stricter in STRICTER_WINDOWS.items()
        for after in sorted(stricter)
    ]
    return f"""NOT (OLD."window" = NEW."window" OR {" OR ".join(allowed)})"""

"""The statements of the group-commit writer, one module per database."""

from typing import Any

from audit.writers.base import Statements, Table
from audit.writers.postgres import PostgresStatements
from audit.writers.sqlite import SqliteStatements


def statements_for(vendor: str, raw: Any) -> Statements:
    """For the driver's connection `raw`, which must be outside any transaction."""
    if vendor == "postgresql":
        return PostgresStatements(raw)
    return SqliteStatements(raw)


__all__ = ["Statements", "Table", "statements_for"]

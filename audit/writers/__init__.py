"""The statements of the group-commit writer, one module per database."""

from audit.writers.base import Statements, Table
from audit.writers.postgres import PostgresStatements
from audit.writers.sqlite import SqliteStatements


def statements_for(vendor: str) -> Statements:
    if vendor == "postgresql":
        return PostgresStatements()
    return SqliteStatements()


__all__ = ["Statements", "Table", "statements_for"]

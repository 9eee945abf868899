"""The test database: a file on SQLite (threads share it, as in production), and flushing guarded tables.

A test with `transaction=True` ends with a flush, which the register's triggers refuse, as they should. So
the flush of the tests, and nothing else, lifts the triggers for its own transaction.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections, transaction
from django.db.backends.base.operations import BaseDatabaseOperations

_flush = BaseDatabaseOperations.execute_sql_flush


@contextmanager
def _lifted_postgres(cursor: Any) -> Iterator[None]:
    cursor.execute(
        "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid "
        "WHERE NOT tgisinternal AND c.relnamespace = current_schema()::regnamespace"
    )
    tables = [table for (table,) in cursor.fetchall()]
    for table in tables:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield
    for table in tables:
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


@contextmanager
def _lifted_sqlite(cursor: Any) -> Iterator[None]:
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    triggers = cursor.fetchall()
    for name, _ in triggers:
        cursor.execute(f"DROP TRIGGER {name}")
    yield
    for _, create in triggers:
        cursor.execute(create, None)


def flush_past_triggers(operations: BaseDatabaseOperations, sql_list: list[str]) -> None:
    """In place of BaseDatabaseOperations.execute_sql_flush, in tests alone."""
    connection = connections[operations.connection.alias]
    lifted = _lifted_postgres if connection.vendor == "postgresql" else _lifted_sqlite
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor, lifted(cursor):
        _flush(operations, sql_list)

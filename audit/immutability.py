"""Tables that the database itself keeps from being changed, on PostgreSQL and on SQLite.

Migration operations, for every app's append-only tables:

    operations = [AppendOnly("billing_ledgerentry")]

A refused statement fails with django.db.IntegrityError. On SQLite an altered table is rebuilt without its
triggers, so a migration that alters a guarded table must end with the operation again; `missing` tells.
"""

from collections.abc import Iterable
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.operations.base import Operation, OperationCategory

REFUSE_FUNCTION = """
CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  RAISE EXCEPTION 'register: % of % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$body$
"""
POSTGRES_ROWS = """
CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {when} EXECUTE FUNCTION audit_refuse()
"""
POSTGRES_TRUNCATE = """
CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()
"""
SQLITE_ROWS = """
CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {when}
BEGIN SELECT RAISE(ABORT, 'register: {event} of {table} is refused'); END
"""
SAME = {"postgresql": "IS NOT DISTINCT FROM", "sqlite": "IS"}


class Guard(Operation):
    """Refuses DELETE, TRUNCATE, and every UPDATE that `allowed` does not describe.

    `allowed` is a condition over OLD and NEW, in which `{same}` stands for "equal, or both null"; empty
    allows no update. `erasable` allows DELETE.
    """

    reversible = True
    category = OperationCategory.SQL

    def __init__(self, table: str, *, allowed: str = "", erasable: bool = False) -> None:
        self.table = table
        self.allowed = allowed
        self.erasable = erasable

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (
            self.__class__.__qualname__,
            [self.table],
            {"allowed": self.allowed, "erasable": self.erasable},
        )

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Triggers are no part of the models' state."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        vendor = schema_editor.connection.vendor
        if vendor == "postgresql":
            schema_editor.execute(REFUSE_FUNCTION, params=None)
        for statement in self._create(vendor):
            schema_editor.execute(statement, params=None)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        suffix = f" ON {self.table}" if schema_editor.connection.vendor == "postgresql" else ""
        for name in self.trigger_names(schema_editor.connection.vendor):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}{suffix}", params=None)

    def describe(self) -> str:
        return f"Keep the rows of {self.table} from being changed"

    def trigger_names(self, vendor: str) -> list[str]:
        events = ["update"]
        if not self.erasable:
            events.append("delete")
        if vendor == "postgresql":
            events.append("truncate")
        return [f"{self.table}_no_{event}" for event in events]

    def _create(self, vendor: str) -> list[str]:
        rows = POSTGRES_ROWS if vendor == "postgresql" else SQLITE_ROWS
        when = f"WHEN (NOT ({self.allowed.format(same=SAME[vendor])}))" if self.allowed else ""
        statements = [
            rows.format(name=f"{self.table}_no_update", event="UPDATE", table=self.table, when=when),
        ]
        if not self.erasable:
            statements.append(
                rows.format(name=f"{self.table}_no_delete", event="DELETE", table=self.table, when="")
            )
        if vendor == "postgresql":
            statements.append(POSTGRES_TRUNCATE.format(name=f"{self.table}_no_truncate", table=self.table))
        return statements


class Reguard(Guard):
    """A guard in place of one that allowed `before`: after a column was added, which it must know too."""

    def __init__(self, table: str, *, allowed: str = "", erasable: bool = False, before: str = "") -> None:
        super().__init__(table, allowed=allowed, erasable=erasable)
        self.before = before

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        name, args, options = super().deconstruct()
        return name, args, {**options, "before": self.before}

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        super().database_backwards(app_label, schema_editor, from_state, to_state)
        super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        super().database_backwards(app_label, schema_editor, from_state, to_state)
        former = Guard(self.table, allowed=self.before, erasable=self.erasable)
        former.database_forwards(app_label, schema_editor, from_state, to_state)


class AppendOnly(Guard):
    """Rows of this table are written once: UPDATE, DELETE and TRUNCATE are refused."""

    def __init__(self, table: str) -> None:
        super().__init__(table)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (self.__class__.__qualname__, [self.table], {})


def missing(connection: BaseDatabaseWrapper, tables: Iterable[str]) -> list[str]:
    """Those of `tables` that the database does not keep from being updated."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        present = {name for (name,) in cursor.fetchall()}
    return [table for table in tables if f"{table}_no_update" not in present]

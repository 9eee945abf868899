"""SQLite: in-process statements, so one per request costs little; inserts by executemany."""

import sqlite3
from collections.abc import Sequence
from functools import cache
from typing import Any

from audit.core.records import Claim, Finish
from audit.rows import FINISH_COLUMNS, REQUEST_COLUMNS
from audit.writers.base import Table


@cache
def insert_sql(table: Table) -> str:
    marks = ",".join("?" * len(table.columns))
    return f"INSERT INTO {table.db_table} ({','.join(table.columns)}) VALUES ({marks})"  # noqa: S608


CLAIM = insert_sql(Table("audit_request", REQUEST_COLUMNS)) + " ON CONFLICT (id) DO NOTHING"
FINISH = (
    f"UPDATE audit_request SET {','.join(f'{column}=?' for column in FINISH_COLUMNS)} "  # noqa: S608
    "WHERE id=? AND state='running'"
)


class SqliteStatements:
    def begin(self, raw: sqlite3.Connection) -> None:
        raw.execute("BEGIN IMMEDIATE")

    def commit(self, raw: sqlite3.Connection) -> None:
        raw.execute("COMMIT")

    def rollback(self, raw: sqlite3.Connection) -> None:
        if raw.in_transaction:
            raw.execute("ROLLBACK")

    def claim(self, raw: sqlite3.Connection, claims: Sequence[Claim]) -> set[str]:
        return {claim.request_id.hex for claim in claims if raw.execute(CLAIM, claim.values).rowcount == 1}

    def finish(self, raw: sqlite3.Connection, finishes: Sequence[Finish]) -> set[str]:
        won = set()
        for finish in finishes:
            key = finish.request_id.hex
            if raw.execute(FINISH, (*finish.values, key)).rowcount == 1:
                won.add(key)
        return won

    def insert(self, raw: sqlite3.Connection, table: Table, rows: Sequence[Sequence[Any]]) -> None:
        raw.executemany(insert_sql(table), rows)

    def existing_events(self, raw: sqlite3.Connection, event_ids: Sequence[str]) -> set[str]:
        found = set()
        for event_id in event_ids:
            if raw.execute("SELECT 1 FROM audit_entry WHERE event_id=?", (event_id,)).fetchone():
                found.add(event_id)
        return found

    def last_entry(self, raw: sqlite3.Connection, emitter: str) -> tuple[int, bytes | None]:
        row = raw.execute(
            "SELECT emitter_seq, leaf_hash FROM audit_entry WHERE emitter_id=? "
            "ORDER BY emitter_seq DESC LIMIT 1",
            (emitter,),
        ).fetchone()
        return (row[0], bytes(row[1])) if row else (0, None)

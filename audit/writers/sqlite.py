"""SQLite: in-process statements, so one per request costs little; inserts by executemany."""

import sqlite3
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from audit.core.records import Claim, Finish
from audit.rows import FINISH_COLUMNS, REQUEST_COLUMNS
from audit.writers.base import AnswerLost, Table


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
    def __init__(self, raw: sqlite3.Connection) -> None:
        self._raw = raw

    def take_place(self, emitter: str) -> None:
        """Nothing to do: SQLite works in this process, and a connection that was closed commits no more."""

    def begin(self) -> None:
        self._raw.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        try:
            self._raw.execute("COMMIT")
        except sqlite3.OperationalError as error:
            raise AnswerLost(str(error)) from error

    def rollback(self) -> None:
        if self._raw.in_transaction:
            self._raw.execute("ROLLBACK")

    def cursor(self) -> sqlite3.Cursor:
        return self._raw.cursor()

    def claim(self, claims: Sequence[Claim]) -> set[str]:
        execute = self._raw.execute
        return {claim.request_id.hex for claim in claims if execute(CLAIM, claim.values).rowcount != 1}

    def finish(self, finishes: Sequence[Finish]) -> set[str]:
        lost = set()
        for finish in finishes:
            key = finish.request_id.hex
            if self._raw.execute(FINISH, (*finish.values, key)).rowcount != 1:
                lost.add(key)
        return lost

    def insert(self, table: Table, rows: Sequence[Sequence[Any]]) -> None:
        self._raw.executemany(insert_sql(table), rows)

    def insert_and_commit(self, rows: Mapping[Table, Sequence[Sequence[Any]]]) -> None:
        for table, of_table in rows.items():
            self.insert(table, of_table)
        self.commit()

    def existing_events(self, event_ids: Sequence[str]) -> set[str]:
        select = "SELECT 1 FROM audit_entry WHERE event_id=?"
        return {
            event_id
            for event_id in event_ids
            if self._raw.execute(select, (event_id.replace("-", ""),)).fetchone()
        }

    def last_entry(self, emitter: str) -> tuple[int, bytes | None]:
        row = self._raw.execute(
            "SELECT emitter_seq, leaf_hash FROM audit_entry WHERE emitter_id=? "
            "ORDER BY emitter_seq DESC LIMIT 1",
            (emitter,),
        ).fetchone()
        return (row[0], bytes(row[1])) if row else (0, None)

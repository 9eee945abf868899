"""PostgreSQL: one statement for all claims, one for all finishes, COPY for everything that is only added.

Claims and finishes travel as one JSON parameter, so the text of the statement never changes and is
prepared once; a statement with hundreds of parameters costs more to read than to run.
"""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from psycopg import Connection, Cursor

from audit.core.records import Claim, Finish
from audit.rows import FINISH_COLUMNS, REQUEST_COLUMNS
from audit.writers.base import Table

BOOLEANS = frozenset({"stream", "fallback_used"})
INTEGERS = frozenset(
    {
        "release_number",
        "worst_case_nano",
        "reserved_epoch",
        "attempts",
        "input_tokens",
        "output_tokens",
        "cost_nano",
        "latency_ms",
        "first_token_ms",
    }
)
TYPES = {
    "id": "uuid",
    "accepted_at": "timestamptz",
    "deadline_at": "timestamptz",
    "finished_at": "timestamptz",
    "content_salt": "bytea",
}


def _type(column: str) -> str:
    if column in BOOLEANS:
        return "boolean"
    return "bigint" if column in INTEGERS else TYPES.get(column, "text")


def _record(columns: Sequence[str]) -> str:
    return f"json_to_recordset(%s::json) AS v({','.join(f'{name} {_type(name)}' for name in columns)})"


CLAIM = (
    f"INSERT INTO audit_request ({','.join(REQUEST_COLUMNS)}) "  # noqa: S608
    f"SELECT {','.join(REQUEST_COLUMNS)} FROM {_record(REQUEST_COLUMNS)} "
    "ON CONFLICT (id) DO NOTHING RETURNING id"
)
FINISH = (
    f"UPDATE audit_request r SET {','.join(f'{name}=v.{name}' for name in FINISH_COLUMNS)} "  # noqa: S608
    f"FROM {_record((*FINISH_COLUMNS, 'id'))} WHERE r.id = v.id AND r.state = 'running' RETURNING r.id"
)
_encode = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), default=lambda value: f"\\x{bytes(value).hex()}"
).encode


@cache
def copy_sql(table: Table) -> str:
    return f"COPY {table.db_table} ({','.join(table.columns)}) FROM STDIN"


class PostgresStatements:
    """Django's own cursors bind on the client; here the server binds, so statements can be prepared."""

    def begin(self, raw: Connection[Any]) -> None:
        raw.prepare_threshold = 0
        Cursor(raw).execute("BEGIN")

    def commit(self, raw: Connection[Any]) -> None:
        Cursor(raw).execute("COMMIT")

    def rollback(self, raw: Connection[Any]) -> None:
        if not raw.closed:
            Cursor(raw).execute("ROLLBACK")

    def claim(self, raw: Connection[Any], claims: Sequence[Claim]) -> set[str]:
        rows = [dict(zip(REQUEST_COLUMNS, claim.values, strict=True)) for claim in claims]
        return self._ids(raw, CLAIM, rows)

    def finish(self, raw: Connection[Any], finishes: Sequence[Finish]) -> set[str]:
        rows = [
            {**dict(zip(FINISH_COLUMNS, finish.values, strict=True)), "id": finish.request_id.hex}
            for finish in finishes
        ]
        return self._ids(raw, FINISH, rows)

    def insert(self, raw: Connection[Any], table: Table, rows: Sequence[Sequence[Any]]) -> None:
        with Cursor(raw).copy(copy_sql(table)) as copy:
            for row in rows:
                copy.write_row(row)

    def existing_events(self, raw: Connection[Any], event_ids: Sequence[str]) -> set[str]:
        rows = Cursor(raw).execute(
            "SELECT event_id FROM audit_entry WHERE event_id = ANY(%s::uuid[])", [list(event_ids)]
        )
        return {row[0].hex for row in rows.fetchall()}

    def last_entry(self, raw: Connection[Any], emitter: str) -> tuple[int, bytes | None]:
        row = (
            Cursor(raw)
            .execute(
                "SELECT emitter_seq, leaf_hash FROM audit_entry WHERE emitter_id = %s "
                "ORDER BY emitter_seq DESC LIMIT 1",
                [emitter],
            )
            .fetchone()
        )
        return (row[0], bytes(row[1])) if row else (0, None)

    @staticmethod
    def _ids(raw: Connection[Any], statement: str, rows: list[dict[str, Any]]) -> set[str]:
        found = Cursor(raw).execute(statement, [_encode(rows)], prepare=True)
        return {row[0].hex for row in found.fetchall()}

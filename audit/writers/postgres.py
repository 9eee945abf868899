"""PostgreSQL: one statement for all claims, one for all finishes, COPY for everything that is only added.

It speaks to libpq through psycopg's own wrapper (psycopg.pq), in blocking calls that release the GIL: the
writer's thread has the connection to itself, and psycopg's cursors cost more here than the statements do.
All COPYs of a batch and its COMMIT go out as one query, so that the server need not be asked again for each.
Claims and finishes travel as one JSON parameter, so the text of the statement never changes and is prepared
once; a statement with hundreds of parameters costs more to read than to run. A claim's long texts travel
beside it, as arrays in the server's own form, since it reads JSON a character at a time.
"""

import select
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import msgspec
from psycopg import Connection, Cursor, OperationalError
from psycopg.errors import TransactionRollback, error_from_result
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus, Format
from psycopg.pq.abc import PGconn, PGresult

from audit.core.records import Claim, Finish
from audit.rows import FINISH_COLUMNS, REQUEST_COLUMNS
from audit.writers.base import AnswerLost, Table
from audit.writers.copytext import copy_text

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
}
# msgspec writes bytes as Base64.
EXPRESSIONS = {"content_salt": "decode(v.content_salt, 'base64')"}
TEXT_OID = 25
STATEMENT_TIMEOUT_MS = 5_000  # a lock that somebody holds must not hold up every request
SILENCE_MS = STATEMENT_TIMEOUT_MS * 2  # after which the server is taken for gone
FINE = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK, ExecStatus.COPY_IN)
LOST = ("08", "57P")  # error classes that tell of the connection or the server, not of the statement

_encode = msgspec.json.Encoder().encode


def _type(column: str) -> str:
    if column in BOOLEANS:
        return "boolean"
    return "bigint" if column in INTEGERS else TYPES.get(column, "text")


def _types(columns: Sequence[str]) -> str:
    return ",".join(f"{name} {_type(name)}" for name in columns)


LONG_COLUMNS = ("decision", "facts")
SHORT_COLUMNS = tuple(name for name in REQUEST_COLUMNS if name not in LONG_COLUMNS)
_LONG_ARRAYS = ",".join(f"unnest(${place}::text[])" for place, _ in enumerate(LONG_COLUMNS, start=2))
CLAIM = (
    f"INSERT INTO audit_request ({','.join(REQUEST_COLUMNS)}) "  # noqa: S608
    f"SELECT {','.join(EXPRESSIONS.get(name, f'v.{name}') for name in REQUEST_COLUMNS)} "
    f"FROM ROWS FROM (json_to_recordset($1::json) AS ({_types(SHORT_COLUMNS)}), {_LONG_ARRAYS}) "
    f"AS v({','.join((*SHORT_COLUMNS, *LONG_COLUMNS))}) ON CONFLICT (id) DO NOTHING RETURNING id"
).encode()
FINISH = (
    f"UPDATE audit_request r SET {','.join(f'{name}=v.{name}' for name in FINISH_COLUMNS)} "  # noqa: S608
    f"FROM json_to_recordset($1::json) AS v({_types((*FINISH_COLUMNS, 'id'))}) "
    "WHERE r.id = v.id AND r.state = 'running' RETURNING r.id"
).encode()
PREPARED = {b"register_claim": CLAIM, b"register_finish": FINISH}
# An emitter's place is an advisory lock of its connection. Whoever still holds it is a connection that we
# have given up and the server has not: its transaction could yet be committed, so it is ended first.
EVICT = (
    "SELECT pg_terminate_backend(pid) FROM pg_locks, hashtextextended(%s, 0) AS place "
    "WHERE locktype = 'advisory' AND objsubid = 1 AND granted AND pid <> pg_backend_pid() "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    "AND classid::bigint = (place >> 32) & 4294967295 AND objid::bigint = place & 4294967295"
)
TAKE_PLACE = "SELECT pg_advisory_lock(hashtextextended(%s, 0))"


@contextmanager
def _answered() -> Iterator[None]:
    """Tells an answer of the server from none: what it refused was not committed."""
    try:
        yield
    except OperationalError as error:
        if error.sqlstate is None or error.sqlstate.startswith(LOST):
            raise AnswerLost(str(error)) from error
        raise


def text_array(texts: Sequence[str]) -> bytes:
    """A `text[]` in PostgreSQL's binary form: its one dimension, then each element behind its length."""
    parts = [struct.pack(">5i", 1, 0, TEXT_OID, len(texts), 1)]
    for text in texts:
        data = text.encode()
        parts += (struct.pack(">i", len(data)), data)
    return b"".join(parts)


@cache
def copy_sql(table: Table) -> str:
    return f"COPY {table.db_table} ({','.join(table.columns)}) FROM STDIN"


class PlainCursor:
    """As much of a cursor as the claim's guard needs; values come as text."""

    def __init__(self, execute: Callable[[str], PGresult]) -> None:
        self._execute = execute
        self._result: PGresult | None = None

    def execute(self, statement: str) -> None:
        self._result = self._execute(statement)

    def fetchone(self) -> tuple[str | None, ...] | None:
        result = self._result
        if result is None or not result.ntuples:
            return None
        values = [result.get_value(0, column) for column in range(result.nfields)]
        return tuple([None if value is None else value.decode() for value in values])


class PostgresStatements:
    """Lives as long as its connection, on which it prepares its statements at first."""

    def __init__(self, raw: Connection[Any]) -> None:
        self._raw = raw
        self._connection: PGconn = raw.pgconn
        self._connection.nonblocking = 0
        self._readable = select.poll()
        self._readable.register(self._connection.socket, select.POLLIN)
        self._execute(f"SET statement_timeout = {STATEMENT_TIMEOUT_MS}")
        for name, statement in PREPARED.items():
            self._checked(self._connection.prepare(name, statement))

    def take_place(self, emitter: str) -> None:
        cursor = Cursor(self._raw)
        cursor.execute(EVICT, [emitter])
        cursor.execute(TAKE_PLACE, [emitter])

    def begin(self) -> None:
        self._execute(b"BEGIN")

    def commit(self) -> None:
        with _answered():
            self._check_committed(self._execute(b"COMMIT"))

    def rollback(self) -> None:
        self._execute(b"ROLLBACK")

    def claim(self, claims: Sequence[Claim]) -> set[str]:
        rows = [dict(zip(REQUEST_COLUMNS, claim.values, strict=True)) for claim in claims]
        long = [text_array([row.pop(name) for row in rows]) for name in LONG_COLUMNS]
        return self._lost(b"register_claim", rows, long)

    def finish(self, finishes: Sequence[Finish]) -> set[str]:
        rows = []
        for finish in finishes:
            row = dict(zip(FINISH_COLUMNS, finish.values, strict=True))
            row["id"] = finish.request_id.hex
            rows.append(row)
        return self._lost(b"register_finish", rows)

    def cursor(self) -> "PlainCursor":
        return PlainCursor(self._execute)

    def insert(self, table: Table, rows: Sequence[Sequence[Any]]) -> None:
        """For values that COPY's text can't be made of in one go as well: these are written one by one."""
        try:
            data = copy_text(rows)
        except (ValueError, KeyError):
            with Cursor(self._raw).copy(copy_sql(table)) as copy:
                for row in rows:
                    copy.write_row(row)
            return
        self._execute(copy_sql(table))
        self._feed(data)
        self._finish_query()

    def insert_and_commit(self, rows: Mapping[Table, Sequence[Sequence[Any]]]) -> None:
        try:
            texts = [copy_text(of_table) for of_table in rows.values()]
        except (ValueError, KeyError):
            for table, of_table in rows.items():
                self.insert(table, of_table)
            self.commit()
            return
        with _answered():
            result = self._execute(";".join([*map(copy_sql, rows), "COMMIT"]))
            for text in texts:
                if result.status != ExecStatus.COPY_IN:
                    raise OperationalError("The server did not ask for the rows.")
                self._feed(text)
                result = self._checked(self._result())
            self._finish_query()
            self._check_committed(result)

    def existing_events(self, event_ids: Sequence[str]) -> set[str]:
        rows = Cursor(self._raw).execute(
            "SELECT event_id FROM audit_entry WHERE event_id = ANY(%s::uuid[])", [list(event_ids)]
        )
        return {str(row[0]) for row in rows.fetchall()}

    def last_entry(self, emitter: str) -> tuple[int, bytes | None]:
        rows = Cursor(self._raw).execute(
            "SELECT emitter_seq, leaf_hash FROM audit_entry WHERE emitter_id = %s "
            "ORDER BY emitter_seq DESC LIMIT 1",
            [emitter],
        )
        row = rows.fetchone()
        return (row[0], bytes(row[1])) if row else (0, None)

    def _lost(self, statement: bytes, rows: list[dict[str, Any]], arrays: Sequence[bytes] = ()) -> set[str]:
        formats = [Format.TEXT, *(Format.BINARY for _ in arrays)]
        answer = self._connection.exec_prepared(statement, [_encode(rows), *arrays], formats)
        result = self._checked(answer)
        if result.ntuples == len(rows):
            return set()
        found = [result.get_value(index, 0) or b"" for index in range(result.ntuples)]
        return {row["id"] for row in rows} - {value.decode().replace("-", "") for value in found}

    def _feed(self, data: bytes) -> None:
        """The rows of a COPY that the server waits for."""
        self._connection.put_copy_data(data)
        self._connection.put_copy_end()
        self._checked(self._result())

    def _finish_query(self) -> None:
        while (result := self._result()) is not None:
            self._checked(result)

    def _result(self) -> PGresult | None:
        """The next result of the query; None after its last. libpq's own wait would hold the GIL."""
        connection = self._connection
        while connection.is_busy():
            if not self._readable.poll(SILENCE_MS):
                raise OperationalError("The server is silent.")
            connection.consume_input()
        return connection.get_result()

    @staticmethod
    def _check_committed(result: PGresult) -> None:
        if result.command_status != b"COMMIT":
            raise TransactionRollback("The transaction had failed before its commit.")

    def _execute(self, statement: bytes | str) -> PGresult:
        command = statement.encode() if isinstance(statement, str) else statement
        return self._checked(self._connection.exec_(command))

    def _checked(self, result: PGresult | None) -> PGresult:
        if result is not None and result.status in FINE:
            return result
        if (
            result is None
            or self._connection.status == ConnStatus.BAD
            or not result.error_field(DiagnosticField.SQLSTATE)
        ):
            message = self._connection.get_error_message() if result is None else result.get_error_message()
            raise OperationalError(message)
        raise error_from_result(result)

"""Exports: requests as CSV or JSON lines, streamed in chunks, with their own entry in the register.

Pages are fetched by keyset, so that memory stays flat and no cursor is held open, however many rows there
are. Every export is recorded twice: `export.started` before the first byte, and `export.generated` with the
number of rows and the SHA-256 of the stream when it ends, complete or not.
"""

import csv
import hashlib
import io
import json
from collections.abc import AsyncIterator, Generator, Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db.models import Q, QuerySet
from django.utils import timezone

from audit.models import Attempt, Request
from audit.services.entries import record

CHUNK_ROWS = 1_000
FORMATS = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl"}
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
HIDDEN = frozenset({"content_salt"})
LONG = frozenset({"decision", "facts"})
COLUMNS = tuple(field.attname for field in Request._meta.concrete_fields if field.attname not in HIDDEN)
CSV_COLUMNS = tuple(name for name in COLUMNS if name not in LONG)
ATTEMPT_COLUMNS = tuple(field.attname for field in Attempt._meta.concrete_fields)
JSON_TEXTS = frozenset({"decision", "facts", "tags", "unsupported"})


def safe_cell(value: Any) -> str:
    """A CSV cell that no spreadsheet takes for a formula. Numbers are numbers, so their sign stays."""
    text = plain(value)
    if isinstance(value, str) and text.startswith(FORMULA_STARTS):
        return f"'{text}"
    return text


def plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, datetime) else str(value)


class Export:
    """Iterate it once: chunks of bytes come out, and the register hears of it. `close` ends it early."""

    def __init__(
        self, requests: QuerySet[Request], *, file_format: str, actor: dict[str, Any], filters: dict[str, Any]
    ) -> None:
        self._requests = requests.filter(accepted_at__lte=timezone.now()).order_by("accepted_at", "id")
        self._lines = _csv_lines if file_format == "csv" else _json_lines
        self._what = {"actor": actor, "filters": filters, "format": file_format}
        self._sha256 = hashlib.sha256()
        self.rows = 0
        self._chunks = self._generate(file_format)

    def __iter__(self) -> Iterator[bytes]:
        return self._chunks

    async def stream(self) -> AsyncIterator[bytes]:
        """The same chunks for an ASGI response, which would otherwise collect them all."""
        try:
            while chunk := await sync_to_async(self._next)():
                yield chunk
        finally:
            await sync_to_async(self.close)()

    def _next(self) -> bytes:
        return next(self._chunks, b"")

    def close(self) -> None:
        self._chunks.close()

    def _generate(self, file_format: str) -> Generator[bytes]:
        record("export.started", self._what)
        complete = False
        try:
            if file_format == "csv":
                yield self._hashed(_csv([CSV_COLUMNS]))
            for page in _pages(self._requests):
                self.rows += len(page)
                yield self._hashed(self._lines(page))
            complete = True
        finally:
            told = {"rows": self.rows, "sha256": self._sha256.hexdigest(), "complete": complete}
            record("export.generated", {**self._what, **told})

    def _hashed(self, chunk: bytes) -> bytes:
        self._sha256.update(chunk)
        return chunk


def _pages(requests: QuerySet[Request]) -> Iterator[list[dict[str, Any]]]:
    rows = requests.values(*COLUMNS)
    page = list(rows[:CHUNK_ROWS])
    while page:
        yield page
        if len(page) < CHUNK_ROWS:
            return
        at, last = page[-1]["accepted_at"], page[-1]["id"]
        after = Q(accepted_at__gt=at) | Q(accepted_at=at, id__gt=last)
        page = list(rows.filter(after, accepted_at__gte=at)[:CHUNK_ROWS])


def _csv_lines(page: list[dict[str, Any]]) -> bytes:
    return _csv([safe_cell(row[name]) for name in CSV_COLUMNS] for row in page)


def _csv(rows: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _json_lines(page: list[dict[str, Any]]) -> bytes:
    attempts: dict[UUID, list[dict[str, Any]]] = {}
    ids = [row["id"] for row in page]
    for attempt in Attempt.objects.filter(request_id__in=ids).order_by("number").values(*ATTEMPT_COLUMNS):
        attempts.setdefault(attempt["request_id"], []).append(_json_row(attempt))
    lines = [
        json.dumps({**_json_row(row), "attempt_rows": attempts.get(row["id"], [])}, ensure_ascii=False)
        for row in page
    ]
    return "".join(f"{line}\n" for line in lines).encode()


def _json_row(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _json_value(name, value) for name, value in row.items()}


def _json_value(name: str, value: Any) -> Any:
    if name in JSON_TEXTS:
        return json.loads(value) if value else None
    if isinstance(value, (UUID, datetime)):
        return plain(value)
    return value

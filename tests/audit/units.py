"""Units of work, as the data plane makes them."""

import time
from typing import Any
from uuid import UUID

from audit.core.canonical import canonical_json
from audit.core.ids import uuid7
from audit.core.records import Claim, Entry, Finish, Row, Unit
from audit.rows import attempt_row, finish_values, request_values

SALT = b"\x00\\s\t\n" * 6 + b"12"


def now_us() -> int:
    return time.time_ns() // 1000


def entry(event_type: str, request_id: UUID | None = None, **data: Any) -> Entry:
    return Entry(event_type, request_id, now_us(), canonical_json(data or {"note": 'tab\t "quote" \\ é'}))


def claim_unit(request_id: UUID | None = None, *, epoch: int | None = None, **values: Any) -> Unit:
    request_id = request_id or uuid7()
    known: dict[str, Any] = {"team": "payments", "application": "invoices", "content_salt": SALT}
    claim = Claim(
        request_id,
        request_values(request_id=request_id, accepted_at_us=now_us(), **{**known, **values}),
        epoch,
    )
    return Unit(
        claim=claim, entries=(entry("request.accepted", request_id), entry("attempt.started", request_id))
    )


def finish_unit(request_id: UUID | None = None, **values: Any) -> Unit:
    request_id = request_id or uuid7()
    ending = finish_values(
        **{"outcome": "succeeded", "finished_at_us": now_us(), "cost_nano": 900, "attempts": 1, **values}
    )
    return Unit(
        finish=Finish(request_id, ending),
        entries=(entry("attempt.finished", request_id), entry("request.finished", request_id)),
        rows=(attempt(request_id),),
    )


def attempt(request_id: UUID, **values: Any) -> Row:
    known: dict[str, Any] = {
        "number": 1,
        "path": "0",
        "deployment": "gpt-eu",
        "model": "gpt",
        "model_version": "gpt-1",
        "provider": "acme",
        "outcome": "ok",
        "sent_model": "gpt-1-2026",
        "reported_model": "gpt-1-2026",
        "error_message": "line\none\ttab \\N back\\slash",
    }
    return attempt_row(
        request_id=request_id, started_at_us=now_us(), finished_at_us=now_us(), **{**known, **values}
    )


def note_unit(*rows: Row) -> Unit:
    return Unit(entries=(entry("note"),), rows=rows)

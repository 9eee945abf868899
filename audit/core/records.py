"""What the writer is given: units of work that are committed whole or not at all.

A unit belongs to one request. Its rows go to the database in one transaction together with those of
other requests that wait at the same moment (group commit).

The claim is the insert of the request's row: whoever inserts it first owns the request, and every other
attempt to claim it loses. So a request runs at most once, however often its message is delivered, and a
web process that gives up claims the row itself (outcome `expired`), which stops a worker that is late.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

MAX_BODY_BYTES = 16 * 1024


class Committed(StrEnum):
    """What became of a unit."""

    DONE = "done"
    CLAIM_LOST = "claim_lost"  # the request's row exists already; nothing of the unit was written
    FINISH_LOST = "finish_lost"  # the request was closed already; nothing of the unit was written
    STALE_EPOCH = "stale_epoch"  # counters were rebuilt after this hold was made; nothing was written


@dataclass(frozen=True, slots=True)
class Entry:
    """One register entry. `body` is canonical JSON, at most MAX_BODY_BYTES; the writer adds the emitter,
    its gapless sequence number, the previous entry's hash and the leaf hash."""

    event_type: str
    request_id: UUID | None
    occurred_at_us: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Row:
    """A row for an append-only table that was registered with the writer (see audit.writer.TABLES)."""

    table: str
    values: tuple[Any, ...]  # in the order of the table's registered columns


@dataclass(frozen=True, slots=True)
class Claim:
    """The request's projection row, inserted only when no row with its id exists."""

    request_id: UUID
    values: tuple[Any, ...]  # in the order of audit.writer.REQUEST_COLUMNS
    epoch: int | None = None  # billing epoch under which the hold was made; None where nothing is held


@dataclass(frozen=True, slots=True)
class Finish:
    """The end of a request: updates its row only while that is still `running`."""

    request_id: UUID
    values: tuple[Any, ...]  # in the order of audit.writer.FINISH_COLUMNS


@dataclass(frozen=True, slots=True)
class Unit:
    """All or nothing: where the claim or the finish is lost, the entries and rows are not written.

    One with both is a request that begins and ends at once: who loses the claim finishes nothing.
    """

    claim: Claim | None = None
    finish: Finish | None = None
    entries: tuple[Entry, ...] = ()
    rows: tuple[Row, ...] = field(default=())

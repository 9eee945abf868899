"""From what callers hand in to sealed entries in a chain; the one way for the writer and for the services."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from audit.core.envelope import seal
from audit.core.records import Entry
from audit.rows import timestamp


@dataclass(slots=True)
class Chain:
    """Where an emitter stands: its last sequence number, and that entry's leaf hash."""

    emitter: str
    seq: int = 0
    head: bytes | None = None

    def copy(self) -> "Chain":
        return Chain(self.emitter, self.seq, self.head)


def sealed_rows(
    chain: Chain, entries: Iterable[tuple[Entry, str]], *, compact_ids: bool
) -> Iterator[tuple[Any, ...]]:
    """Rows in the order of ENTRY_COLUMNS; moves `chain`. `compact_ids` leaves the dashes out of ids, which is
    how Django keeps a UUID on SQLite."""
    emitter, seq, prev = chain.emitter, chain.seq, chain.head
    last_request, request_id, last_us, at, at_sealed = None, None, -1, "", ""
    for entry, event_id in entries:
        if entry.occurred_at_us != last_us:
            last_us = entry.occurred_at_us
            at = timestamp(last_us)
            at_sealed = f"{at[:10]}T{at[11:]}Z"
        if entry.request_id is not last_request:
            last_request = entry.request_id
            request_id = None if last_request is None else str(last_request)
        seq += 1
        body, leaf_hash = seal(
            entry.body,
            event_id=event_id,
            event_type=entry.event_type,
            request_id=request_id,
            occurred_at=at_sealed,
            emitter=emitter,
            seq=seq,
            prev=prev,
        )
        stored_event, stored_request = event_id, request_id
        if compact_ids:
            stored_event = event_id.replace("-", "")
            stored_request = request_id and request_id.replace("-", "")
        yield (stored_event, entry.event_type, stored_request, at, emitter, seq, prev, body, leaf_hash)
        prev = leaf_hash
    chain.seq, chain.head = seq, prev

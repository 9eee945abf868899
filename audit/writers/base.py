"""What the writer needs of a database: a transaction, claims, finishes, and bulk inserts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from audit.core.records import Claim, Finish

ENTRY_COLUMNS = (
    "event_id",
    "event_type",
    "request_id",
    "occurred_at",
    "emitter_id",
    "emitter_seq",
    "prev_event",
    "body",
    "leaf_hash",
)


@dataclass(frozen=True, slots=True)
class Table:
    """A table that rows may be added to, and its columns in the order in which values come."""

    db_table: str
    columns: tuple[str, ...]


ENTRIES = Table("audit_entry", ENTRY_COLUMNS)


class Statements(Protocol):
    """One database's way of doing it. `raw` is the driver's connection, outside any transaction at first."""

    def begin(self, raw: Any) -> None: ...

    def commit(self, raw: Any) -> None: ...

    def rollback(self, raw: Any) -> None: ...

    def claim(self, raw: Any, claims: Sequence[Claim]) -> set[str]:
        """Insert those requests that do not exist yet; their ids in hexadecimal come back."""
        ...

    def finish(self, raw: Any, finishes: Sequence[Finish]) -> set[str]:
        """Close those requests that are running; their ids in hexadecimal come back."""
        ...

    def insert(self, raw: Any, table: Table, rows: Sequence[Sequence[Any]]) -> None: ...

    def existing_events(self, raw: Any, event_ids: Sequence[str]) -> set[str]:
        """Those of the entries (ids in hexadecimal) that are in the register already."""
        ...

    def last_entry(self, raw: Any, emitter: str) -> tuple[int, bytes | None]:
        """The emitter's last sequence number and leaf hash; (0, None) where it has written nothing."""
        ...

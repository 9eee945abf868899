"""What the writer needs of a database: a transaction, claims, finishes, and bulk inserts."""

from collections.abc import Mapping, Sequence
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


class AnswerLost(Exception):
    """COMMIT was sent, and the connection ended before its answer: whether it was done is not known."""


class Statements(Protocol):
    """One database's way of doing it, on one connection. Event ids are UUIDs as text."""

    def take_place(self, emitter: str) -> None:
        """First on a fresh connection: returns once no other one of this emitter can commit any more."""
        ...

    def begin(self) -> None: ...

    def commit(self) -> None:
        """Raises AnswerLost, as does `insert_and_commit`."""
        ...

    def rollback(self) -> None: ...

    def claim(self, claims: Sequence[Claim]) -> set[str]:
        """Insert those requests that do not exist yet; the ids (hexadecimal) of those that do come back."""
        ...

    def finish(self, finishes: Sequence[Finish]) -> set[str]:
        """Close those requests that are running; the ids (hexadecimal) of those that are not come back."""
        ...

    def cursor(self) -> Any:
        """For the claim's guard: something with `execute` and `fetchone`, inside the transaction."""
        ...

    def insert(self, table: Table, rows: Sequence[Sequence[Any]]) -> None: ...

    def insert_and_commit(self, rows: Mapping[Table, Sequence[Sequence[Any]]]) -> None:
        """The end of a transaction: everything that is only added, and the commit."""
        ...

    def existing_events(self, event_ids: Sequence[str]) -> set[str]:
        """Those of the entries that are in the register already."""
        ...

    def last_entry(self, emitter: str) -> tuple[int, bytes | None]:
        """The emitter's last sequence number and leaf hash; (0, None) where it has written nothing."""
        ...

"""The group-commit writer: one thread, one connection, many units in one transaction.

While one transaction is on its way to the disk, what arrives waits and shares the next one. A unit's
future is resolved after the commit, so whoever awaited it may act on what was recorded.

What it promises:
1. A unit is written whole or not at all; where its claim or finish is lost, nothing of it is written.
2. The emitter's sequence has no gap, and its entries form a chain; both move only with a commit.
3. A failed batch is tried once more on a fresh connection. Where even the first commit's fate is unknown,
   the second try finds out by the entries' ids, so nothing is written twice.
4. A unit that the database refuses fails alone (UnitRefused); the rest of its batch is written.
5. When the database is gone every unit fails with RegisterUnavailable in bounded time, and the next batch
   tries again: recovery needs no hand.
"""

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future

from django.db import (
    DEFAULT_DB_ALIAS,
    DataError,
    Error,
    IntegrityError,
    InterfaceError,
    OperationalError,
    connections,
)

from audit.core.envelope import MAX_ENVELOPE_BYTES
from audit.core.records import MAX_BODY_BYTES, Committed, Unit
from audit.emitters import new_emitter
from audit.errors import EntryMissing, EntryTooLarge, RegisterUnavailable, UnitRefused, UnknownTable
from audit.rows import ATTEMPT_COLUMNS, CONTENT_COLUMNS, FINISH_COLUMNS, REQUEST_COLUMNS
from audit.writers import Statements, Table, statements_for
from audit.writers.batch import Batch, ClaimGuard, Job, job
from audit.writers.sealing import Chain
from audit.writers.sinks import FutureSink, LoopSink, Result, deliver

logger = logging.getLogger(__name__)

MAX_BATCH_UNITS = 256
MAX_WAITING_UNITS = 20_000
MAX_WAIT_S = 15.0  # a unit that waited longer fails unwritten
LINGER_PER_UNIT_S = 0.0005  # a busy writer waits for company, the longer the more there was last time,
MAX_LINGER_S = 0.012  # since a transaction costs the database much the same for one unit and for fifty
STOP_TIMEOUT_S = 30.0

TABLES: dict[str, Table] = {
    "attempt": Table("audit_attempt", ATTEMPT_COLUMNS),
    "content": Table("audit_content", CONTENT_COLUMNS),
}
# What only a bad value raises, from the driver or on the way to it; any other error of the database may be
# the connection's, and is worth a second try on a fresh one.
_BAD_VALUE = (DataError, IntegrityError, ValueError, TypeError, OverflowError, UnknownTable)
_UNAVAILABLE = (OperationalError, InterfaceError)

_default_guard: ClaimGuard | None = None


def register_table(name: str, columns: Sequence[str], *, db_table: str | None = None) -> None:
    """Let rows be added to a table: `Row(name, values)` with values in the order of `columns`."""
    TABLES[name] = Table(db_table or name, tuple(columns))


def set_claim_guard(guard: ClaimGuard | None) -> None:
    """What tells the current billing epoch, inside the claim's transaction, and locks it there."""
    global _default_guard
    _default_guard = guard


class GroupWriter:
    """`role` (web, worker) only prefixes the emitter's id."""

    def __init__(
        self,
        role: str = "",
        *,
        claim_guard: ClaimGuard | None = None,
        max_waiting: int = MAX_WAITING_UNITS,
        max_linger_s: float = MAX_LINGER_S,
    ) -> None:
        self.emitter = new_emitter(role)
        self._guard = claim_guard
        self._chain = Chain(self.emitter)
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._max_waiting = max_waiting
        self._max_linger_s = max_linger_s
        self._thread: threading.Thread | None = None
        self._open = False
        self._statements: Statements | None = None  # of the connection that is open now

    # -- the side of the callers

    def start(self) -> None:
        if self._thread is None:
            self._open = True
            self._thread = threading.Thread(target=self._run, name="register-writer", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Refuse what is new, write what waits, and end the thread."""
        if self._thread is not None:
            self._open = False
            self._queue.put(None)
            self._thread.join(STOP_TIMEOUT_S)
            self._thread = None

    def submit(self, unit: Unit) -> Future[Committed]:
        """From any thread. The future holds what became of the unit, or RegisterUnavailable."""
        future: Future[Committed] = Future()
        self._put(unit, FutureSink(future))
        return future

    async def commit(self, unit: Unit) -> Committed:
        """From an event loop: returns after the commit."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Committed] = loop.create_future()
        self._put(unit, LoopSink(loop, future))
        return await future

    @property
    def waiting(self) -> int:
        return self._queue.qsize()

    def _put(self, unit: Unit, sink: FutureSink | LoopSink) -> None:
        check(unit)
        if not self._open:
            raise RegisterUnavailable("The register's writer is not running.")
        if self._queue.qsize() >= self._max_waiting:
            raise RegisterUnavailable("The register's writer has too much to write.")
        self._queue.put(job(unit, sink, time.monotonic() + MAX_WAIT_S))

    # -- the side of the thread

    def _run(self) -> None:
        company = 0  # the units of the last batch, beside its first
        try:
            while (first := self._queue.get()) is not None:
                if company:
                    time.sleep(min(company * LINGER_PER_UNIT_S, self._max_linger_s))
                jobs, ended = self._drain(first)
                company = len(jobs) - 1
                deliver(
                    [(each.sink, result) for each, result in zip(jobs, self._outcomes(jobs), strict=True)]
                )
                if ended:
                    return
        finally:
            self._open = False
            left, _ = self._drain(None)
            deliver((each.sink, RegisterUnavailable("The register's writer has ended.")) for each in left)
            connections[DEFAULT_DB_ALIAS].close()

    def _drain(self, first: Job | None) -> tuple[list[Job], bool]:
        """What waits, up to a batch; and whether the writer is to end."""
        jobs = [] if first is None else [first]
        while len(jobs) < MAX_BATCH_UNITS:
            try:
                following = self._queue.get_nowait()
            except queue.Empty:
                break
            if following is None:
                return jobs, True
            jobs.append(following)
        return jobs, False

    def _outcomes(self, jobs: list[Job]) -> list[Result]:
        """One result per job. The thread's boundary: an error of ours fails the batch, never the writer."""
        now = time.monotonic()
        if any(each.give_up_at < now for each in jobs):
            late: Result = RegisterUnavailable("The register's writer was too slow.")
            fresh = iter(self._outcomes([each for each in jobs if each.give_up_at >= now]))
            return [late if each.give_up_at < now else next(fresh) for each in jobs]
        if not jobs:
            return []
        try:
            return self._written(jobs)
        except Exception as error:
            logger.exception("The register's writer failed.")
            self._disconnect()
            if len(jobs) > 1:
                return [result for each in jobs for result in self._outcomes([each])]
            return [UnitRefused(f"The register can't write this unit: {error}")]

    def _written(self, jobs: list[Job]) -> list[Result]:
        """Steps 3 to 5 of the promise."""
        try:
            return list(self._write(jobs))
        except _BAD_VALUE as error:
            return self._one_by_one(jobs, error)
        except Error as error:
            logger.warning("The register's database failed; trying once more: %s", error)
            self._disconnect()
        try:
            return list(self._write(jobs))
        except _UNAVAILABLE as error:
            logger.error("The register can't be written: %s", error)
            self._disconnect()
            return [RegisterUnavailable(f"The register can't be written: {error}")] * len(jobs)
        except (Error, *_BAD_VALUE) as error:
            return self._one_by_one(jobs, error)

    def _one_by_one(self, jobs: list[Job], error: Exception) -> list[Result]:
        """After a value was refused: each unit in its own transaction, so that one fails alone."""
        self._rollback()
        if len(jobs) > 1:
            return [result for each in jobs for result in self._written([each])]
        logger.error("The register's database refused a unit: %s", error)
        return [UnitRefused(f"The database refused these values: {error}")]

    def _write(self, jobs: Sequence[Job]) -> list[Committed]:
        connection = connections[DEFAULT_DB_ALIAS]
        with connection.wrap_database_errors:
            known: set[str] = set()
            if self._statements is None:
                connection.ensure_connection()
                self._statements = statements_for(connection.vendor, connection.connection)
                known = self._sync(self._statements, jobs)
            batch = Batch(self._statements, TABLES, self._chain, compact_ids=connection.vendor == "sqlite")
            if not known:
                return batch.write(jobs, self._epoch)
            rest = [each for each in jobs if each.event_ids[0] not in known]
            verdicts = iter(batch.write(rest, self._epoch) if rest else ())
        return [Committed.DONE if each.event_ids[0] in known else next(verdicts) for each in jobs]

    def _sync(self, statements: Statements, jobs: Sequence[Job]) -> set[str]:
        """On a fresh connection: read back where the emitter stands, and what of the jobs is written."""
        known = statements.existing_events([each.event_ids[0] for each in jobs])
        self._chain.seq, self._chain.head = statements.last_entry(self.emitter)
        return known

    def _epoch(self) -> int:
        guard = self._guard or _default_guard
        if guard is None:
            raise UnitRefused("A claim holds money, and nothing tells the billing epoch.")
        assert self._statements is not None  # a batch is being written
        return guard(self._statements.cursor())

    def _rollback(self) -> None:
        if self._statements is None:
            return
        try:
            with connections[DEFAULT_DB_ALIAS].wrap_database_errors:
                self._statements.rollback()
        except Error:
            self._disconnect()

    def _disconnect(self) -> None:
        self._statements = None
        connections[DEFAULT_DB_ALIAS].close()


def check(unit: Unit) -> None:
    """Refuse at the door what no database should see."""
    if not unit.entries:
        raise EntryMissing
    if unit.claim is not None and unit.finish is not None:
        raise ValueError("A unit claims a request or finishes it, not both.")
    for entry in unit.entries:
        if len(entry.body) > MAX_BODY_BYTES - MAX_ENVELOPE_BYTES:
            raise EntryTooLarge(f"The body of {entry.event_type} has {len(entry.body)} bytes.")


__all__ = [
    "FINISH_COLUMNS",
    "REQUEST_COLUMNS",
    "TABLES",
    "GroupWriter",
    "new_emitter",
    "register_table",
    "set_claim_guard",
]

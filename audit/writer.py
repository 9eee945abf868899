"""The group-commit writer: one thread, one connection, many units in one transaction.

While one transaction is on its way to the disk, what arrives waits and shares the next one. A unit's
future is resolved after the commit, so whoever awaited it may act on what was recorded.

What it promises:
1. A unit is written whole or not at all; where its claim or finish is lost, nothing of it is written.
2. The emitter's sequence has no gap, and its entries form a chain; both move only with a commit.
3. A failed batch is tried once more on a fresh connection. Where a COMMIT had no answer, its units are in
   doubt: a fresh connection finds by the entries' ids what was written, and the rest is written on it. Where
   none can be had, they wait for one, a batch at most, and whatever comes meanwhile is refused at once. What
   then proves not to be written is refused as well: who waited so long decides anew.
4. A unit that the database refuses fails alone (UnitRefused); the rest of its batch is written.
5. When the database is gone, RegisterUnavailable comes in bounded time and says that nothing was written. The
   next batch tries again, and what is in doubt every RETRY_S: recovery needs no hand. FateUnknown, the one
   exception, comes only where the writer ends in doubt.
"""

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from audit.core.envelope import MAX_ENVELOPE_BYTES
from audit.core.records import MAX_BODY_BYTES, Committed, Unit
from audit.emitters import new_emitter
from audit.errors import EntryMissing, EntryTooLarge, FateUnknown, RegisterUnavailable, UnitRefused
from audit.rows import ATTEMPT_COLUMNS, CONTENT_COLUMNS, FINISH_COLUMNS, REQUEST_COLUMNS
from audit.writers.base import Table
from audit.writers.batch import ClaimGuard, Job, job
from audit.writers.session import Session
from audit.writers.sinks import FutureSink, LoopSink, Result, deliver

logger = logging.getLogger(__name__)

MAX_BATCH_UNITS = 256
MAX_WAITING_UNITS = 20_000
MAX_WAIT_S = 15.0  # a unit that waited longer fails unwritten
LINGER_PER_UNIT_S = 0.0005  # a busy writer waits for company, the longer the more there was last time,
MAX_LINGER_S = 0.012  # since a transaction costs the database much the same for one unit and for fifty
STOP_TIMEOUT_S = 30.0
THREAD_NAME = "register-writer"
RETRY_S = 0.25  # while something is in doubt

TABLES: dict[str, Table] = {
    "attempt": Table("audit_attempt", ATTEMPT_COLUMNS),
    "content": Table("audit_content", CONTENT_COLUMNS),
}
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
        self._session = Session(self.emitter, TABLES, self._epoch)
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._max_waiting = max_waiting
        self._max_linger_s = max_linger_s
        self._thread: threading.Thread | None = None
        self._open = False
        self._in_doubt: list[Job] = []  # at most one batch

    # -- the side of the callers

    def start(self) -> None:
        if self._thread is None:
            self._open = True
            self._thread = threading.Thread(target=self._run, name=THREAD_NAME, daemon=True)
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
        ended = False
        try:
            while not ended:
                jobs, ended = self._next(company)
                company = max(len(jobs) - 1, 0)
                self._work(jobs)
        finally:
            self._open = False
            left, _ = self._drain(None)
            deliver((each.sink, FateUnknown()) for each in self._in_doubt)
            deliver((each.sink, RegisterUnavailable("The register's writer has ended.")) for each in left)
            self._session.close()

    def _next(self, company: int) -> tuple[list[Job], bool]:
        """What waits, up to a batch; and whether the writer is to end. Nothing, after RETRY_S in doubt."""
        try:
            first = self._queue.get(timeout=RETRY_S if self._in_doubt else None)
        except queue.Empty:
            return [], False
        if first is None:
            return [], True
        if company:
            time.sleep(min(company * LINGER_PER_UNIT_S, self._max_linger_s))
        return self._drain(first)

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

    def _work(self, jobs: list[Job]) -> None:
        """Find out about what is in doubt, write what is new, and tell those who wait."""
        doubted = self._in_doubt
        now = time.monotonic()
        fresh = [each for each in jobs if each.give_up_at >= now]
        told: list[tuple[Job, Result | None]] = [
            (each, RegisterUnavailable("The register's writer was too slow."))
            for each in jobs
            if each.give_up_at < now
        ]
        told.extend(zip(doubted, self._session.resolved(doubted), strict=True))
        if any(result is None for _, result in told):
            away: Result = RegisterUnavailable("The register's database is away.")
            told.extend((each, away) for each in fresh)
        else:
            told.extend(zip(fresh, self._session.outcomes(fresh), strict=True))
        self._in_doubt = [each for each, result in told if result is None]
        deliver([(each.sink, result) for each, result in told if result is not None])

    def _epoch(self, cursor: Any) -> int:
        guard = self._guard or _default_guard
        if guard is None:
            raise UnitRefused("A claim holds money, and nothing tells the billing epoch.")
        return guard(cursor)


def check(unit: Unit) -> None:
    """Refuse at the door what no database should see."""
    if not unit.entries:
        raise EntryMissing
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

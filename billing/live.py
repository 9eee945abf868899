"""Money at the speed of requests: holds on live counters in Valkey, by one script call each.

The counters are a cache of the ledger. They count only while Valkey's token says `<run id>:<epoch>` with the
run id of the server behind our connection and the epoch of the budgets that we read from the database; else
they are rebuilt first (billing.services.rebuild).
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from billing.core.budgets import BudgetBook, HoldLine
from billing.errors import BookStale, CountersUnavailable, ValkeyError
from billing.holds import RateLine, hold_bytes, used_bytes
from billing.pipeline import Pipeline
from billing.scripts import TOKEN_KEY, load, token
from billing.together import Together

__all__ = ["Denied", "Dispatch", "HoldLine", "LiveMoney", "RateLine", "Reservation", "Reserved"]
logger = logging.getLogger(__name__)

PAYLOAD_FIELD = "call"  # of the stream entry that dispatches a call
RESTORE_TIMEOUT_S = 10.0
MAX_TRIES = 3  # of one hold, where the counters are rebuilt meanwhile


@dataclass(frozen=True, slots=True)
class Dispatch:
    """The call itself, added to its lane's stream in the same step. The lane deletes what it has answered
    (XACK and XDEL), so the stream's length is what waits and what is in flight."""

    stream: str
    payload: bytes
    max_waiting: int


@dataclass(frozen=True, slots=True)
class Reservation:
    """What a request needs before it may run. `epoch` is that of the book its lines come from.

    `lease_s` is after how long the sweeper asks what became of it: longer than the request's deadline.
    """

    request_id: str
    epoch: int
    lines: tuple[HoldLine, ...] = ()
    rates: tuple[RateLine, ...] = ()
    lease_s: float = 300.0
    dispatch: Dispatch | None = None


@dataclass(frozen=True, slots=True)
class Reserved:
    """Held, and dispatched. `again` says that this request held already, from a try whose answer was lost.

    `full_in_us`: for each rate of the reservation, in how long its bucket is full again; () where that is
    not known.
    """

    epoch: int
    again: bool = False
    full_in_us: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Denied:
    """Nothing was held. `name` is the budget's name, or the rate's key, or the stream's.

    `retry_after_s` is None where waiting does not help (or helps only when the budget's window ends).
    """

    kind: str  # budget | rate | busy
    name: str
    retry_after_s: float | None = None
    remaining_nano: int | None = None


BUSY_RETRY_S = 1.0


class LiveMoney:
    """Reserve, settle and release for one process, over one pipeline.

    `restore` is called in a thread, with the database at hand: it makes the counters trustworthy, by a
    rebuild where needed, and answers the budgets as of now.
    """

    def __init__(self, pipeline: Pipeline, *, restore: Callable[[str], BudgetBook] | None = None) -> None:
        self._pipeline = pipeline
        self._restore = restore or _restore
        self._book: BudgetBook | None = None
        self._restoring: asyncio.Task[None] | None = None
        self._reserve_script = load("reserve")
        self._settle_script = load("settle")
        self._settling = Together(self._settle)

    @property
    def book(self) -> BudgetBook:
        if self._book is None:
            raise CountersUnavailable("The budgets were not read yet.")
        return self._book

    def adopt(self, book: BudgetBook) -> None:
        """Use this book from now on, unless a newer one is in use already."""
        now = self._book
        if now is None or (book.epoch, book.version) >= (now.epoch, now.version):
            self._book = book

    async def hold(self, make: Callable[[BudgetBook], Reservation]) -> Reserved | Denied:
        """Reserve what `make` asks for, given the present budgets; raises CountersUnavailable.

        Where the counters are not trusted they are restored and `make` is asked again. After an error it is
        not known whether the call was dispatched: claim the request before answering for it.
        """
        for _ in range(MAX_TRIES):
            if self._book is None:
                await self.restore()
            try:
                return await self.reserve(make(self.book))
            except BookStale:
                await self.restore()
        raise CountersUnavailable

    async def reserve(self, reservation: Reservation) -> Reserved | Denied:
        """One try. Raises BookStale where the counters are not those of the reservation's epoch.

        While the request holds, another try for it holds and dispatches nothing more.
        """
        dispatch = reservation.dispatch
        answer = await self._run(
            self._pipeline.evalsha(
                self._reserve_script,
                (TOKEN_KEY, dispatch.stream if dispatch else ""),
                token(self._pipeline.run_id, reservation.epoch),
                reservation.request_id,
                hold_bytes(reservation.lines, reservation.rates, lease_s=reservation.lease_s),
                dispatch.max_waiting if dispatch else 0,
                PAYLOAD_FIELD,
                dispatch.payload if dispatch else b"",
            )
        )
        return self._read(answer, reservation)

    def settle(
        self, request_id: str, amounts: Mapping[str, int], *, tokens: int | None = None
    ) -> "asyncio.Future[bool]":
        """End the request's hold at what each model cost; False where there is no such hold (any more).

        `tokens` is what was used of the rates that count tokens; None leaves these as they were held.
        """
        return self._settling.ask(None, (request_id, used_bytes(amounts, tokens)))

    async def settled(self) -> None:
        """Returns when every settlement that was asked for is done, or has failed."""
        await self._settling.drained()

    async def _settle(self, _: None, used: Sequence[tuple[str, bytes]]) -> list[bool]:
        flat = [part for pair in used for part in pair]
        answers = await self._run(self._pipeline.evalsha(self._settle_script, (TOKEN_KEY,), *flat))
        return [answer == b"OK" for answer in answers]

    async def release(self, request_id: str) -> bool:
        """End the request's hold; nothing was used."""
        return await self.settle(request_id, {}, tokens=0)

    async def restore(self) -> None:
        """Make the counters trustworthy again; callers at the same moment share one run of it."""
        if self._restoring is None or self._restoring.done():
            self._restoring = asyncio.create_task(self._restore_once())
        try:
            async with asyncio.timeout(RESTORE_TIMEOUT_S):
                await asyncio.shield(self._restoring)
        except TimeoutError as error:
            raise CountersUnavailable from error

    async def _restore_once(self) -> None:
        self.adopt(await asyncio.to_thread(self._restore, self._pipeline.url))

    async def _run(self, answer: Any) -> Any:
        try:
            return await answer
        except ValkeyError as error:
            logger.error("Valkey refused a command: %s", error)
            raise CountersUnavailable from error

    def _read(self, answer: list[bytes], reservation: Reservation) -> Reserved | Denied:
        match answer:
            case [b"OK"]:
                return Reserved(reservation.epoch)
            case [b"OK", *full_in_us]:
                return Reserved(reservation.epoch, full_in_us=tuple(map(int, full_in_us)))
            case [b"HELD"]:
                return Reserved(reservation.epoch, again=True)
            case [b"EPOCH"]:
                raise BookStale
            case [b"BUDGET", budget_id, remaining]:
                return Denied("budget", self._name(int(budget_id)), remaining_nano=max(int(remaining), 0))
            case [b"RATE", key, excess_us]:
                wait_us = int(excess_us)
                return Denied("rate", key.decode(), retry_after_s=None if wait_us < 0 else wait_us / 1e6)
            case [b"BUSY"]:
                stream = reservation.dispatch.stream if reservation.dispatch else ""
                return Denied("busy", stream, retry_after_s=BUSY_RETRY_S)
        raise CountersUnavailable

    def _name(self, budget_id: int) -> str:
        return self.book.names().get(budget_id, str(budget_id))


def _restore(url: str) -> BudgetBook:
    from billing.services.rebuild import ensure_trusted

    try:
        return ensure_trusted(url)
    finally:
        connection.close()  # of a pool's thread, which may not come here again for long

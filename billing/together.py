"""Requests of one moment leave as one command: a script called for fifty costs little more than for one."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

from billing.errors import BillingError

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")
R = TypeVar("R")

MAX_TOGETHER = 256


class Together(Generic[K, T, R]):
    """`ask(key, item)` gives a future of the item's own result.

    Items of the same key leave together, in the order in which they came, at the end of the loop's tick or
    `wait_s` later. `send` answers one result for each, or raises BillingError for all of them.
    """

    def __init__(
        self, send: Callable[[K, Sequence[T]], Awaitable[Sequence[R]]], *, wait_s: float = 0.0
    ) -> None:
        self._send = send
        self._wait_s = wait_s
        self._waiting: dict[K, list[tuple[T, asyncio.Future[R]]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def ask(self, key: K, item: T) -> "asyncio.Future[R]":
        loop = asyncio.get_running_loop()
        waiting = self._waiting.get(key)
        if waiting is None:
            waiting = self._waiting[key] = []
            if self._wait_s:
                loop.call_later(self._wait_s, self._leave, key)
            else:
                loop.call_soon(self._leave, key)
        future: asyncio.Future[R] = loop.create_future()
        waiting.append((item, future))
        return future

    async def drained(self) -> None:
        """Returns when everything that was asked for is answered."""
        for key in tuple(self._waiting):
            self._leave(key)
        if self._tasks:
            await asyncio.wait(tuple(self._tasks))

    def _leave(self, key: K) -> None:
        waiting = self._waiting.pop(key, [])
        for start in range(0, len(waiting), MAX_TOGETHER):
            task = asyncio.get_running_loop().create_task(
                self._carry(key, waiting[start : start + MAX_TOGETHER])
            )
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry(self, key: K, waiting: Sequence[tuple[T, "asyncio.Future[R]"]]) -> None:
        try:
            results = await self._send(key, [item for item, _ in waiting])
        except BillingError as error:
            for _, future in waiting:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), result in zip(waiting, results, strict=True):
            if not future.done():  # cancelled: whoever asked is gone
                future.set_result(result)

"""Several calls of one request at once: asks `advance`, starts what it names, ends what nobody needs.

A plan whose calls come one after the other needs no task of its own for each (routing.lane.executor). Here
each call is one: it ends by itself, or when its scope is cut, and is never left behind.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

from routing.core.advance import advance
from routing.core.execution import Check, Do, Finished, Start
from routing.lane.checking import check
from routing.lane.flight import Flight, Interruption

logger = logging.getLogger(__name__)

MAX_STARTED = 200  # the calls of a route, times the attempts per call, stay under it
MAX_STEPS = 2_000  # of one plan: each attempt begins, ends, is checked, and may wake a hedge

AttemptOf = Callable[[Flight, Start], Awaitable[None]]


class Unrecorded(Exception):
    """The start of a call could not be recorded, so the whole request ends."""


class Crew:
    def __init__(self, flight: Flight, attempt: AttemptOf, write_ended: Callable[[Flight], None]) -> None:
        self._flight = flight
        self._attempt = attempt
        self._write_ended = write_ended
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._started = 0
        self._errors: list[BaseException] = []

    async def run(self, answered: Callable[[Flight], Awaitable[None]]) -> None:
        """Returns when nothing is in flight any more. `answered` is called when the answer is there and
        shadows still run."""
        flight = self._flight
        try:
            await self._work()
            shadows = flight.finished.shadows if flight.finished else frozenset[str]()
            await self._end(keep=shadows)
            if self._tasks and not (flight.interrupted or self._errors):
                await answered(flight)
                await self._wait_for_all()
        finally:
            await self._end()
        for error in self._errors:
            if not isinstance(error, Unrecorded):
                raise error
        self._write_ended(flight)

    async def _work(self) -> None:
        flight = self._flight
        for _ in range(MAX_STEPS):
            if flight.interrupted or self._errors:
                return
            step = advance(
                flight.plan,
                flight.outcomes,
                elapsed_s=flight.elapsed_s,
                draw=random.random(),  # noqa: S311 - spreads retries, guards nothing
                running=flight.running,
                verdicts=flight.verdicts,
            )
            if isinstance(step, Finished):
                flight.finished = step
                return
            await self._do(Do((step,)) if isinstance(step, Start) else step)
        logger.error("a plan did not end", extra={"request_id": flight.call.request_id})

    async def _do(self, step: Do) -> None:
        for path in step.cancel:
            self._cut(path)
        for asked in step.checks:
            self._check(asked)
        if step.starts:
            self._write_ended(self._flight)
            for start in step.starts:
                self._start(start)
        if not (step.starts or step.checks):
            await self._wait(step.wake_s)

    def _start(self, start: Start) -> None:
        self._started += 1
        if self._started > MAX_STARTED:
            raise RuntimeError("a plan made more calls than a route may")
        path = start.call.path
        self._flight.running[path] = self._flight.elapsed_s
        self._tasks[path] = asyncio.get_running_loop().create_task(self._one(start))

    async def _one(self, start: Start) -> None:
        try:
            if start.delay_s:
                async with self._flight.interruptible():
                    await asyncio.sleep(start.delay_s)
            await self._attempt(self._flight, start)
        except TimeoutError:
            return  # in the pause before it: nothing was begun
        finally:
            self._flight.running.pop(start.call.path, None)

    def _check(self, asked: Check) -> None:
        self._flight.verdicts[asked.path] = check(self._flight, asked)

    async def _wait(self, wake_s: float | None) -> None:
        if not self._tasks:
            raise RuntimeError("a plan waits for nothing")
        timeout_s = None if wake_s is None else max(wake_s, 0.0)
        done, _ = await asyncio.wait(
            self._tasks.values(), timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED
        )
        self._forget(done)

    def _forget(self, done: set["asyncio.Task[None]"]) -> None:
        """What they raised ends the request, when all have ended; the first of it is raised then."""
        self._tasks = {path: task for path, task in self._tasks.items() if task not in done}
        for task in done:
            error = None if task.cancelled() else task.exception()
            if error is not None:
                self._errors.append(error)
            if isinstance(error, Unrecorded):
                self._flight.interrupt(Interruption.UNRECORDED)

    def _cut(self, path: str) -> None:
        """End the call at `path`; one that only pauses before it begins ends without a word."""
        attempt = next(
            (each for each in self._flight.attempts if each.call.path == path and each.outcome is None), None
        )
        if attempt is not None:
            self._flight.supersede(attempt)
        elif path in self._tasks:
            self._tasks[path].cancel()

    async def _end(self, *, keep: frozenset[str] = frozenset()) -> None:
        """Cut all but `keep`, and wait until they have ended: what they cost is known then."""
        ending = [path for path in self._tasks if path not in keep]
        for path in ending:
            self._cut(path)
        if ending:
            done, _ = await asyncio.wait([self._tasks[path] for path in ending])
            self._forget(done)

    async def _wait_for_all(self) -> None:
        while self._tasks:
            done, _ = await asyncio.wait(self._tasks.values())
            self._forget(done)

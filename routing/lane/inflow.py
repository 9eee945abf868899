"""The streams of calls: read in batches, acknowledged in batches, taken over from workers that died.

Everything here is only a wake-up: what runs, and whether it may, is decided by the request's row.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from billing.errors import ValkeyError
from billing.live import PAYLOAD_FIELD
from billing.pipeline import Pipeline
from routing.lane.messages import GROUP, STREAM_PREFIX, WORKERS_PREFIX, LaneCall, decode_call

logger = logging.getLogger(__name__)

READ_COUNT = 100
BLOCK_MS = 1000
DEAD_AFTER_S = 5
FORGOTTEN_AFTER_S = 60
TAKEOVER_COUNT = 100
MAX_WORKERS = 10_000
_FIELD = PAYLOAD_FIELD.encode()


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message. `taken_over` says that a worker that died had it before."""

    stream: str
    id: bytes
    call: LaneCall | None  # None where it can't be read
    taken_over: bool = False


class Inflow:
    """`blocking` is a pipeline of its own, for reads that wait."""

    def __init__(self, *, queues: Sequence[str], worker: str, blocking: Pipeline, pipeline: Pipeline) -> None:
        self._queues = tuple(queues)
        self._streams = tuple(STREAM_PREFIX + queue for queue in queues)
        self._worker = worker
        self._blocking = blocking
        self._pipeline = pipeline
        self._done: dict[str, list[bytes]] = {}

    async def read(self, room: int) -> list[Delivery]:
        """What came in, about `room` at most; nothing after BLOCK_MS. Missing groups are made."""
        count = max(1, min(READ_COUNT, room // len(self._streams)))
        names = (*self._streams, *([">"] * len(self._streams)))
        try:
            reply = await self._blocking.execute(
                *("XREADGROUP", "GROUP", GROUP, self._worker, "COUNT", count, "BLOCK", BLOCK_MS),
                *("STREAMS", *names),
            )
        except ValkeyError as error:
            if not str(error).startswith(("NOGROUP", "UNBLOCKED")):
                raise
            await self.make_groups()
            return []
        return [_delivery(stream.decode(), entry) for stream, entries in reply or () for entry in entries]

    async def make_groups(self) -> None:
        for stream in self._streams:
            try:
                await self._pipeline.execute("XGROUP", "CREATE", stream, GROUP, "0", "MKSTREAM")
            except ValkeyError as error:
                if not str(error).startswith("BUSYGROUP"):
                    raise

    def done(self, delivery: Delivery) -> None:
        """To be acknowledged with the next batch."""
        self._done.setdefault(delivery.stream, []).append(delivery.id)

    async def acknowledge(self) -> None:
        """Acknowledge and delete what is done. What fails is tried with the next batch."""
        batches, self._done = self._done, {}
        try:
            for stream in list(batches):
                ids = batches[stream]
                await asyncio.gather(
                    self._pipeline.execute("XACK", stream, GROUP, *ids),
                    self._pipeline.execute("XDEL", stream, *ids),
                )
                del batches[stream]
        finally:
            for stream, ids in batches.items():
                self._done.setdefault(stream, []).extend(ids)

    async def beat(self) -> None:
        """Say that this worker lives, by the server's clock."""
        seconds = await self._now_s()
        for queue in self._queues:
            key = WORKERS_PREFIX + queue
            await asyncio.gather(
                self._pipeline.execute("ZREMRANGEBYSCORE", key, "-inf", seconds - FORGOTTEN_AFTER_S),
                self._pipeline.execute("ZADD", key, seconds, self._worker),
            )

    async def leave(self) -> None:
        for queue, stream in zip(self._queues, self._streams, strict=True):
            await self._pipeline.execute("ZREM", WORKERS_PREFIX + queue, self._worker)
            await self._remove(stream, self._worker)

    async def alive(self) -> frozenset[str]:
        """The workers whose heart has beaten within DEAD_AFTER_S, over all queues of this one."""
        since = await self._now_s() - DEAD_AFTER_S
        found: set[str] = set()
        for queue in self._queues:
            key = WORKERS_PREFIX + queue
            members = await self._pipeline.execute(
                "ZRANGE", key, since, "+inf", "BYSCORE", "LIMIT", 0, MAX_WORKERS
            )
            found.update(member.decode() for member in members)
        return frozenset(found)

    async def take_over(self) -> list[Delivery]:
        """What dead workers were given and have not acknowledged; of those with nothing left, their place."""
        alive = await self.alive()
        if self._worker not in alive:
            return []  # our own heart was not seen: we know too little to call another dead
        taken: list[Delivery] = []
        for stream in self._streams:
            for name, pending, idle_ms in await self._consumers(stream):
                if name in alive or idle_ms < DEAD_AFTER_S * 1000:
                    continue
                if pending:
                    taken.extend(await self._claim_from(stream, name))
                else:
                    await self._remove(stream, name)
        return taken

    async def _claim_from(self, stream: str, consumer: str) -> list[Delivery]:
        waiting = await self._pipeline.execute("XPENDING", stream, GROUP, "-", "+", TAKEOVER_COUNT, consumer)
        ids = [entry[0] for entry in waiting]
        if not ids:
            return []
        least_idle_ms = (DEAD_AFTER_S - 1) * 1000  # so that of two that try, the second gets nothing
        claimed = await self._pipeline.execute("XCLAIM", stream, GROUP, self._worker, least_idle_ms, *ids)
        return [_delivery(stream, entry, taken_over=True) for entry in claimed if entry]

    async def _consumers(self, stream: str) -> list[tuple[str, int, int]]:
        """(name, pending, idle ms) of each."""
        found = []
        try:
            consumers = await self._pipeline.execute("XINFO", "CONSUMERS", stream, GROUP)
        except ValkeyError as error:
            if not str(error).startswith(("NOGROUP", "ERR no such key")):
                raise
            return []  # emptied, or not made yet: the next read makes it
        for flat in consumers:
            told = dict(zip(flat[::2], flat[1::2], strict=True))
            found.append((told[b"name"].decode(), int(told[b"pending"]), int(told[b"idle"])))
        return found

    async def _remove(self, stream: str, consumer: str) -> None:
        """Removing a consumer drops what is pending for it, so only where nothing is."""
        pending = await self._pipeline.execute("XPENDING", stream, GROUP, "-", "+", 1, consumer)
        if not pending:
            await self._pipeline.execute("XGROUP", "DELCONSUMER", stream, GROUP, consumer)

    async def _now_s(self) -> int:
        """One clock for all workers: the server's."""
        seconds, _ = await self._pipeline.execute("TIME")
        return int(seconds)


def _delivery(stream: str, entry: Any, *, taken_over: bool = False) -> Delivery:
    message_id, fields = entry
    try:
        told = dict(zip(fields[::2], fields[1::2], strict=True)) if fields else {}
        return Delivery(stream, message_id, decode_call(told[_FIELD]), taken_over)
    except (KeyError, msgspec.MsgspecError) as error:
        logger.error("a call can't be read", extra={"stream": stream, "error": type(error).__name__})
        return Delivery(stream, message_id, None, taken_over)

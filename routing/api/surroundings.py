"""What the web process knows of this moment: deployments' health, and which queues have workers."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping

from billing.errors import BillingError
from billing.pipeline import Pipeline
from routing.core.facts import Health
from routing.lane.health import MEASURED_KEY, SUMMARY_KEY, read_summary
from routing.lane.messages import WORKERS_PREFIX

log = logging.getLogger(__name__)

POLL_EVERY_S = 0.5
HEARTBEAT_MAX_AGE_S = 10.0
KNOWN_FOR_S = 5.0
MAX_QUEUES = 256


class Surroundings:
    """Polled twice a second. What could not be read for KNOWN_FOR_S is no longer believed."""

    def __init__(self, valkey: Pipeline, queues: Callable[[], frozenset[str]]) -> None:
        self.health: Mapping[str, Health] = {}
        self._valkey = valkey
        self._queues = queues
        self._workers: Mapping[str, int] = {}
        self._read_at_s = float("-inf")
        self._task: asyncio.Task[None] | None = None

    @property
    def fresh(self) -> bool:
        return time.monotonic() - self._read_at_s < KNOWN_FOR_S

    def workers(self, queue: str) -> int:
        """How many live workers serve `queue`."""
        return self._workers.get(queue, 0) if self.fresh else 0

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="surroundings")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                await self.poll()
            except BillingError as error:
                if self.fresh:  # while they are still believed, not for as long as it lasts
                    log.warning("live inputs can't be read", extra={"error": type(error).__name__})
            await asyncio.sleep(POLL_EVERY_S)

    async def poll(self) -> None:
        """Read everything once, in one round trip."""
        queues = sorted(self._queues())[:MAX_QUEUES]
        since = time.time() - HEARTBEAT_MAX_AGE_S
        summary, measured, *counts = await asyncio.gather(
            self._valkey.execute("HGETALL", SUMMARY_KEY),
            self._valkey.execute("HGETALL", MEASURED_KEY),
            *(self._valkey.execute("ZCOUNT", WORKERS_PREFIX + queue, since, "+inf") for queue in queues),
        )
        self.health = read_summary(_fields(summary), _fields(measured), now_ms=int(time.time() * 1000))
        self._workers = dict(zip(queues, counts, strict=True))
        self._read_at_s = time.monotonic()


def _fields(answer: list[bytes]) -> dict[bytes, bytes]:
    """Names and values of an HGETALL."""
    return dict(zip(answer[::2], answer[1::2], strict=True))

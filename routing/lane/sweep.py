"""The sweeper: closes what runs past its deadline and belongs to nobody any more.

The lane takes over from a dead worker, and closes its own strays, by itself; this finds what it can't: a
message that was lost with Valkey, the last worker of a queue.
"""

import asyncio
import logging
from collections.abc import Mapping
from uuid import UUID

import redis
from django.conf import settings

from audit.core.records import Committed
from audit.errors import RegisterUnavailable
from audit.writer import GroupWriter
from billing.errors import BillingError
from billing.live import LiveMoney
from billing.pipeline import Pipeline
from routing.lane import abandon
from routing.lane.inflow import DEAD_AFTER_S
from routing.lane.messages import WORKERS_PREFIX

logger = logging.getLogger(__name__)

COMMIT_TIMEOUT_S = 30.0
MAX_QUEUES = 1000


def sweep() -> int:
    """Close what is overdue; how many requests were closed."""
    overdue = abandon.overdue(_alive())
    if not overdue:
        return 0
    closed = _close(overdue)
    if closed:
        logger.warning("requests abandoned", extra={"count": len(closed)})
        asyncio.run(_settle(closed))
    return len(closed)


def _alive() -> frozenset[str]:
    """Workers whose heart beats on any queue; none known where Valkey is away, which only the longer grace
    then outweighs."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        now_s = int(client.time()[0])
        found: set[str] = set()
        for key in client.scan_iter(f"{WORKERS_PREFIX}*", count=MAX_QUEUES):
            found.update(
                member.decode() for member in client.zrangebyscore(key, now_s - DEAD_AFTER_S, "+inf")
            )
    return frozenset(found)


def _close(overdue: list[UUID]) -> dict[str, Mapping[str, int]]:
    """Request id → what was charged, for those that were closed here."""
    writer = GroupWriter("sweeper")
    writer.start()
    closed: dict[str, Mapping[str, int]] = {}
    try:
        waiting = []
        for request_id in overdue:
            left = abandon.prepare(
                request_id, by=writer.emitter, why="its deadline passed and nobody runs it"
            )
            if left is not None:
                waiting.append((left, writer.submit(left.unit)))
        for left, future in waiting:
            if future.result(COMMIT_TIMEOUT_S) is Committed.DONE:
                closed[str(left.request_id)] = left.amounts
    except (RegisterUnavailable, TimeoutError) as error:
        logger.error("the sweep was cut short", extra={"error": type(error).__name__})
    finally:
        writer.stop()
    return closed


async def _settle(closed: Mapping[str, Mapping[str, int]]) -> None:
    """The live counters; a hold that is not settled here ends with its lease."""
    pipeline = Pipeline(settings.REDIS_URL)
    await pipeline.start()
    money = LiveMoney(pipeline)
    try:
        await asyncio.gather(*(money.settle(request_id, amounts) for request_id, amounts in closed.items()))
    except BillingError as error:
        logger.warning("holds are settled late", extra={"error": type(error).__name__})
    finally:
        await pipeline.stop()

"""Cancels: every worker hears every one, and ends the request if it is in flight here."""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable

from redis.asyncio import Redis

from routing.lane.messages import CANCEL_CHANNEL

logger = logging.getLogger(__name__)

REMEMBERED_S = 120.0
MAX_REMEMBERED = 10_000
POLL_S = 5.0


class Cancels:
    """A cancel may come before its call was read here, so it is remembered for a while."""

    def __init__(self, on_cancel: Callable[[str], None]) -> None:
        self._on_cancel = on_cancel
        self._remembered: OrderedDict[str, float] = OrderedDict()

    def heard(self, request_id: str) -> bool:
        """Whether a cancel for this request has come; asked once, when its call arrives."""
        return self._remembered.pop(request_id, 0.0) > time.monotonic()

    async def listen(self, client: Redis) -> None:
        """Returns, or raises RedisError, when the connection is lost."""
        async with client.pubsub(ignore_subscribe_messages=True) as pubsub:
            await pubsub.subscribe(CANCEL_CHANNEL)
            while True:
                message = await pubsub.get_message(timeout=POLL_S)
                if message is not None:
                    self._take(message["data"])
                else:
                    await pubsub.ping()

    def _take(self, data: bytes) -> None:
        request_id = data.decode("ascii", "replace")
        self._remembered[request_id] = time.monotonic() + REMEMBERED_S
        while len(self._remembered) > MAX_REMEMBERED:
            self._remembered.popitem(last=False)
        self._on_cancel(request_id)

"""Cancels and changes: every worker hears every one. A cancel ends the request if it is in flight here; a
change lets the registry be read at once."""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable

from redis.asyncio import Redis

from registry.services.wakeup import CHANNEL as CHANGED_CHANNEL
from routing.lane.messages import CANCEL_CHANNEL

logger = logging.getLogger(__name__)

REMEMBERED_S = 120.0
MAX_REMEMBERED = 10_000
POLL_S = 5.0


class Cancels:
    """A cancel may come before its call was read here, so it is remembered for a while."""

    def __init__(self, on_cancel: Callable[[str], None], on_change: Callable[[], None]) -> None:
        self._on_cancel = on_cancel
        self._on_change = on_change
        self._remembered: OrderedDict[str, float] = OrderedDict()

    def heard(self, request_id: str) -> bool:
        """Whether a cancel for this request has come; asked once, when its call arrives."""
        return self._remembered.pop(request_id, 0.0) > time.monotonic()

    async def listen(self, client: Redis) -> None:
        """Returns, or raises RedisError, when the connection is lost."""
        async with client.pubsub(ignore_subscribe_messages=True) as pubsub:
            await pubsub.subscribe(CANCEL_CHANNEL, CHANGED_CHANNEL)
            while True:
                message = await pubsub.get_message(timeout=POLL_S)
                if message is None:
                    await pubsub.ping()
                elif message["channel"] == CHANGED_CHANNEL.encode():
                    self._on_change()
                else:
                    self._take(message["data"])

    def _take(self, data: bytes) -> None:
        request_id = data.decode("ascii", "replace")
        self._remembered[request_id] = time.monotonic() + REMEMBERED_S
        while len(self._remembered) > MAX_REMEMBERED:
            self._remembered.popitem(last=False)
        self._on_cancel(request_id)

"""A connection to Valkey that only listens: what is published on its channels, as it comes.

redis-py's asyncio client wakes a task for each message and costs 250 µs for one; here each goes to a callback
from where it is read.
"""

import asyncio
from collections.abc import Callable

from billing.connection import Link, pack
from billing.errors import ValkeyDisconnected, ValkeyError

Hear = Callable[[bytes, bytes], None]
"""(channel, message); it never waits."""


class Subscription(Link):
    """Opened like any link; from `subscribe` on it takes no commands.

    `heard_at_s` is when something last came, by the loop's clock: after a `ping` that is soon.
    """

    def __init__(self, hear: Hear, on_lost: Callable[[Link], None]) -> None:
        super().__init__(on_lost)
        self.heard_at_s = 0.0
        self._hear = hear
        self._missing: set[bytes] = set()
        self._subscribed: asyncio.Future[None] | None = None

    def subscribe(self, *channels: str) -> "asyncio.Future[None]":
        """Done once every channel is its own; ValkeyError or ValkeyDisconnected where that does not come."""
        self._missing = {channel.encode() for channel in channels}
        self._subscribed = asyncio.get_running_loop().create_future()
        self.write(pack(("SUBSCRIBE", *channels)))
        return self._subscribed

    def ping(self) -> None:
        self.write(pack(("PING",)))

    def data_received(self, data: bytes) -> None:
        if self._subscribed is None:
            super().data_received(data)
            return
        self.heard_at_s = asyncio.get_running_loop().time()
        self._reader.feed(data)
        try:
            while (said := self._reader.gets()) is not False:
                if isinstance(said, ValkeyError):
                    raise said
                if said[0] == b"message":
                    self._hear(said[1], said[2])
                elif said[0] == b"subscribe":
                    self._missing.discard(said[1])
                    if not self._missing and not self._subscribed.done():
                        self._subscribed.set_result(None)
        except (ValkeyError, ValkeyDisconnected) as error:
            self.close(error)

    def close(self, error: Exception | None = None) -> None:
        super().close(error)
        if self._subscribed is not None and not self._subscribed.done():
            self._subscribed.set_exception(error or ValkeyDisconnected())

"""A Valkey client for the hot path: all commands of one event-loop tick go out in one write.

redis-py's asyncio client costs 88 µs a command, most of it in waiting for each answer alone. Here a command
is packed by hiredis into the connection's buffer and its future joins a queue; answers come in the same
order. One connection, used from one event loop.

1. Every wait ends: with the answer, ValkeyError (this command was refused), ValkeyDisconnected or
   ValkeyTimeout (it may or may not have been done), or ValkeyBusy (it was never sent).
2. Nothing is sent twice. Commands given while there is no connection wait for one, until their deadline.
3. `run_id` is that of the server behind the present connection, read before any command goes out on it.

A command that blocks (XREADGROUP … BLOCK) holds up those behind it: give it a Pipeline of its own, with a
`timeout_s` beyond its block.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Any

from billing.connection import Argument, Command, Link, open_link, pack
from billing.errors import ValkeyBusy, ValkeyDisconnected, ValkeyError, ValkeyTimeout
from billing.scripts import Script

logger = logging.getLogger(__name__)

MAX_WAITING = 20_000
MAX_BUFFERED_BYTES = 128 * 1024 * 1024
TICKS_PER_TIMEOUT = 8
RECONNECT_S = (0.02, 0.05, 0.1, 0.25, 0.5)  # the last is repeated
NO_SCRIPT = "NOSCRIPT"


class Pipeline:
    """`await pipeline.execute("INCR", key)`. Start it inside the loop that uses it; stop it there.

    `on_server` is called with the server's run id whenever a connection is made, before waiting commands
    are sent.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout_s: float = 2.0,
        max_waiting: int = MAX_WAITING,
        on_server: Callable[[str], None] | None = None,
    ) -> None:
        self.url = url
        self.run_id = ""
        self._timeout_s = timeout_s
        self._max_waiting = max_waiting
        self._on_server = on_server
        self._link: Link | None = None
        self._unsent: deque[Command] = deque()
        self._unsent_bytes = 0
        self._flushing = False
        self._connecting: asyncio.Task[None] | None = None
        self._watch: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    async def start(self) -> None:
        """Begin to connect, and wait for it no longer than a command may wait; it goes on by itself."""
        self._loop = asyncio.get_running_loop()
        self._closed = False
        self._reconnect()
        self._tick()
        if self._connecting is not None:
            await asyncio.wait({self._connecting}, timeout=self._timeout_s)

    async def stop(self) -> None:
        """Close the connection; whoever waits gets ValkeyDisconnected."""
        self._closed = True
        if self._watch is not None:
            self._watch.cancel()
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.wait({self._connecting})
        if self._link is not None:
            self._link.close()
        self._fail_unsent(ValkeyDisconnected())

    @property
    def connected(self) -> bool:
        return self._link is not None

    def execute(self, *parts: Argument) -> "asyncio.Future[Any]":
        """Send one command with the others of this tick; the future holds its answer."""
        loop = self._loop
        if loop is None or self._closed:
            raise ValkeyDisconnected("The pipeline is not started.")
        link = self._link
        waiting = len(self._unsent) + (len(link.sent) if link is not None else 0)
        data = pack(parts)
        buffered = self._unsent_bytes + (link.buffered_bytes() if link is not None else 0)
        if waiting >= self._max_waiting or buffered + len(data) > MAX_BUFFERED_BYTES:
            raise ValkeyBusy
        future: asyncio.Future[Any] = loop.create_future()
        self._unsent.append(Command(data, future, loop.time()))
        self._unsent_bytes += len(data)
        if not self._flushing:
            self._flushing = True
            loop.call_soon(self._flush)
        return future

    async def evalsha(self, script: Script, keys: tuple[str, ...], *arguments: Argument) -> Any:
        """Run a script by its hash; a server that does not know it yet gets its text."""
        try:
            return await self.execute("EVALSHA", script.sha1, len(keys), *keys, *arguments)
        except ValkeyError as error:
            if not str(error).startswith(NO_SCRIPT):
                raise
        return await self.execute("EVAL", script.text, len(keys), *keys, *arguments)

    def _flush(self) -> None:
        self._flushing = False
        link = self._link
        if link is None or not self._unsent:
            return
        data = b"".join([command.data for command in self._unsent])
        for command in self._unsent:
            command.data = b""
        link.sent.extend(self._unsent)
        self._unsent.clear()
        self._unsent_bytes = 0
        link.write(data)

    def _reconnect(self) -> None:
        if self._connecting is None and not self._closed and self._loop is not None:
            self._connecting = self._loop.create_task(self._connect())

    async def _connect(self) -> None:
        """Try until there is a connection; each try is bounded by the timeout."""
        failures = 0
        try:
            while self._link is None:
                try:
                    async with asyncio.timeout(self._timeout_s):
                        link, self.run_id = await open_link(self.url, lambda: Link(self._lost))
                except (OSError, TimeoutError, ValkeyError, ValkeyDisconnected) as error:
                    if failures == 0:
                        logger.warning("no connection to Valkey: %s", error or type(error).__name__)
                    await asyncio.sleep(RECONNECT_S[min(failures, len(RECONNECT_S) - 1)])
                    failures += 1
                    continue
                if link.open:
                    self._link = link
        finally:
            self._connecting = None
        if self._on_server is not None:
            self._on_server(self.run_id)
        self._flush()

    def _lost(self, link: Link) -> None:
        if link is self._link:
            self._link = None
            self._reconnect()

    def _tick(self) -> None:
        """Answers come in order, so one that is late means that the connection is of no use any more."""
        if self._closed or self._loop is None:
            return
        late = self._loop.time() - self._timeout_s
        if self._link is not None and self._link.sent and self._link.sent[0].asked_at <= late:
            self._link.close(ValkeyTimeout())
        while self._unsent and self._unsent[0].asked_at <= late:
            command = self._unsent.popleft()
            self._unsent_bytes -= len(command.data)
            command.fail(ValkeyTimeout("There is no connection to Valkey."))
        self._watch = self._loop.call_later(self._timeout_s / TICKS_PER_TIMEOUT, self._tick)

    def _fail_unsent(self, error: Exception) -> None:
        while self._unsent:
            self._unsent.popleft().fail(error)
        self._unsent_bytes = 0

"""Answers on their way to the requests that wait for them: one pub/sub connection per web process.

Pub/sub may lose a message, and a lost connection loses all that came meanwhile. So a streamed answer with a
hole is broken, never shortened; a whole answer comes in one frame, so after a loss its request waits on,
and is told to look at its record from time to time.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable

import msgspec

from billing.connection import Link, open_link
from billing.errors import ValkeyDisconnected, ValkeyError
from billing.subscription import Subscription
from registry.services.wakeup import CHANNEL as CHANGED_CHANNEL
from routing.lane.messages import ANSWER_PREFIX, Frame, decode_frames

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 2.0
PING_EVERY_S = 5.0
SILENCE_MAX_S = 12.0
RECONNECT_FIRST_S = 0.1
RECONNECT_MAX_S = 2.0
MAX_BUFFERED_BYTES = 16 * 1024 * 1024  # of one request, while its client reads slowly
FINAL = frozenset(("done", "error"))


class AnswerBroken(Exception):
    """Part of a streamed answer is missing; what was sent is not the whole."""


class SlowReader(AnswerBroken):
    """The client reads so slowly that the answer outgrew its buffer."""


class Waiter:
    """The frames of one request, in order. A whole answer wakes its reader once, with the final frame."""

    __slots__ = (
        "_buffered",
        "_frames",
        "_next_seq",
        "_problem",
        "_wake",
        "lost_connection",
        "seen",
        "streams",
    )

    def __init__(self, *, streams: bool) -> None:
        self.streams = streams
        self.seen = False  # a worker has this request
        self.lost_connection = False
        self._frames: deque[Frame] = deque()
        self._buffered = 0
        self._next_seq = 0
        self._problem: AnswerBroken | None = None
        self._wake: asyncio.Future[None] | None = None

    def put(self, frame: Frame) -> None:
        self.seen = True
        if not self.streams:
            if frame.kind in FINAL:
                self._frames.append(frame)
                self.wake()
            return
        if frame.seq != self._next_seq:
            self._problem = self._problem or AnswerBroken()
        self._next_seq += 1
        self._buffered += len(frame.payload)
        if self._buffered > MAX_BUFFERED_BYTES:
            self._problem = self._problem or SlowReader()
            self._frames.clear()
        else:
            self._frames.append(frame)
        self.wake()

    def restart(self) -> None:
        """The request was sent again: its next answer counts its frames from 0."""
        self._next_seq = 0

    def lose_connection(self) -> None:
        """What came meanwhile is gone: a stream that has begun is broken, the rest must ask the record."""
        self.lost_connection = True
        if self.streams and self._next_seq:
            self._problem = self._problem or AnswerBroken()
        self.wake()

    def wake(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    def ready(self) -> Frame | None:
        """The next frame where one is there already; an error waits for `next`."""
        if self._problem is not None or not self._frames or self._frames[0].kind == "error":
            return None
        return self._take()

    async def next(self, timeout_s: float) -> Frame | None:
        """The next frame; None after `timeout_s`, or when the connection was lost. Raises AnswerBroken."""
        if not self._frames and self._problem is None and timeout_s > 0:
            loop = asyncio.get_running_loop()
            self._wake = loop.create_future()
            timer = loop.call_later(timeout_s, self.wake)
            try:
                await self._wake
            finally:
                timer.cancel()
                self._wake = None
        if self._problem is not None:
            raise self._problem
        return self._take() if self._frames else None

    def _take(self) -> Frame:
        frame = self._frames.popleft()
        self._buffered -= len(frame.payload)
        return frame


class Inbox:
    """Subscribes to this process's channel, for as long as the process lives, and hands frames to waiters."""

    def __init__(self, url: str, web_id: str, on_change: Callable[[], None] = lambda: None) -> None:
        self.connected = False
        self._url = url
        self._on_change = on_change
        self._channel = (ANSWER_PREFIX + web_id).encode()
        self._waiters: dict[str, Waiter] = {}
        self._task: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        return len(self._waiters)

    def open(self, request_id: str, *, streams: bool) -> Waiter:
        waiter = self._waiters[request_id] = Waiter(streams=streams)
        return waiter

    def close(self, request_id: str) -> None:
        self._waiters.pop(request_id, None)

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="inbox")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        delay_s = RECONNECT_FIRST_S
        while True:
            try:
                await self._listen()
            except (ValkeyError, ValkeyDisconnected, OSError, TimeoutError) as error:
                if self.connected:
                    delay_s = RECONNECT_FIRST_S
                if delay_s == RECONNECT_FIRST_S:  # once, not with every try
                    log.warning("answers can't be received", extra={"error": type(error).__name__})
            self._lost()
            await asyncio.sleep(delay_s)
            delay_s = min(delay_s * 2, RECONNECT_MAX_S)

    async def _listen(self) -> None:
        """Hand out frames until the connection is lost. Raises what that was."""
        lost = asyncio.Event()

        def on_lost(_: Link) -> None:
            lost.set()

        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            line, _ = await open_link(self._url, lambda: Subscription(self._hear, on_lost))
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await line.subscribe(self._channel.decode(), CHANGED_CHANNEL)
            self.connected = True
            await self._watch(line, lost)
        finally:
            line.close()

    async def _watch(self, line: Subscription, lost: asyncio.Event) -> None:
        """Ping the server until the line is lost, or is seen to be dead. Raises which."""
        loop = asyncio.get_running_loop()
        while line.open:
            if loop.time() - line.heard_at_s > SILENCE_MAX_S:
                raise TimeoutError("no answer to a ping")
            line.ping()
            timer = loop.call_later(PING_EVERY_S, lost.set)
            try:
                await lost.wait()
            finally:
                timer.cancel()
            lost.clear()
        raise ValkeyDisconnected

    def _hear(self, channel: bytes, message: bytes) -> None:
        if channel == self._channel:
            self._deliver(message)
        else:
            self._on_change()

    def _deliver(self, data: bytes) -> None:
        try:
            frames = decode_frames(data)
        except msgspec.MsgspecError:
            log.error("an answer can't be read", extra={"bytes": len(data)})
            return
        for frame in frames:
            waiter = self._waiters.get(frame.request_id)
            if waiter is not None:
                waiter.put(frame)

    def _lost(self) -> None:
        self.connected = False
        for waiter in tuple(self._waiters.values()):
            waiter.lose_connection()

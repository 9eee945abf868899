"""Frames on their way back to the web processes.

All frames that one tick of the event loop makes for one web process leave in one PUBLISH. While a PUBLISH is
under way the next frames gather, so a slow server makes larger messages, not more of them.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from billing.errors import BillingError
from routing.lane.messages import ANSWER_PREFIX, Frame, encode_frames

logger = logging.getLogger(__name__)

MAX_BUFFERED_BYTES = 64 * 1024 * 1024  # over all web processes; past it frames are lost, and seen to be
FRAME_OVERHEAD_BYTES = 64

Publish = Callable[[str, bytes], Awaitable[object]]


class Answers:
    """Buffers per web process; `send` never waits, and never raises for a server that is gone.

    A frame that can't be delivered is lost: the waiting side sees the gap in `Frame.seq`, or its own
    deadline, and answers with an error; the record was committed before the last frame.
    """

    def __init__(self, publish: Publish, *, max_bytes: int = MAX_BUFFERED_BYTES) -> None:
        self._publish = publish
        self._max_bytes = max_bytes
        self._waiting: dict[str, list[Frame]] = {}
        self._bytes = 0
        self._flushing: asyncio.Task[None] | None = None
        self.lost = 0

    def send(self, reply_to: str, frame: Frame) -> None:
        size = len(frame.payload) + FRAME_OVERHEAD_BYTES
        if self._bytes + size > self._max_bytes:
            self.lost += 1
            return
        self._bytes += size
        self._waiting.setdefault(reply_to, []).append(frame)
        if self._flushing is None:
            self._flushing = asyncio.get_running_loop().create_task(self._flush())

    async def drained(self) -> None:
        """Returns when nothing waits."""
        while self._flushing is not None:
            await asyncio.wait([self._flushing])

    async def _flush(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting, self._bytes = self._waiting, {}, 0
                await asyncio.gather(*(self._send(to, frames) for to, frames in batch.items()))
        finally:
            self._flushing = None

    async def _send(self, reply_to: str, frames: list[Frame]) -> None:
        try:
            await self._publish(ANSWER_PREFIX + reply_to, encode_frames(frames))
        except BillingError as error:
            self.lost += len(frames)
            logger.warning("answers lost", extra={"frames": len(frames), "error": type(error).__name__})

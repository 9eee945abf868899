"""The body of a stream: joined writes, comments while nothing comes, and an end that can't be mistaken."""

import asyncio
from typing import Any

import pytest

from routing.api.answers import Events
from routing.api.errors import ApiError
from routing.api.inbox import Waiter
from routing.lane.messages import Frame
from routing.surfaces.chat import CHAT_REPLY


class Exchange:
    """In place of routing.api.completion.Exchange: frames from a waiter, nothing else."""

    def __init__(self, *frames: tuple[str, bytes]) -> None:
        self.waiter = Waiter(streams=True)
        self.ended = self.closed = False
        self.told: list[Any] = []
        self.restoring = self.keeping = None
        self.reply = CHAT_REPLY
        for seq, (kind, payload) in enumerate(frames):
            self.waiter.put(Frame("r", kind, payload, None, seq))

    async def frame(self, timeout_s: float) -> Frame | None:
        frame = await self.waiter.next(0.01)
        if frame is not None and frame.kind == "error":
            raise ApiError("upstream_error", "It broke.")
        return frame

    def succeeded(self, meta: Any) -> None:
        self.told.append(meta)

    def close(self) -> None:
        self.closed = True


async def sent(exchange: Exchange) -> list[bytes]:
    async with asyncio.timeout(5):
        return [part async for part in Events(exchange, None)]  # type: ignore[arg-type]


async def test_frames_that_are_there_leave_in_one_write_and_end_with_done() -> None:
    exchange = Exchange(("head", b"{}"), ("chunk", b"1"), ("chunk", b"2"), ("done", b"3\n4"))
    assert await sent(exchange) == [b"data: 1\n\ndata: 2\n\ndata: 3\n\ndata: 4\n\ndata: [DONE]\n\n"]
    assert exchange.ended
    assert exchange.told == [None]


async def test_an_error_is_the_last_event_and_no_done_follows() -> None:
    parts = await sent(Exchange(("chunk", b"1"), ("error", b"{}")))
    assert parts[0] == b"data: 1\n\n"
    assert b'"upstream_error"' in parts[1]
    assert b"[DONE]" not in b"".join(parts)


async def test_a_comment_is_sent_while_nothing_comes() -> None:
    exchange = Exchange()
    events = Events(exchange, None)  # type: ignore[arg-type]
    assert await anext(events) == b": keep-alive\n\n"


@pytest.mark.parametrize("started", [True, False])
async def test_closing_tells_the_exchange_also_before_the_first_event(started: bool) -> None:
    exchange = Exchange(("chunk", b"1"))
    events = Events(exchange, None)  # type: ignore[arg-type]
    if started:
        await anext(events)
    await events.aclose()
    assert exchange.closed

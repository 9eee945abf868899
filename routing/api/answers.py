"""The two shapes of an answer: one JSON object, or server-sent events."""

import asyncio
from typing import Any

import msgspec
from django.http.response import HttpResponseBase

from routing.api import metrics
from routing.api.completion import Exchange
from routing.api.errors import ApiError
from routing.api.plain import PlainResponse
from routing.api.stream import KEEP_ALIVE, EventStream
from routing.lane.messages import Frame

KEEP_ALIVE_EVERY_S = 10.0
HEAD_WAIT_S = 20.0  # then a stream begins without its head, so that no proxy gives the connection up
MAX_JOINED_FRAMES = 256  # of one write


async def whole(exchange: Exchange) -> PlainResponse:
    """Waits for the final frame. Raises ApiError."""
    try:
        frame = await exchange.frame()
        if exchange.keeping is not None and frame is not None:
            exchange.keeping.whole(frame)
    except asyncio.CancelledError:
        metrics.cancelled()
        raise
    finally:
        exchange.close()
    assert frame is not None
    exchange.succeeded(frame.meta)
    payload = exchange.restoring.whole(frame.payload) if exchange.restoring else frame.payload
    answer = exchange.reply.whole(payload)
    kind = (frame.meta or {}).get("content_type", "application/json")
    return PlainResponse(answer, {"content-type": kind, **exchange.headers(frame.meta)})


async def streamed(exchange: Exchange) -> HttpResponseBase:
    """Waits for the first frame, so that what fails before it is an ordinary error. Raises ApiError."""
    try:
        first = await exchange.frame(HEAD_WAIT_S)
    except BaseException as error:
        if isinstance(error, asyncio.CancelledError):
            metrics.cancelled()
        exchange.close()
        raise
    return EventStream(Events(exchange, first), exchange.headers(_served(first)))


def _served(first: Frame | None) -> dict[str, Any] | None:
    if first is None:
        return None
    return msgspec.json.decode(first.payload) if first.kind == "head" else first.meta


class Events:
    """The body of a stream: what chunks say as they come, comments while nothing does, and its end.

    An error after the beginning is an event of its own, after which nothing comes: it never looks complete.
    Closed by whoever sends it, at any moment, also before the first event was asked for.
    """

    def __init__(self, exchange: Exchange, first: Frame | None) -> None:
        self._exchange = exchange
        self._first = first
        self._events = exchange.reply.events()
        self._over = False

    def __aiter__(self) -> "Events":
        return self

    async def __anext__(self) -> bytes:
        if self._over:
            raise StopAsyncIteration
        try:
            frame, self._first = self._first, None
            if frame is None:
                frame = await self._exchange.frame(KEEP_ALIVE_EVERY_S)
            return self._bytes_of(frame)
        except ApiError as error:
            self._over = True
            metrics.failed(error.code)
            return self._events.fault(error.fault)

    async def aclose(self) -> None:
        if not self._over:
            self._over = True
            metrics.cancelled()
        self._exchange.close()

    def _bytes_of(self, frame: Frame | None) -> bytes:
        """This frame and those that are there already, in one write."""
        if frame is None:
            return KEEP_ALIVE
        parts = [self._part(frame)]
        while not self._over and len(parts) < MAX_JOINED_FRAMES:
            more = self._exchange.waiter.ready()
            if more is None:
                break
            parts.append(self._part(more))
        return b"".join(parts)

    def _part(self, frame: Frame) -> bytes:
        if self._exchange.keeping is not None:
            self._exchange.keeping.part(frame)
        if frame.kind == "chunk":
            return self._chunk(frame.payload)
        if frame.kind != "done":
            return b""
        self._over = True
        self._exchange.ended = True
        self._exchange.succeeded(frame.meta)
        chunks = [self._chunk(chunk) for chunk in frame.payload.split(b"\n") if chunk]
        return b"".join(chunks) + self._events.end()

    def _chunk(self, payload: bytes) -> bytes:
        restoring = self._exchange.restoring
        return self._events.chunk(restoring.chunk(payload) if restoring else payload)

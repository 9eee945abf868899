"""The other end of one HTTP exchange, over raw ASGI: what it sent, what it gets, and if it is still there."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

MAX_BODY_BYTES = 32 * 1024 * 1024
LONG_WAIT_S = 0.25

Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]


class ClientGone(Exception):
    """The client closed the connection before its answer was complete."""


class BodyTooLarge(Exception):
    """The request's body passes MAX_BODY_BYTES."""


class Client:
    """Reads one request and writes one response. Use as a context manager: it stops watching at the end."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._watch: asyncio.Task[None] | None = None

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        if self._watch is not None:
            self._watch.cancel()

    async def body(self) -> bytes:
        parts: list[bytes] = []
        size = 0
        while True:
            event = await self._receive()
            if event["type"] == "http.disconnect":
                raise ClientGone
            part = event.get("body", b"")
            size += len(part)
            if size > MAX_BODY_BYTES:
                raise BodyTooLarge
            if not event.get("more_body"):
                return b"".join((*parts, part)) if parts else part
            parts.append(part)

    async def wait(self, seconds: float) -> None:
        """Let time pass. Raises ClientGone: at once in a long wait, at its end in a short one.

        A short one is a pause between chunks, where watching would cost more than the chunk.
        """
        if self._watch is None:
            self._watch = asyncio.create_task(self._until_gone())
        if seconds > LONG_WAIT_S:
            await asyncio.wait((self._watch,), timeout=seconds)
        else:
            await asyncio.sleep(seconds)
        if self._watch.done():
            raise ClientGone

    async def _until_gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def respond(self, status: int, headers: Headers, body: bytes) -> None:
        await self.start(status, [*headers, (b"content-length", str(len(body)).encode())])
        await self.write(body, more=False)

    async def start(self, status: int, headers: Headers) -> None:
        await self._send({"type": "http.response.start", "status": status, "headers": headers})

    async def write(self, body: bytes, *, more: bool = True) -> None:
        await self._send({"type": "http.response.body", "body": body, "more_body": more})

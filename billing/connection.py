"""One connection to Valkey: bytes out, answers in the same order, and the handshake that opens it."""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar, cast

import hiredis
from redis.connection import parse_url

from billing.errors import ValkeyDisconnected, ValkeyError

Argument = str | int | float | bytes | memoryview
CLIENT_NAME = "signalbox"


def pack(parts: tuple[Argument, ...]) -> bytes:
    packed: bytes = hiredis.pack_command(parts)  # type: ignore[arg-type]  # its stub means any length
    return packed


class Command:
    """A command that waits for its answer. `data` is dropped once it was handed to the transport."""

    __slots__ = ("asked_at", "data", "future")

    def __init__(self, data: bytes, future: "asyncio.Future[Any]", asked_at: float) -> None:
        self.data = data
        self.future = future
        self.asked_at = asked_at

    def fail(self, error: Exception) -> None:
        if not self.future.done():
            self.future.set_exception(error)


class Link(asyncio.Protocol):
    """The protocol of one connection. `sent` are the commands whose answers are still to come."""

    def __init__(self, on_lost: Callable[["Link"], None]) -> None:
        self.sent: deque[Command] = deque()
        self._on_lost = on_lost
        self._reader = hiredis.Reader(replyError=ValkeyError, protocolError=ValkeyDisconnected)
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    @property
    def open(self) -> bool:
        return self._transport is not None

    def write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def buffered_bytes(self) -> int:
        return self._transport.get_write_buffer_size() if self._transport is not None else 0

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        sent = self.sent
        try:
            while (reply := self._reader.gets()) is not False:
                if not sent:
                    raise ValkeyDisconnected("Valkey answered what was not asked.")
                future = sent.popleft().future
                if future.done():  # cancelled by who waited
                    continue
                if isinstance(reply, ValkeyError):
                    future.set_exception(reply)
                else:
                    future.set_result(reply)
        except ValkeyDisconnected as error:
            self.close(error)

    def connection_lost(self, error: Exception | None) -> None:
        self.close()

    def close(self, error: Exception | None = None) -> None:
        """Drop the connection; every command that waits for an answer gets `error`."""
        if self._transport is None:
            return
        self._transport.abort()
        self._transport = None
        while self.sent:
            self.sent.popleft().fail(error or ValkeyDisconnected())
        self._on_lost(self)

    def ask(self, *parts: Argument) -> "asyncio.Future[Any]":
        """A command outside the pipeline, for the handshake."""
        loop = asyncio.get_running_loop()
        command = Command(b"", loop.create_future(), loop.time())
        self.sent.append(command)
        self.write(pack(parts))
        return command.future


AnyLink = TypeVar("AnyLink", bound=Link)


async def open_link(url: str, make: Callable[[], AnyLink]) -> tuple[AnyLink, str]:
    """A connection that is ready for commands, and the run id of the server at its other end."""
    options = parse_url(url)  # type: ignore[no-untyped-call]
    link = await _connect(options, make)
    try:
        return link, await _greet(link, options)
    except BaseException:
        link.close()
        raise


async def _connect(options: dict[str, Any], make: Callable[[], AnyLink]) -> AnyLink:
    loop = asyncio.get_running_loop()
    if "path" in options:
        _, link = await loop.create_unix_connection(make, options["path"])
        return link
    secure = "connection_class" in options and options["connection_class"].__name__.startswith("SSL")
    context = ssl.create_default_context(cafile=options.get("ssl_ca_certs")) if secure else None
    host, port = options.get("host", "localhost"), int(options.get("port", 6379))
    _, link = await loop.create_connection(make, host, port, ssl=context)
    return link


async def _greet(link: Link, options: dict[str, Any]) -> str:
    if options.get("password"):
        user = [options["username"]] if options.get("username") else []
        await link.ask("AUTH", *user, options["password"])
    await link.ask("CLIENT", "SETNAME", CLIENT_NAME)
    if options.get("db"):
        await link.ask("SELECT", int(options["db"]))
    info: bytes = await link.ask("INFO", "server")
    for line in info.decode("ascii", "replace").splitlines():
        name, _, value = line.partition(":")
        if name == "run_id":
            return value.strip()
    raise ValkeyError("INFO server names no run_id.")

"""The way past Django's stock handler: the same requests and routes, no hop, and nobody left waiting."""

import asyncio
import json
import sys
import types
from typing import Any, Self

import pytest
from django.http import HttpResponse
from django.urls import path
from signalbox import direct

from routing.api.stream import EventStream

URLS = types.ModuleType("direct_urls")


class Server:
    """What an ASGI server would do with one request; `leave()` is the client's departure."""

    def __init__(
        self, *parts: bytes, method: str = "POST", where: str = "/echo", length: int | None = None
    ) -> None:
        size = sum(map(len, parts)) if length is None else length
        headers = [(b"content-length", b"%d" % size), (b"x-twice", b"a"), (b"x-twice", b"b")]
        self.scope: dict[str, Any] = {"type": "http", "method": method, "path": where, "headers": headers}
        self.sent: list[dict[str, Any]] = []
        self._events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        for number, part in enumerate(parts or (b"",), start=1):
            more = number < len(parts)
            self._events.put_nowait({"type": "http.request", "body": part, "more_body": more})

    def leave(self) -> None:
        self._events.put_nowait({"type": "http.disconnect"})

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    async def answer(self) -> tuple[int, bytes]:
        async with asyncio.timeout(5):
            await direct.handle(self.scope, self._events.get, self.send)
        return self.status, self.body

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"]) if self.sent else 0

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent[1:])

    @property
    def code(self) -> str:
        return str(json.loads(self.body)["error"]["code"])


async def echo(request: Any) -> HttpResponse:
    return HttpResponse(request.body + request.headers["x-twice"].encode(), status=201)


async def fail(request: Any) -> HttpResponse:
    raise RuntimeError("a defect")


class Endless:
    """A stream that never ends by itself."""

    closed = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        await asyncio.sleep(0.001)
        return b"x"

    async def aclose(self) -> None:
        Endless.closed = True


async def endless(request: Any) -> EventStream:
    return EventStream(Endless(), {})


waited: list[str] = []


async def wait(request: Any) -> HttpResponse:
    try:
        await asyncio.sleep(30)
    except asyncio.CancelledError:
        waited.append("cancelled")
        raise
    return HttpResponse()


@pytest.fixture(autouse=True)
def urls(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    routes = [path(f"{view.__name__}", view) for view in (echo, fail, endless, wait)]
    monkeypatch.setattr(URLS, "urlpatterns", routes, raising=False)
    monkeypatch.setitem(sys.modules, "direct_urls", URLS)
    settings.ROOT_URLCONF = "direct_urls"
    settings.MAX_REQUEST_BYTES = 1024


@pytest.mark.parametrize("parts", [(b"ab",), (b"a", b"b"), (b"", b"ab", b"")])
async def test_the_view_gets_the_whole_body_and_every_header(parts: tuple[bytes, ...]) -> None:
    assert await Server(*parts).answer() == (201, b"aba,b")


@pytest.mark.parametrize(
    ("server", "status", "code"),
    [
        ({"where": "/nothing"}, 404, "not_found"),
        ({"where": "/fail"}, 500, "internal_error"),
        ({"length": 1025}, 413, "request_too_large"),
    ],
)
async def test_what_goes_wrong_has_the_shape_of_the_api(
    server: dict[str, Any], status: int, code: str
) -> None:
    asked = Server(b"x", **server)
    assert (await asked.answer())[0] == status
    assert asked.code == code


async def test_a_body_that_passes_the_limit_on_its_way_is_refused() -> None:
    asked = Server(*[b"x" * 100] * 20, length=0)
    await asked.answer()
    assert (asked.status, asked.code) == (413, "request_too_large")


async def test_every_answer_has_an_id_and_says_its_length() -> None:
    asked = Server(b"x")
    await asked.answer()
    headers = dict(asked.sent[0]["headers"])
    assert len(headers[b"x-request-id"]) == 36
    assert headers[b"content-length"] == str(len(asked.body)).encode()


async def test_a_client_that_leaves_before_its_body_gets_nothing() -> None:
    asked = Server(b"x")
    asked._events.get_nowait()
    asked.leave()
    await asked.answer()
    assert asked.sent == []


async def test_a_view_whose_client_leaves_is_cancelled() -> None:
    waited.clear()
    asked = Server(b"x", where="/wait")
    asyncio.get_running_loop().call_later(0.02, asked.leave)
    await asked.answer()
    assert waited == ["cancelled"]
    assert asked.sent == []


async def test_a_stream_whose_client_leaves_is_closed() -> None:
    Endless.closed = False
    asked = Server(b"x", where="/endless")
    asyncio.get_running_loop().call_later(0.02, asked.leave)
    await asked.answer()
    assert Endless.closed
    assert asked.body.startswith(b"x")


async def test_being_stopped_by_the_server_is_not_taken_for_a_client_that_left() -> None:
    asked = Server(b"x", where="/wait")
    task = asyncio.create_task(asked.answer())
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

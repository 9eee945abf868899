"""Where connections may go, and how much may come back."""

import asyncio
import gzip

import pytest
import pytest_asyncio

from routing.adapters.contract import PreparedRequest, ProviderError
from routing.lane import transport as module
from routing.lane.transport import ConnectFailed, Transport
from tests.routing.lane.conftest import served

HEADERS = {"authorization": "Bearer secret"}


class Upstream:
    """Answers what it is told and keeps what it was sent."""

    def __init__(self) -> None:
        self.seen: list[dict[bytes, bytes]] = []
        self.answer: tuple[int, list[tuple[bytes, bytes]], bytes] = (200, [], b"{}")

    async def __call__(self, scope, receive, send) -> None:
        self.seen.append(dict(scope["headers"]))
        status, headers, body = self.answer
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@pytest_asyncio.fixture
async def upstream():
    app = Upstream()
    async with served(app) as url:
        app.url = url
        yield app


@pytest_asyncio.fixture
async def make_transport():
    made = []

    def make(allowed=lambda host, port, address: True) -> Transport:
        made.append(Transport(allowed=allowed))
        return made[-1]

    yield make
    for transport in made:
        await transport.close()


async def read(transport: Transport, url: str) -> bytes:
    prepared = PreparedRequest("POST", url, HEADERS, b"{}")
    async with await transport.open(prepared, read_timeout_s=2) as reply:
        return await reply.read()


async def test_a_redirect_is_not_followed(make_transport, upstream):
    upstream.answer = (307, [(b"location", b"http://127.0.0.1:1/elsewhere")], b"")
    with pytest.raises(ProviderError, match="redirect"):
        await read(make_transport(), upstream.url)
    assert len(upstream.seen) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433"])
async def test_an_address_that_is_not_allowed_is_never_connected_to(make_transport, upstream, host):
    url = upstream.url.replace("127.0.0.1", host)
    with pytest.raises(ConnectFailed):
        await read(make_transport(lambda host, port, address: False), url)
    assert upstream.seen == []


async def test_the_address_is_judged_after_the_name_was_resolved(make_transport, upstream):
    asked = []

    def allowed(host: str, port: int, address: str) -> bool:
        asked.append((host, address))
        return address == "127.0.0.1"

    await read(make_transport(allowed), upstream.url.replace("127.0.0.1", "localhost"))
    assert ("localhost", "127.0.0.1") in asked


async def test_no_proxy_and_no_cookie_is_taken_along(make_transport, upstream, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    upstream.answer = (200, [(b"set-cookie", b"session=1; Path=/")], b"{}")
    transport = make_transport()
    await read(transport, upstream.url)
    await read(transport, upstream.url)
    assert b"cookie" not in upstream.seen[1]
    assert upstream.seen[1][b"accept-encoding"] == b"identity"


@pytest.mark.parametrize("packed", [False, True])
async def test_an_answer_that_is_too_long_is_cut_off(make_transport, upstream, monkeypatch, packed):
    monkeypatch.setattr(module, "MAX_RESPONSE_BYTES", 200_000)
    body = b"x" * 5_000_000
    headers = [(b"content-encoding", b"gzip")] if packed else []
    upstream.answer = (200, headers, gzip.compress(body) if packed else body)
    with pytest.raises(ProviderError, match="longer than"):
        await read(make_transport(), upstream.url)


async def test_gzip_is_read_where_a_provider_sends_it_unasked(make_transport, upstream):
    upstream.answer = (200, [(b"content-encoding", b"gzip")], gzip.compress(b'{"a":1}' * 30_000))
    assert await read(make_transport(), upstream.url) == b'{"a":1}' * 30_000


@pytest_asyncio.fixture
async def raw():
    """A server that answers with what is put into its queue, and ends the connection at an empty part."""
    more: asyncio.Queue[bytes] = asyncio.Queue()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        while part := await more.get():
            writer.write(part)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", more
        more.put_nowait(b"")


@pytest.mark.parametrize("length", [b"content-length: 9", b"transfer-encoding: chunked"])
async def test_a_body_that_breaks_off_is_a_broken_connection(make_transport, raw, length):
    url, more = raw
    more.put_nowait(b"HTTP/1.1 200 OK\r\n" + length + b"\r\n\r\n5\r\nabc")
    prepared = PreparedRequest("POST", url, HEADERS, b"{}")
    async with await make_transport().open(prepared, read_timeout_s=2) as reply:
        more.put_nowait(b"")
        with pytest.raises(ProviderError, match="broke in the answer") as broken:
            await reply.read()
    assert broken.value.retryable


async def test_a_provider_that_falls_silent_has_a_bound(make_transport, raw):
    url, more = raw
    more.put_nowait(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc")
    prepared = PreparedRequest("POST", url, HEADERS, b"{}")
    with pytest.raises(ProviderError, match="fell silent"):
        async with await make_transport().open(prepared, read_timeout_s=0.2) as reply:
            await reply.read()


@pytest.mark.parametrize("encoding", [b"br", b"gzip"])
async def test_an_encoding_that_cannot_be_read_is_an_error(make_transport, upstream, encoding):
    upstream.answer = (200, [(b"content-encoding", encoding)], b"nonsense")
    with pytest.raises(ProviderError):
        await read(make_transport(), upstream.url)


async def test_a_body_of_megabytes_goes_out_whole(make_transport, upstream):
    prepared = PreparedRequest("POST", upstream.url, HEADERS, b"x" * 3_000_000)
    async with await make_transport().open(prepared, read_timeout_s=2) as reply:
        assert await reply.read() == b"{}"
    assert upstream.seen[0][b"content-length"] == b"3000000"


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/v1", "nonsense", "http://[::1/v1"])
async def test_what_is_no_url_of_an_endpoint_is_never_called(make_transport, url):
    with pytest.raises(ConnectFailed, match="can't be called"):
        await read(make_transport(), url)


async def test_a_refused_connection_says_that_nothing_was_sent(make_transport):
    with pytest.raises(ConnectFailed) as refused:
        await read(make_transport(), "http://127.0.0.1:1/v1")
    assert refused.value.retryable

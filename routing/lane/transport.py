"""The one module that opens a connection to a provider.

httpx's transport API over aiohttp's connection pool: per call that costs 50 µs more than aiohttp alone,
where `httpx.AsyncClient` costs 170 and its own pool far more. What a client would add (redirects, cookies,
proxies and credentials from the environment) is exactly what must not happen here.

What comes out: a `Reply` whose body is read under a bound, or a ProviderError. The address of every peer is
checked after its name was resolved, by the resolver that the connection itself uses, so that a name can't
be resolved once for the check and again for the call.
"""

import socket
import ssl
import zlib
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from ipaddress import ip_address
from types import TracebackType

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.helpers import is_ip_address
from httpx_aiohttp import AiohttpTransport

from routing.adapters.contract import MAX_RESPONSE_BYTES, MAX_STREAM_BYTES, PreparedRequest, ProviderError
from routing.core.execution import FailureKind

CONNECT_TIMEOUT_S = 10.0
KEEPALIVE_S = 15.0
DNS_CACHE_S = 30
MAX_ERROR_BYTES = 64 * 1024
INFLATE_STEP_BYTES = 64 * 1024
MAX_KNOWN_URLS = 1024
MAX_BYTES_AT_ONCE = 256 * 1024  # of a request's body
OWN_HEADERS = {"accept-encoding": "identity", "user-agent": "signalbox"}
REFUSED_STATUS = range(300, 400)  # a redirect would carry the credential and the prompt elsewhere

AddressRule = Callable[[str, int, str], bool]
"""(host, port, address) → whether a connection for `host` may go to `address`."""


class ConnectFailed(ProviderError):
    """No connection came about, so nothing was sent and nothing can be billed."""


class TooLong(ProviderError):
    """The answer passes its bound."""


class GuardedResolver(AbstractResolver):
    """Resolves names as usual, and leaves out every address that the rule does not allow."""

    def __init__(self, allowed: AddressRule) -> None:
        self._allowed = allowed
        self._inner = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        allowed = [result for result in found if self._allowed(host, port, result["host"])]
        if not allowed:
            raise OSError(None, "the endpoint's name resolves to no address that is allowed")
        return allowed

    async def close(self) -> None:
        await self._inner.close()


class Reply:
    """A provider's answer whose headers have arrived. Closing it before its end closes the connection."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self.status = response.status_code
        self.headers: Mapping[str, str] = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers.raw
        }

    async def __aenter__(self) -> "Reply":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._response.aclose()

    async def read(self) -> bytes:
        """The whole body, at most MAX_RESPONSE_BYTES (MAX_ERROR_BYTES of an error's, the rest left)."""
        if self.status >= 400:
            return await self._read_error()
        return b"".join([chunk async for chunk in self._bounded(MAX_RESPONSE_BYTES, FailureKind.ERROR)])

    def chunks(self, most: int = MAX_STREAM_BYTES) -> AsyncGenerator[bytes, None]:
        """The body as it arrives, at most `most` bytes in all."""
        return self._bounded(most, FailureKind.STREAM_CUT)

    async def _read_error(self) -> bytes:
        body = bytearray()
        async for chunk in self._bounded(MAX_RESPONSE_BYTES, FailureKind.ERROR):
            body += chunk
            if len(body) >= MAX_ERROR_BYTES:
                break
        return bytes(body[:MAX_ERROR_BYTES])

    async def _bounded(self, most: int, cut: FailureKind) -> AsyncGenerator[bytes, None]:
        total = 0
        body = _Body(self.headers.get("content-encoding", "").lower())
        stream = self._response.stream
        assert isinstance(stream, httpx.AsyncByteStream)
        try:
            async for chunk in stream:
                for part in body.parts(chunk):
                    total += len(part)
                    if total > most:
                        raise _too_long(most, self.status)
                    yield part
        except httpx.TimeoutException as error:
            raise _while_reading(error, cut, self.status) from error
        except httpx.TransportError as error:
            raise _broken(cut, self.status) from error


class Transport:
    """Connections to providers, pooled, for one event loop. `allowed` rules which addresses are peers."""

    def __init__(self, *, allowed: AddressRule, connect_timeout_s: float = CONNECT_TIMEOUT_S) -> None:
        self._allowed = allowed
        self._connect_timeout_s = connect_timeout_s
        self._known: dict[str, httpx.URL] = {}
        context = httpx.create_ssl_context()
        self._transport = AiohttpTransport(verify=context, client=lambda: self._session(context))

    def _session(self, context: ssl.SSLContext) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            ssl=context,
            limit=0,  # the lane bounds what is in flight
            keepalive_timeout=KEEPALIVE_S,
            resolver=GuardedResolver(self._allowed),
            ttl_dns_cache=DNS_CACHE_S,
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),  # one application's cookie must never reach another's call
            auto_decompress=False,
            trust_env=False,
        )

    async def open(self, prepared: PreparedRequest, *, read_timeout_s: float) -> Reply:
        """Send the request; the reply as soon as its headers are here.

        `read_timeout_s` bounds each silence of the peer; the caller bounds the whole. Raises ProviderError:
        ConnectFailed where nothing was sent.
        """
        connect_s = self._connect_timeout_s
        timeout = {"connect": connect_s, "pool": connect_s, "read": read_timeout_s}
        request = httpx.Request(
            prepared.method,
            self._checked(prepared.url),
            headers={**OWN_HEADERS, **prepared.headers, "content-length": str(len(prepared.body))},
            extensions={"timeout": timeout},
            stream=_sent_as(prepared.body),
        )
        if isinstance(request.stream, httpx.ByteStream):
            request.read()
        try:
            response = await self._transport.handle_async_request(request)
        except (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, ValueError) as error:
            raise _while_opening(error) from error
        if response.status_code in REFUSED_STATUS:
            await response.aclose()
            raise ProviderError(
                "the provider answered with a redirect, which is not followed",
                kind=FailureKind.ERROR,
                retryable=False,
                status=response.status_code,
            )
        return Reply(response)

    def _checked(self, text: str) -> httpx.URL:
        url = self._known.get(text)
        if url is None:
            try:
                url = httpx.URL(text)
            except httpx.InvalidURL as error:
                raise _while_opening(error) from error
            self._check_literal(url)
            if len(self._known) >= MAX_KNOWN_URLS:
                self._known.clear()
            self._known[text] = url
        return url

    def _check_literal(self, url: httpx.URL) -> None:
        """aiohttp asks no resolver for what looks like an address, so that one is checked here."""
        if not is_ip_address(url.host):
            return
        port = url.port or (443 if url.scheme == "https" else 80)
        try:
            allowed = self._allowed(url.host, port, str(ip_address(url.host)))
        except ValueError:  # such as 127.1, which a socket would take
            allowed = False
        if not allowed:
            raise ConnectFailed(
                "the endpoint's address is not allowed", kind=FailureKind.ERROR, retryable=False
            )

    async def close(self) -> None:
        await self._transport.aclose()


def _sent_as(body: bytes) -> httpx.AsyncByteStream:
    """In one piece where it is small; a large one would hold up the loop, so it goes out in pieces.

    To a stream httpx adds no headers of its own: they stand in `open`, and aiohttp knows the host.
    """
    return httpx.ByteStream(body) if len(body) <= MAX_BYTES_AT_ONCE else _Pieces(body)


class _Pieces(httpx.AsyncByteStream):
    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        for at in range(0, len(self._body), MAX_BYTES_AT_ONCE):
            yield self._body[at : at + MAX_BYTES_AT_ONCE]


class _Body:
    """A body without its content encoding, inflated in bounded steps, so that the caller's bound holds before
    a small body has become a large one."""

    def __init__(self, encoding: str) -> None:
        self._inflater = None if encoding in ("", "identity") else zlib.decompressobj(16 + zlib.MAX_WBITS)
        if encoding not in ("", "identity", "gzip"):
            raise ProviderError(
                "the provider's answer is in an encoding that was not asked for",
                kind=FailureKind.ERROR,
                retryable=False,
            )

    def parts(self, chunk: bytes) -> Iterator[bytes]:
        if self._inflater is None:
            yield chunk
            return
        try:
            while chunk:
                yield self._inflater.decompress(chunk, INFLATE_STEP_BYTES)
                chunk = self._inflater.unconsumed_tail
        except zlib.error as error:
            raise ProviderError(
                "the provider's answer is not the gzip it says", kind=FailureKind.ERROR, retryable=True
            ) from error


def _too_long(most: int, status: int) -> TooLong:
    return TooLong(
        f"the provider's answer is longer than {most} bytes",
        kind=FailureKind.ERROR,
        retryable=False,
        status=status,
    )


def _while_opening(error: Exception) -> ProviderError:
    cause = error.__cause__
    if isinstance(cause, aiohttp.ConnectionTimeoutError):
        return ConnectFailed("no connection in time", kind=FailureKind.TIMEOUT, retryable=True)
    if isinstance(cause, aiohttp.ClientConnectorError):
        return ConnectFailed("the provider can't be reached", kind=FailureKind.ERROR, retryable=True)
    if isinstance(error, httpx.TimeoutException) and isinstance(cause, TimeoutError):
        return ProviderError("no answer in time", kind=FailureKind.TIMEOUT, retryable=True)
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL | ValueError):
        return ConnectFailed("the endpoint's URL can't be called", kind=FailureKind.ERROR, retryable=False)
    return ProviderError("the connection broke before an answer came", kind=FailureKind.ERROR, retryable=True)


def _while_reading(error: httpx.TimeoutException, cut: FailureKind, status: int) -> ProviderError:
    if isinstance(error.__cause__, TimeoutError):
        return ProviderError(
            "the provider fell silent", kind=FailureKind.TIMEOUT, retryable=True, status=status
        )
    return _broken(cut, status)  # httpx-aiohttp calls a lost connection a timeout


def _broken(cut: FailureKind, status: int) -> ProviderError:
    return ProviderError("the connection broke in the answer", kind=cut, retryable=True, status=status)

"""Calls that any-llm makes (extra `any-llm`): it translates, and what it sends goes out by our own transport.

1. The client of the provider's SDK is made for one call, with that call's credential and address. Nothing is
   taken from the environment: where there is no credential, a word that is none stands in its place.
2. Its request is carried by `Carrier`: to the endpoint's host alone, by the transport that checks addresses,
   follows no redirect and bounds silence and length. There is one for each call: an SDK repeats none unseen.
3. What comes out is a reply in OpenAI's form, also of a failure, so that it is read like any other.
"""

import asyncio
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from types import TracebackType
from typing import Any

import msgspec

from routing.adapters.contract import PreparedRequest, ProviderError
from routing.core.execution import FailureKind
from routing.lane.flight import endpoint_host
from routing.lane.transport import Reply, Transport

EXTRA_MISSING = "The dialect any-llm needs the extra any-llm: pip install 'signalbox[any-llm]'."
NO_CREDENTIAL = "none"  # the library looks for one in the environment where it gets an empty one
# How the clients of the SDKs behind the library's providers take a client of HTTP, and where theirs is from.
# Those that can't be given one would send what they like where they like, so they are not to be had.
OPENAI = ("openai", "DefaultAsyncHttpxClient", "http_client")
CLIENTS: Mapping[str, tuple[str, str, str]] = {
    "anthropic": ("anthropic", "DefaultAsyncHttpxClient", "http_client"),
    "azureanthropic": ("anthropic", "DefaultAsyncHttpxClient", "http_client"),
    "cerebras": ("cerebras.cloud.sdk", "DefaultAsyncHttpxClient", "http_client"),
    "cohere": ("httpx", "AsyncClient", "httpx_client"),
    "groq": ("groq", "DefaultAsyncHttpxClient", "http_client"),
    "mistral": ("httpx", "AsyncClient", "async_client"),
}
BASE_URL_BESIDE = frozenset(("cerebras", "cohere", "groq"))  # the library keeps the address from these
_STATUS_OF = {  # of failures that came with no status
    "UnsupportedParameterError": 400,
    "InvalidRequestError": 400,
    "ContextLengthExceededError": 400,
    "ContentFilterError": 400,
    "AuthenticationError": 401,
    "InsufficientFundsError": 402,
    "ModelNotFoundError": 404,
    "RateLimitError": 429,
    "GatewayTimeoutError": 504,
}
_CODE_OF = {
    "UnsupportedParameterError": "unsupported_parameter",
    "ContextLengthExceededError": "context_length_exceeded",
    "ContentFilterError": "content_filter",
}
_OURS = frozenset(
    ("host", "connection", "content-length", "accept-encoding", "user-agent", "transfer-encoding")
)
_OF_THE_WAY = frozenset(("content-encoding", "content-length", "transfer-encoding"))
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def is_installed() -> bool:
    return find_spec("any_llm") is not None


def unusable_dialects() -> dict[str, str]:
    """Dialect → why this installation can't speak it."""
    return {} if is_installed() else {"any-llm": EXTRA_MISSING}


class LibraryReply:
    """The library's answer, as OpenAI would have sent it."""

    def __init__(self, call: "_Call", answer: Any, status: int = 200) -> None:
        self.status = status
        self.headers = call.carrier.headers
        self._call = call
        self._answer = answer

    async def __aenter__(self) -> "LibraryReply":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._call.close(self._answer)

    async def read(self) -> bytes:
        return self._answer if isinstance(self._answer, bytes) else self._call.told(self._answer)

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """Server-sent events; a failure in the middle is an event of its own, without an end."""
        try:
            async for chunk in self._answer:
                yield b"data: " + self._call.told(chunk) + b"\n\n"
        except self._call.failure as error:
            self._call.carrier.check()
            yield b"data: " + error_of(error)[1] + b"\n\n"
        else:
            yield b"data: [DONE]\n\n"


class Library:
    """Makes the calls that `any-llm` prepares."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def open(self, prepared: PreparedRequest, *, read_timeout_s: float) -> LibraryReply:
        """As Transport.open. Raises ProviderError."""
        asked = _decode(prepared.body)
        made = await asyncio.to_thread(_parts_of, asked["provider"])
        call = _Call(made, asked, prepared, Carrier(self._transport, prepared.url, read_timeout_s))
        try:
            return LibraryReply(call, await call.run())
        except call.failure as error:
            await call.close(None)
            call.carrier.check()
            status, body = error_of(error)
            return LibraryReply(call, body, status)
        except BaseException:
            await call.close(None)
            raise


class _Parts:
    """What one provider needs of the library, loaded once: loading an SDK takes its time."""

    def __init__(self, provider: str) -> None:
        library = import_module("any_llm")
        base = import_module("any_llm.providers.openai.base").BaseOpenAIProvider
        self.errors = import_module("any_llm.exceptions")
        try:
            self.kind = library.AnyLLM.get_provider_class(provider)
            self.is_openai = issubclass(self.kind, base)
        except (ImportError, self.errors.UnsupportedProviderError) as error:
            raise _refused(f"any-llm can't speak to {provider}: {error}") from error
        if not self.is_openai and provider not in CLIENTS:
            raise _refused(f"any-llm's {provider} can't be held to one endpoint, so it is not called.")
        module, client, self.parameter = CLIENTS.get(provider, OPENAI)
        try:
            self.client = getattr(import_module(module), client)
        except ImportError as error:
            raise _refused(f"Install any-llm-sdk[{provider}]: {error}") from error


@lru_cache(maxsize=256)
def _parts_of(provider: str) -> _Parts:
    """Raises ProviderError where the library is not there, or has no such provider that can be called."""
    if not is_installed():
        raise _refused(EXTRA_MISSING)
    return _Parts(provider)


class Carrier:
    """Carries the one request of a call, for an SDK's own client of HTTP."""

    def __init__(self, transport: Transport, base_url: str, read_timeout_s: float) -> None:
        self.headers: Mapping[str, str] = {}
        self._transport = transport
        self._host = endpoint_host(base_url)
        self._read_timeout_s = read_timeout_s
        self._failure: ProviderError | None = None
        self._sent = False

    def check(self) -> None:
        """Raises what went wrong on the way, which the SDK and the library only describe."""
        if self._failure is not None:
            raise self._failure

    async def carry(self, request: Any) -> Reply:
        try:
            return await self._carry(request)
        except ProviderError as error:
            self._failure = self._failure or error
            raise

    async def _carry(self, request: Any) -> Reply:
        url = str(request.url)
        if endpoint_host(url) != self._host:
            raise _refused("the library points to another host")
        if self._sent:
            raise _refused("the library would repeat its request")
        self._sent = True
        headers = {name: value for name, value in request.headers.items() if name not in _OURS}
        prepared = PreparedRequest(request.method, url, headers, await request.aread())
        reply = await self._transport.open(prepared, read_timeout_s=self._read_timeout_s)
        self.headers = reply.headers
        return reply

    async def pieces(self, reply: Reply) -> AsyncGenerator[bytes, None]:
        try:
            async with aclosing(reply.chunks()) as chunks:
                async for chunk in chunks:
                    yield chunk
        except ProviderError as error:
            self._failure = self._failure or error
            raise


def _client(parts: _Parts, carrier: Carrier) -> Any:
    """The SDK's client of HTTP, over `carrier`. SDKs check that it is one of httpx, or of its successor."""
    base = next(kind for kind in parts.client.__mro__ if kind.__name__ == "AsyncClient")
    http = sys.modules[base.__module__.partition(".")[0]]

    class Body(http.AsyncByteStream):  # type: ignore[misc, name-defined]
        def __init__(self, reply: Reply) -> None:
            self._reply = reply

        async def __aiter__(self) -> AsyncIterator[bytes]:
            async with aclosing(carrier.pieces(self._reply)) as pieces:
                async for piece in pieces:
                    yield piece

        async def aclose(self) -> None:
            await self._reply.__aexit__(None, None, None)

    class Way(http.AsyncBaseTransport):  # type: ignore[misc, name-defined]
        async def handle_async_request(self, request: Any) -> Any:
            reply = await carrier.carry(request)
            headers = [(name, value) for name, value in reply.headers.items() if name not in _OF_THE_WAY]
            return http.Response(reply.status, headers=headers, stream=Body(reply))

    return parts.client(transport=Way(), trust_env=False, follow_redirects=False, timeout=None)


class _Call:
    """One call of the library, and what it holds open."""

    def __init__(
        self, parts: _Parts, asked: dict[str, Any], prepared: PreparedRequest, carrier: Carrier
    ) -> None:
        self.carrier = carrier
        self.failure: type[Exception] = parts.errors.AnyLLMError
        self._parts = parts
        self._asked = asked
        self._prepared = prepared
        self._client = _client(parts, carrier)

    async def run(self) -> Any:
        parts, asked, url = self._parts, self._asked, self._prepared.url
        key = self._prepared.headers.get("authorization", "").removeprefix("Bearer ")
        options: dict[str, Any] = {parts.parameter: self._client}
        if asked["provider"] in BASE_URL_BESIDE:
            options["base_url"] = url
        if parts.kind.MAX_RETRIES_SUPPORT != "unsupported":
            options["max_retries"] = 0
        try:
            made = parts.kind(api_key=key or NO_CREDENTIAL, api_base=url, unified_exceptions=True, **options)
        except ImportError as error:  # the library is there, and the provider's SDK is not
            raise _refused(str(error)) from error
        call = {name: value for name, value in asked.items() if name not in ("provider", "model")}
        call.setdefault("reasoning_effort", None)  # else the library asks for what it takes for usual
        if call["stream"] and parts.is_openai:
            call["stream_options"] = {"include_usage": True}
        return await made.acompletion(asked["model"], **call)

    def told(self, answer: Any) -> bytes:
        """An answer or a chunk. The model that is reported has the provider's name, as the one asked has."""
        value = answer.model_dump(mode="json", exclude_none=True)
        for choice in value.get("choices") or ():
            choice.setdefault("finish_reason", None)  # clients look for it in every chunk
        if value.get("model"):
            value["model"] = f"{self._asked['provider']}:{value['model']}"
        return _encode(value)

    async def close(self, answer: Any) -> None:
        if hasattr(answer, "aclose"):
            await answer.aclose()
        await self._client.aclose()


def error_of(error: Any) -> tuple[int, bytes]:
    """A failure that the library tells, as status and body of OpenAI's form."""
    name = type(error).__name__
    status = error.status_code or _STATUS_OF.get(name, 502)
    code = _CODE_OF.get(name) or error.code
    told = {"message": error.message, "type": error.error_type, "param": error.param, "code": code}
    return (status if status >= 400 else 502), _encode({"error": told})


def _refused(message: str) -> ProviderError:
    return ProviderError(message, kind=FailureKind.ERROR, retryable=False)

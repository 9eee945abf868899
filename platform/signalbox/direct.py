"""The data plane's way through Django: one request, one coroutine, no thread hop.

Django's stock ASGI handler builds a thread-sensitive executor per request and runs middleware and signals
in it; that costs eight times what the view does. Here the same ASGIRequest and the same URLconf are used,
and the view is awaited on the server's own loop. What is left out is what needs threads: middleware, the
request signals, and closing database connections. Views served here must not touch the ORM on the loop.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from io import BytesIO
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch, get_resolver

from audit.core import current
from audit.core.ids import uuid7
from routing.api.errors import ApiError
from routing.api.paths import surface_at
from routing.api.plain import PlainHeaders
from routing.api.stream import EventStream

log = logging.getLogger("signalbox.direct")

BODY_TIMEOUT_S = 60
MAX_CHUNKS_PER_BODY = 100_000
_matches: dict[tuple[str, str], ResolverMatch] = {}  # as many as there are paths without parameters
BODYLESS = frozenset(("GET", "HEAD", "OPTIONS", "DELETE"))

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class ClientGone(Exception):
    """The client closed its connection before its request was read."""


async def handle(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one HTTP request:

    1. read the body, within its limit in bytes and time;
    2. resolve the path and await the view, cancelling it when the client leaves;
    3. send what it returns, at the pace at which the client reads.
    """
    request_id = uuid7()
    current.request_id.set(str(request_id))
    try:
        body = await _read_body(scope, receive)
        request = ASGIRequest(scope, BytesIO(body))
        request.request_id = request_id  # type: ignore[attr-defined]
    except ClientGone:
        return
    except ApiError as error:
        await _send_whole(_error(error, scope["path"]), request_id, send)
        return
    except (UnicodeDecodeError, ValueError):
        unread = ApiError("invalid_request", "The request can't be read.")
        await _send_whole(_error(unread, scope["path"]), request_id, send)
        return
    if request.method in BODYLESS:
        await _send(await _view(request), request_id, send)
        return
    await _serve_watched(request, request_id, receive, send)


async def _serve_watched(request: ASGIRequest, request_id: UUID, receive: Receive, send: Send) -> None:
    """Serve while a second task waits for the client to leave; then what serves is cancelled."""
    serving = asyncio.current_task()
    assert serving is not None
    watch = _Watch(serving, receive)
    watching = asyncio.create_task(watch.run())
    try:
        await _send(await _view(request), request_id, send)
    except asyncio.CancelledError:
        if not watch.gone:
            raise
        serving.uncancel()
    finally:
        watching.cancel()


class _Watch:
    """Waits for `http.disconnect` and cancels the serving task once."""

    def __init__(self, serving: "asyncio.Task[Any]", receive: Receive) -> None:
        self.gone = False
        self._serving = serving
        self._receive = receive

    async def run(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.gone = True
        self._serving.cancel()


async def _read_body(scope: Scope, receive: Receive) -> bytes:
    limit = settings.MAX_REQUEST_BYTES
    declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    if not declared.isdigit() or int(declared) > limit:
        raise _too_large(limit)
    parts, size, more = [], 0, True
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            while more:
                message = await _next_part(receive)
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                more = message.get("more_body", False)
                if size > limit or len(parts) > MAX_CHUNKS_PER_BODY:
                    raise _too_large(limit)
    except TimeoutError:
        raise ApiError("request_timeout", headers={"connection": "close"}) from None
    return parts[0] if len(parts) == 1 else b"".join(parts)


async def _next_part(receive: Receive) -> Message:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGone
    return message


def _too_large(limit: int) -> ApiError:
    # The rest of the body is not read, so the connection can't be used again.
    return ApiError("request_too_large", f"The limit is {limit} bytes.", headers={"connection": "close"})


def _resolve(path: str) -> ResolverMatch:
    """Resolved once per path that has no parameters: the URLconf is asked by regular expressions."""
    known = (settings.ROOT_URLCONF, path)
    match = _matches.get(known)
    if match is None:
        match = get_resolver().resolve(path)
        if not match.kwargs and not match.args:
            _matches[known] = match
    return match


async def _view(request: ASGIRequest) -> HttpResponseBase:
    """What the view answers; a defect of ours is logged and becomes a 500 in the API's shape."""
    try:
        match = _resolve(request.path_info)
        request.resolver_match = match
        answer: HttpResponseBase = await match.func(request, *match.args, **match.kwargs)
        return answer
    except Http404:
        return _error(ApiError("not_found", f"No such path: {request.path_info}"), request.path_info)
    except ApiError as error:
        return _error(error, request.path_info)
    except Exception:  # the outermost boundary: the client gets the API's shape, the log the traceback
        log.exception("a request failed")
        return _error(ApiError("internal_error"), request.path_info)


def _error(error: ApiError, path: str) -> HttpResponse:
    """In the shape of the surface that the path belongs to."""
    return error.response(surface_at(path))


async def _send(response: HttpResponseBase, request_id: UUID, send: Send) -> None:
    if isinstance(response, EventStream):
        await _send_stream(response, request_id, send)
    else:
        assert isinstance(response, HttpResponse)
        await _send_whole(response, request_id, send)


async def _send_whole(response: HttpResponse, request_id: UUID, send: Send) -> None:
    body = response.content
    headers = _headers(response, request_id)
    headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _send_stream(response: EventStream, request_id: UUID, send: Send) -> None:
    """`send` waits while the client's buffer is full, so a slow reader holds the generator back."""
    headers = _headers(response, request_id)
    async with contextlib.aclosing(response.parts) as parts:
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        async for part in parts:
            if part:
                await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def _headers(response: HttpResponseBase, request_id: UUID) -> list[tuple[bytes, bytes]]:
    told = response.headers
    if isinstance(told, PlainHeaders):
        headers = told.encoded()
    else:
        headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1", "replace"))
            for name, value in told.items()
            if name.lower() != "content-length"
        ]
    if "x-request-id" not in told:
        headers.append((b"x-request-id", str(request_id).encode()))
    headers.append((b"x-content-type-options", b"nosniff"))
    return headers

"""The views that complete: each is one surface, and all share what happens in between."""

import asyncio
from typing import Any

from django.http.response import HttpResponseBase
from rest_framework.request import Request

from routing import runtime as runtimes
from routing.admission import admit, now_us
from routing.api import metrics, replays
from routing.api.answers import streamed, whole
from routing.api.base import AsyncAPIView
from routing.api.completion import Exchange
from routing.api.errors import ApiError
from routing.api.labels import read_idempotency_key, read_labels
from routing.ask import Ask
from routing.errors import InvalidRequest
from routing.runtime import Runtime
from routing.surfaces.chat import CHAT
from routing.surfaces.contract import Surface

MAX_WAITING = 5_000  # requests of this process that wait for an answer
JSON_TYPES = ("application/json", "")


class CompletionView(AsyncAPIView):
    """POST of one surface: read, admit, wait for the answer, once for each Idempotency-Key."""

    scope = "chat"
    decides = True

    async def post(self, request: Request) -> HttpResponseBase:
        runtime = runtimes.get()
        ask = read_ask(request, self.surface)
        key = read_idempotency_key(request.META)
        if key is None:
            return await answer(await begin(runtime, ask))
        return await replays.once(runtime, key, ask, run=lambda: begin(runtime, ask), answer=answer)


class ChatCompletions(CompletionView):
    """POST /v1/chat/completions."""

    surface = CHAT


def read_ask(request: Request, surface: Surface = CHAT) -> Ask:
    """The request as read, or ApiError: nothing is decided or recorded about what can't be read."""
    django_request: Any = request._request
    if django_request.content_type not in JSON_TYPES:
        raise ApiError("unsupported_media_type")
    try:
        body, reply = surface.read(django_request.body)
    except InvalidRequest as error:
        raise ApiError(error.code, str(error), param=error.param) from error
    return Ask(
        request_id=django_request.request_id,
        accepted_us=now_us(),
        consumer=request.user,  # type: ignore[arg-type]
        body=body,
        labels=read_labels(request.META, body.labels),
        reply=reply,
    )


async def begin(runtime: Runtime, ask: Ask) -> Exchange:
    """Admit the request. Raises ApiError where it was refused; then nothing runs."""
    if runtime.inbox.waiting >= MAX_WAITING:
        raise ApiError("busy", retry_after_s=1)
    request_id = str(ask.request_id)
    waiter = runtime.inbox.open(request_id, streams=ask.body.stream)
    try:
        admitted = await admit(runtime, ask)
        if admitted.cache:
            metrics.looked_up(admitted.cache, admitted.saved_nano)
            for frame in admitted.frames:
                waiter.put(frame)
        return Exchange(runtime, admitted, waiter)
    except ApiError as error:
        runtime.inbox.close(request_id)
        metrics.refused(error.code)
        error.headers.setdefault("x-request-id", request_id)
        raise
    except asyncio.CancelledError:
        runtime.inbox.close(request_id)
        runtime.cancel(request_id)  # it may be on its way already
        raise


async def answer(exchange: Exchange) -> HttpResponseBase:
    """The worker's answer. Raises ApiError where there is none."""
    try:
        return await (streamed if exchange.admitted.ask.body.stream else whole)(exchange)
    except ApiError as error:
        metrics.failed(error.code)
        raise

"""POST /v1/embeddings, /v1/moderations, /v1/images/generations, /v1/audio/transcriptions, /v1/audio/speech.

Each goes the way of a chat completion: read, decided, paid for, recorded, run by a worker.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from django.http.response import HttpResponseBase
from rest_framework.request import Request

from routing import runtime as runtimes
from routing.admission import now_us
from routing.api import replays
from routing.api.base import AsyncAPIView
from routing.api.completions import JSON_TYPES, answer, begin
from routing.api.errors import ApiError
from routing.api.labels import read_idempotency_key, read_labels
from routing.api.operation_bodies import READERS, OperationBody, read_transcriptions
from routing.api.uploads import FORM
from routing.ask import Ask
from routing.core.operations import EMBEDDINGS, IMAGES, MODERATIONS, SPEECH, TRANSCRIPTIONS
from routing.errors import InvalidRequest

LARGE_BYTES = 256 * 1024  # of a body: read in a thread, because it would hold up everything else
Read = Callable[[bytes], OperationBody]


class OperationView(AsyncAPIView):
    scope = "chat"
    decides = True
    types: ClassVar[tuple[str, ...]] = JSON_TYPES
    operation: ClassVar[str]

    def reader(self, request: Request) -> Read:
        return READERS[self.operation]

    async def post(self, request: Request) -> HttpResponseBase:
        runtime = runtimes.get()
        ask = await self._ask(request)
        key = read_idempotency_key(request.META)
        if key is None:
            return await answer(await begin(runtime, ask))
        return await replays.once(runtime, key, ask, run=lambda: begin(runtime, ask), answer=answer)

    async def _ask(self, request: Request) -> Ask:
        """The request as read, or ApiError: nothing is decided or recorded about what can't be read."""
        django_request: Any = request._request
        if django_request.content_type not in self.types:
            raise ApiError("unsupported_media_type")
        read, body = self.reader(request), django_request.body
        try:
            large = len(body) > LARGE_BYTES
            read_body = await asyncio.to_thread(read, body) if large else read(body)
        except InvalidRequest as error:
            raise ApiError("invalid_request", str(error), param=error.param) from error
        return Ask(
            request_id=django_request.request_id,
            accepted_us=now_us(),
            consumer=request.user,  # type: ignore[arg-type]
            body=read_body,
            labels=read_labels(request.META, read_body.labels),
        )


class Embeddings(OperationView):
    operation = EMBEDDINGS


class Moderations(OperationView):
    operation = MODERATIONS


class Images(OperationView):
    operation = IMAGES


class Speech(OperationView):
    operation = SPEECH


class Transcriptions(OperationView):
    operation = TRANSCRIPTIONS
    types = (FORM,)

    def reader(self, request: Request) -> Read:
        return partial(read_transcriptions, str(request.META.get("CONTENT_TYPE", "")))

"""Server-sent events: the response that carries them."""

from collections.abc import AsyncIterator, Mapping
from typing import Protocol

from django.http.response import HttpResponseBase

EVENTS = "text/event-stream; charset=utf-8"
KEEP_ALIVE = b": keep-alive\n\n"


class Parts(Protocol):
    """What a stream is made of. `aclose` may come at any moment, also before the first part."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    async def __anext__(self) -> bytes: ...

    async def aclose(self) -> None: ...


class EventStream(HttpResponseBase):
    """A response whose body is made while it is sent. Whoever sends it closes `parts`, also when it fails."""

    streaming = True

    def __init__(self, parts: Parts, headers: Mapping[str, str], *, content_type: str = EVENTS) -> None:
        super().__init__(content_type=content_type, headers=dict(headers))
        self["cache-control"] = "no-cache"
        self["x-accel-buffering"] = "no"  # nginx would otherwise hold events back
        self.parts = parts

"""What a surface is: how it reads a request, how it words an answer, and how it says no."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from routing.api.wire import ChatBody


@dataclass(frozen=True, slots=True)
class Fault:
    """A refusal or failure, as it is told: `code` is stable, `status` that of HTTP, `type` OpenAI's."""

    code: str
    type: str
    message: str
    param: str | None
    status: int


class Events(Protocol):
    """The stream of one answer. Each method gives the bytes of whole server-sent events, or none."""

    def chunk(self, payload: bytes) -> bytes:
        """What one chunk object of chat says here."""
        ...

    def end(self) -> bytes:
        """The clean end, after the last chunk."""
        ...

    def fault(self, fault: Fault) -> bytes:
        """The end of a stream that broke, which no client takes for a clean one."""
        ...


class Reply(Protocol):
    """How one request is answered."""

    @property
    def surface(self) -> "Surface": ...

    def whole(self, payload: bytes) -> bytes:
        """The answer that chat gives whole, in the surface's words."""
        ...

    def events(self) -> Events: ...


class Surface(Protocol):
    name: str  # as the record says it

    def read(self, body: bytes) -> tuple[ChatBody, Reply]:
        """Raises InvalidRequest, and nothing else."""
        ...

    def error(self, fault: Fault) -> bytes:
        """The body of an error that is the whole answer."""
        ...


def server_event(name: str, payload: bytes) -> bytes:
    """One server-sent event with a name."""
    return b"event: " + name.encode() + b"\ndata: " + payload + b"\n\n"


Chunk = Mapping[str, Any]  # a chunk object of chat, decoded

"""The providers' own clients, doing what the adapters do, a module each and with no connection.

Measured is what a client makes of parameters (the body that it would send) and of the bytes that come back.
Its transport, retries, headers and addresses are left out, though our side has the last two. Where a client
reads a stream from its transport's response, it is given one that holds the pieces.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

# Dialect → (the client's package, the module here that runs it, which of its clients).
CLIENTS = {
    "openai": ("openai", "openai_client", "chat"),
    "responses": ("openai", "openai_client", "responses"),
    "completions": ("openai", "openai_client", "completions"),
    "anthropic": ("anthropic", "anthropic_client", "chat"),
    "gemini": ("google.genai", "google_client", "gemini"),
    "vertex": ("google.genai", "google_client", "vertex"),
    "bedrock": ("botocore", "aws_client", "converse"),
    "mistral": ("mistralai", "mistral_client", "chat"),
    "cohere": ("cohere", "cohere_client", "chat"),
    "ollama": ("ollama", "ollama_client", "chat"),
}


@dataclass(frozen=True, slots=True)
class Client:
    """`prepare` makes the body of a request, `whole` reads an answer, `stream` reads the pieces of a stream
    to their end and counts what they gave, `embeddings` reads vectors where the client has them."""

    prepare: Callable[[], object]
    whole: Callable[[bytes], object]
    stream: Callable[[list[bytes]], int]
    embeddings: Callable[[bytes], object] | None = None


class Body:
    """What a client's stream reads of its transport's response."""

    request = None

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces
        self.headers: Mapping[str, str] = {"content-type": "text/event-stream"}

    def iter_bytes(self) -> Iterator[bytes]:
        return iter(self._pieces)

    def stream(self) -> Iterator[bytes]:
        return iter(self._pieces)

    def close(self) -> None:
        return


def client(dialect: str, asked: Mapping[str, Any]) -> Client | None:
    """The client of a dialect's provider, to be asked what `asked` says; None where it is not installed."""
    package, module, kind = CLIENTS[dialect]
    if not installed(package):
        return None
    made: Client = getattr(import_module(f"bench.clients.{module}"), kind)(asked)
    return made


def installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:  # no parent of the name
        return False

"""The providers' own clients, reading the bytes that the adapters read: parsing alone, with no connection.

`reader(dialect)` answers (read a whole answer, read a stream to its end), or None where the client is not
installed or is no reader of this kind.
"""

import json
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

from bench.adapter_bytes import Answer

Reader = tuple[str, Callable[[Answer], object], Callable[[Answer], int]]
CLIENTS = {
    "openai": "openai",
    "responses": "openai",
    "completions": "openai",
    "anthropic": "anthropic",
    "gemini": "google.genai",
    "vertex": "google.genai",
    "bedrock": "botocore",
    "mistral": "mistralai",
    "cohere": "cohere",
    "ollama": "ollama",
}


class _Body:
    """What a client's stream reads of a response: pieces of bytes."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces
        self.headers: dict[str, str] = {}
        self.request = None

    def iter_bytes(self) -> Iterator[bytes]:
        return iter(self._pieces)

    def close(self) -> None:
        return


def reader(dialect: str) -> Reader | None:
    package = CLIENTS[dialect]
    made = _READERS.get(dialect)
    if made is None or not installed(package):
        return None
    whole, stream = made()
    return package, whole, stream


def installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:  # no parent of the name
        return False


def _typed(client: Any, stream: Any, answer: Any, chunk: Any) -> Any:
    def read_whole(given: Answer) -> object:
        return answer.construct(**json.loads(given.whole))

    def read_stream(given: Answer) -> int:
        return sum(1 for _ in stream(cast_to=chunk, response=_Body(given.stream), client=client))

    return read_whole, read_stream


def _openai_chat() -> Any:
    from openai import OpenAI, Stream
    from openai.types.chat import ChatCompletion, ChatCompletionChunk

    return _typed(OpenAI(api_key="none"), Stream, ChatCompletion, ChatCompletionChunk)


def _openai_responses() -> Any:
    from openai import OpenAI, Stream
    from openai.types.responses import Response, ResponseStreamEvent

    return _typed(OpenAI(api_key="none"), Stream, Response, ResponseStreamEvent)


def _openai_completions() -> Any:
    from openai import OpenAI, Stream
    from openai.types import Completion

    return _typed(OpenAI(api_key="none"), Stream, Completion, Completion)


def _anthropic() -> Any:
    from anthropic import Anthropic, Stream
    from anthropic.types import Message, RawMessageStreamEvent

    return _typed(Anthropic(api_key="none"), Stream, Message, RawMessageStreamEvent)


def _gemini() -> Any:
    """As `generate_content` reads an answer: to a dict, renamed, then to types."""
    from google.genai import models
    from google.genai.types import GenerateContentResponse

    def read(said: bytes) -> object:
        renamed = models._GenerateContentResponse_from_mldev(json.loads(said))
        return GenerateContentResponse._from_response(response=renamed, kwargs={"config": {}})

    def read_stream(given: Answer) -> int:
        return len([read(event.removeprefix(b"data: ")) for event in given.stream])

    return lambda given: read(given.whole), read_stream


def _bedrock() -> Any:
    from botocore.eventstream import EventStream
    from botocore.parsers import create_parser
    from botocore.session import get_session

    model = get_session().get_service_model("bedrock-runtime")
    parser = create_parser("rest-json")
    whole = model.operation_model("Converse").output_shape
    events = model.operation_model("ConverseStream").output_shape.members["stream"]

    def read_whole(given: Answer) -> object:
        return parser.parse({"status_code": 200, "headers": {}, "body": given.whole}, whole)

    def read_stream(given: Answer) -> int:
        source = _Frames(given.stream)
        made = create_parser("rest-json")._event_stream_parser
        return sum(1 for _ in EventStream(source, events, made, "ConverseStream"))

    return read_whole, read_stream


class _Frames:
    """What botocore's stream reads of a response."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces

    def stream(self) -> Iterator[bytes]:
        return iter(self._pieces)


_READERS: dict[str, Callable[[], Any]] = {
    "openai": _openai_chat,
    "responses": _openai_responses,
    "completions": _openai_completions,
    "anthropic": _anthropic,
    "gemini": _gemini,
    "vertex": _gemini,
    "bedrock": _bedrock,
}

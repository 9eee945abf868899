"""Cohere's chat, version 2."""

from collections.abc import Mapping
from typing import Any

from routing.adapters.cohere_answer import completion
from routing.adapters.cohere_request import translate
from routing.adapters.cohere_stream import CohereStream
from routing.adapters.contract import (
    Adapter,
    Completion,
    PreparedRequest,
    ProviderError,
    StreamParser,
    Target,
)
from routing.adapters.openai_errors import error_from, parse_error
from routing.adapters.posting import posted
from routing.adapters.whole import read_whole

QUIRKS: dict[str, str] = {}
INVALID_TOKEN = 498  # Cohere's own status for a key that it does not know


class Cohere:
    """The dialect `cohere`. An error is `{"id", "message"}`."""

    name = "cohere"

    def prepare(self, request: Mapping[str, Any], target: Target, *, stream: bool) -> PreparedRequest:
        body, unsupported = translate(request, target, stream=stream)
        return asked(target, "chat", body, unsupported, stream=stream)

    def parse(self, status: int, headers: Mapping[str, str], body: bytes) -> Completion:
        if not 200 <= status < 300:
            raise self.parse_error(status, headers, body)
        return read_whole(
            status,
            headers,
            body,
            is_answer=lambda answer: isinstance(answer.get("message"), dict),
            read=completion,
            error_from=error_from,
        )

    def parse_error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        error = parse_error(status, headers, body)
        if status == INVALID_TOKEN:
            error.kind, error.retryable = "authentication", False
        return error

    def stream(self) -> StreamParser:
        return CohereStream()


def asked(
    target: Target,
    method: str,
    body: Mapping[str, Any],
    unsupported: tuple[str, ...] = (),
    *,
    stream: bool = False,
) -> PreparedRequest:
    url = target.base_url.rstrip("/").removesuffix("/v2") + f"/v2/{method}"
    accept = "text/event-stream" if stream else "application/json"
    return posted(target, url, body, unsupported, accept=accept)


DIALECT: Adapter = Cohere()

"""Cohere's chat, version 2."""

from collections.abc import Mapping
from typing import Any

import msgspec

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
from routing.adapters.failures import request_id, unreadable
from routing.adapters.openai_errors import error_from, parse_error
from routing.adapters.posting import posted

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
        try:
            answer = msgspec.json.decode(body)
            if not isinstance(answer, dict) or not isinstance(answer.get("message"), dict):
                raise error_from(status, headers, answer) or unreadable(status, headers, body)
            return completion(answer, request_id(headers))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise unreadable(status, headers, body) from None
        except (KeyError, TypeError, AttributeError, ValueError):
            raise unreadable(status, headers, body) from None

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

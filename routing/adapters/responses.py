"""OpenAI's Responses API, used without state: every request carries its conversation, and nothing is kept.

Spoken by OpenAI, Azure OpenAI and some others. `base_url` ends before `/responses`.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from routing.adapters.contract import (
    Adapter,
    Completion,
    PreparedRequest,
    ProviderError,
    StreamParser,
    Target,
)
from routing.adapters.openai_endpoint import CREDENTIAL_QUIRKS, headers_for, url_for
from routing.adapters.openai_errors import error_from, parse_error
from routing.adapters.responses_answer import FINISHED, completion
from routing.adapters.responses_request import translate
from routing.adapters.responses_stream import ResponsesStream
from routing.adapters.whole import read_whole

QUIRKS = CREDENTIAL_QUIRKS


class Responses:
    """The dialect `responses`. Errors are those of chat."""

    name = "responses"

    def prepare(self, request: Mapping[str, Any], target: Target, *, stream: bool) -> PreparedRequest:
        body, unsupported = translate(request, target, stream=stream)
        headers = headers_for(target, stream=stream)
        return PreparedRequest(
            "POST", url_for(target, "/responses"), headers, msgspec.json.encode(body), unsupported
        )

    def parse(self, status: int, headers: Mapping[str, str], body: bytes) -> Completion:
        if not 200 <= status < 300:
            raise parse_error(status, headers, body)
        return read_whole(status, headers, body, is_answer=_is_answer, read=completion, error_from=error_from)

    def parse_error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        return parse_error(status, headers, body)

    def stream(self) -> StreamParser:
        return ResponsesStream()


def _is_answer(answer: Mapping[str, Any]) -> bool:
    return not answer.get("error") and answer.get("status") in FINISHED


DIALECT: Adapter = Responses()

"""Anthropic's Messages API."""

from collections.abc import Mapping
from typing import Any

import msgspec

from routing.adapters.anthropic_answer import completion
from routing.adapters.anthropic_endpoint import headers_for, url_of
from routing.adapters.anthropic_request import translate
from routing.adapters.anthropic_stream import AnthropicStream
from routing.adapters.contract import (
    Adapter,
    Completion,
    PreparedRequest,
    ProviderError,
    StreamParser,
    Target,
)
from routing.adapters.openai_errors import error_from, parse_error
from routing.adapters.whole import read_whole

QUIRKS = {
    "thinking_budget": "thinks by a budget of tokens (before Claude 4.6)",
    "no_structured_outputs": "has no `output_config.format` (before Claude 4.5)",
    "no_sampling": "refuses temperature and top_p (Claude 4.7 and later)",
    "bearer": "takes the credential as a bearer token (gateways, OAuth)",
}


class Anthropic:
    """The dialect `anthropic`. Errors have the same envelope as OpenAI's, with kinds of their own."""

    name = "anthropic"

    def prepare(self, request: Mapping[str, Any], target: Target, *, stream: bool) -> PreparedRequest:
        body, unsupported = translate(request, target, stream=stream)
        headers = headers_for(target, stream=stream)
        return PreparedRequest(
            "POST", url_of(target.base_url), headers, msgspec.json.encode(body), unsupported
        )

    def parse(self, status: int, headers: Mapping[str, str], body: bytes) -> Completion:
        if not 200 <= status < 300:
            raise parse_error(status, headers, body)
        return read_whole(
            status,
            headers,
            body,
            is_answer=lambda answer: "content" in answer,
            read=completion,
            error_from=error_from,
        )

    def parse_error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        return parse_error(status, headers, body)

    def stream(self) -> StreamParser:
        return AnthropicStream()


DIALECT: Adapter = Anthropic()

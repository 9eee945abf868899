"""Mistral's own API. Its answers are OpenAI's, with parts that the dialect `openai` reads; its requests are
not: what it does not know it refuses, and ids of calls have nine characters."""

from collections.abc import Mapping
from typing import Any

import msgspec

from routing.adapters import openai
from routing.adapters.contract import (
    Adapter,
    Completion,
    PreparedRequest,
    ProviderError,
    StreamParser,
    Target,
)
from routing.adapters.mistral_request import translate
from routing.adapters.openai_endpoint import CREDENTIAL_QUIRKS, headers_for, url_for

QUIRKS = {"api_key_header": CREDENTIAL_QUIRKS["api_key_header"]}


class Mistral:
    """The dialect `mistral`."""

    name = "mistral"

    def prepare(self, request: Mapping[str, Any], target: Target, *, stream: bool) -> PreparedRequest:
        body, unsupported = translate(request, target, stream=stream)
        headers = headers_for(target, stream=stream)
        url = url_for(target, "/chat/completions")
        return PreparedRequest("POST", url, headers, msgspec.json.encode(body), unsupported)

    def parse(self, status: int, headers: Mapping[str, str], body: bytes) -> Completion:
        return openai.DIALECT.parse(status, headers, body)

    def parse_error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        return openai.DIALECT.parse_error(status, headers, body)

    def stream(self) -> StreamParser:
        return openai.DIALECT.stream()


DIALECT: Adapter = Mistral()

"""Gemini's generateContent and streamGenerateContent.

`base_url` ends before `/models/`: `https://generativelanguage.googleapis.com/v1beta`.
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
    Usage,
)
from routing.adapters.failures import request_id, unreadable
from routing.adapters.gemini_answer import Candidates, merged
from routing.adapters.gemini_errors import parse_error
from routing.adapters.gemini_request import translate
from routing.adapters.gemini_stream import UNDECODABLE, UNREADABLE, GeminiStream, read_step
from routing.adapters.posting import in_path

QUIRKS = {"bearer": "takes the credential as a bearer token (OAuth)"}
_decode = msgspec.json.Decoder().decode


class Gemini:
    """The dialect `gemini`."""

    name = "gemini"

    def prepare(self, request: Mapping[str, Any], target: Target, *, stream: bool) -> PreparedRequest:
        body, unsupported = translate(request, target)
        return prepared(target, body, unsupported, stream=stream, bearer=by_bearer(target))

    def parse(self, status: int, headers: Mapping[str, str], body: bytes) -> Completion:
        if not 200 <= status < 300:
            raise self.parse_error(status, headers, body)
        try:
            answer = _decode(body)
        except UNDECODABLE:
            raise unreadable(status, headers, body) from None
        # A stream that was not asked for as events comes as an array of steps.
        steps = answer if isinstance(answer, list) else [answer]
        candidates = Candidates(whole=not isinstance(answer, list))
        try:
            choices = merged(
                [choice for step in steps for choice in read_step(candidates, step, status, headers)]
            )
        except UNREADABLE:
            raise unreadable(status, headers, body) from None
        if not candidates.finished:
            raise unreadable(status, headers, body)
        usage = candidates.usage or Usage()
        return Completion(
            choices, usage, candidates.model, candidates.response_id, request_id=request_id(headers)
        )

    def parse_error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        return parse_error(status, headers, body)

    def stream(self) -> StreamParser:
        return GeminiStream()


def by_bearer(target: Target) -> bool:
    return "bearer" in target.quirks


def prepared(
    target: Target, body: Mapping[str, Any], unsupported: tuple[str, ...], *, stream: bool, bearer: bool
) -> PreparedRequest:
    method = "streamGenerateContent?alt=sse" if stream else "generateContent"
    accept = "text/event-stream" if stream else "application/json"
    return asked(target, method, body, unsupported, bearer=bearer, accept=accept)


def asked(
    target: Target,
    method: str,
    body: Mapping[str, Any],
    unsupported: tuple[str, ...] = (),
    *,
    bearer: bool,
    accept: str = "application/json",
) -> PreparedRequest:
    """A call of one of the model's methods."""
    headers = headers_for(target, bearer=bearer, accept=accept)
    url = f"{target.base_url.rstrip('/')}/models/{in_path(target.upstream_id)}:{method}"
    return PreparedRequest("POST", url, headers, msgspec.json.encode(body), unsupported)


def headers_for(
    target: Target, *, bearer: bool, accept: str = "application/json", content_type: str = "application/json"
) -> dict[str, str]:
    headers = {"content-type": content_type, "accept": accept}
    if target.api_key and bearer:
        headers["authorization"] = f"Bearer {target.api_key}"
    elif target.api_key:
        headers["x-goog-api-key"] = target.api_key
    return headers


DIALECT: Adapter = Gemini()

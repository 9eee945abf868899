"""OpenAI's chat completions, as OpenAI and very many others speak it: any base URL.

The application's request passes as it was written. Set here are the model, the cap on output, and for a
stream the request for usage, without which an answer could not be paid.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

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
from routing.adapters.failures import unreadable
from routing.adapters.fields import output_cap
from routing.adapters.openai_answer import normal_choice, read_usage
from routing.adapters.openai_errors import error_from, parse_error
from routing.adapters.openai_stream import OpenAIStream

QUIRKS = {
    "max_tokens": "takes the cap on output as `max_tokens` alone (Mistral, older servers)",
    "max_completion_tokens": "takes the cap on output as `max_completion_tokens` alone (OpenAI's o-series)",
    "no_stream_options": "refuses `stream_options`; sends usage in a stream unasked, or never",
    "api_key_header": "takes the credential as `api-key` (Azure OpenAI's older API)",
}
_SET_HERE = frozenset(("model", "stream", "stream_options", "max_tokens", "max_completion_tokens"))
_NOT_EXTRA = frozenset(("id", "object", "created", "model", "choices", "usage", "system_fingerprint"))
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class OpenAI:
    """The dialect `openai`."""

    name = "openai"

    def prepare(self, request: Mapping[str, Any], target: Target, *, stream: bool) -> PreparedRequest:
        body: dict[str, Any] = {"model": target.upstream_id}
        body.update((name, value) for name, value in request.items() if name not in _SET_HERE)
        body[_cap_name(request, target)] = output_cap(request, target.max_output_tokens)
        if stream:
            body["stream"] = True
            if "no_stream_options" not in target.quirks:
                body["stream_options"] = {**(request.get("stream_options") or {}), "include_usage": True}
        headers = {
            "content-type": "application/json",
            "accept": "text/event-stream" if stream else "application/json",
        }
        if target.api_key and "api_key_header" in target.quirks:
            headers["api-key"] = target.api_key
        elif target.api_key:
            headers["authorization"] = f"Bearer {target.api_key}"
        return PreparedRequest("POST", _url(target.base_url), headers, _encode(body))

    def parse(self, status: int, headers: Mapping[str, str], body: bytes) -> Completion:
        if not 200 <= status < 300:
            raise parse_error(status, headers, body)
        try:
            answer = _decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise unreadable(status, headers, body) from None
        return _completion(status, headers, body, answer)

    def parse_error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        return parse_error(status, headers, body)

    def stream(self) -> StreamParser:
        return OpenAIStream()


def _completion(status: int, headers: Mapping[str, str], body: bytes, answer: Any) -> Completion:
    if not isinstance(answer, dict) or answer.get("error") or not answer.get("choices"):
        raise error_from(status, headers, answer) or unreadable(status, headers, body)
    try:
        choices = tuple(normal_choice(choice, place) for place, choice in enumerate(answer["choices"]))
    except (TypeError, KeyError, AttributeError, ValueError):
        raise unreadable(status, headers, body) from None
    return Completion(
        choices=choices,
        usage=read_usage(answer.get("usage")) or Usage(),
        reported_model=str(answer.get("model") or ""),
        response_id=str(answer.get("id") or ""),
        fingerprint=answer.get("system_fingerprint"),
        extra={name: value for name, value in answer.items() if name not in _NOT_EXTRA},
    )


def _cap_name(request: Mapping[str, Any], target: Target) -> str:
    """The application's own word for the cap, unless the endpoint knows only one of the two."""
    for name in ("max_tokens", "max_completion_tokens"):
        if name in target.quirks:
            return name
    asked = request.get("max_completion_tokens") is None and request.get("max_tokens") is not None
    return "max_tokens" if asked else "max_completion_tokens"


def _url(base_url: str) -> str:
    """`base_url` with the method's path; a query in it (Azure's `api-version`) stays."""
    if "?" not in base_url:
        return base_url.rstrip("/") + "/chat/completions"
    parts = urlsplit(base_url)
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") + "/chat/completions"))


DIALECT: Adapter = OpenAI()

"""OpenAI's legacy completions, for models that only go on with a text: base models, and old servers.

One message of the user's is the prompt. A conversation has no place here, so every other message is listed;
where a policy only warns, all texts are sent as one. Answers are read as OpenAI's of chat are.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from routing.adapters.completions_answer import CompletionsStream, completion_of
from routing.adapters.contract import (
    Adapter,
    Completion,
    PreparedRequest,
    ProviderError,
    StreamParser,
    Target,
)
from routing.adapters.failures import request_id, unreadable
from routing.adapters.fields import end_user, goes_unsaid, output_cap, said_twice, text_of
from routing.adapters.openai_endpoint import CREDENTIAL_QUIRKS, DEPLOYMENT_PATH, headers_for, url_for
from routing.adapters.openai_errors import error_from, parse_error
from routing.adapters.steering import take_out_steering

NO_STREAM_OPTIONS = "no_stream_options"
QUIRKS = {
    **CREDENTIAL_QUIRKS,
    DEPLOYMENT_PATH: "names the model in its path, after `/deployments/` (Azure)",
    NO_STREAM_OPTIONS: "refuses `stream_options`; sends usage in a stream unasked, or never",
}
_SET_HERE = frozenset(
    (
        *("model", "messages", "stream", "stream_options", "max_tokens", "max_completion_tokens"),
        *("logprobs", "top_logprobs", "user", "safety_identifier"),
    )
)
# Fields of chat that have no place beside a prompt; others pass, as they do in chat.
_OF_CHAT = frozenset(
    (
        *("tools", "tool_choice", "parallel_tool_calls", "functions", "function_call", "response_format"),
        *("reasoning_effort", "reasoning", "modalities", "audio", "prediction", "verbosity", "store"),
        *("web_search_options", "metadata", "service_tier", "prompt_cache_key", "prompt_cache_retention"),
        *("thinking", "output_config"),
    )
)
_NOT_PASSED = _SET_HERE | _OF_CHAT
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class Completions:
    """The dialect `completions`."""

    name = "completions"

    def prepare(self, request: Mapping[str, Any], target: Target, *, stream: bool) -> PreparedRequest:
        prompt, refused = _prompt(request["messages"])
        body = {name: value for name, value in request.items() if name not in _NOT_PASSED}
        body["model"] = target.upstream_id
        body["prompt"] = prompt
        body["max_tokens"] = output_cap(request, target.max_output_tokens)
        if request.get("logprobs"):
            body["logprobs"] = request.get("top_logprobs") or 0
        if end_user(request):
            body["user"] = end_user(request)
        if stream:
            body["stream"] = True
            if NO_STREAM_OPTIONS not in target.quirks:
                body["stream_options"] = {**(request.get("stream_options") or {}), "include_usage": True}
        headers = headers_for(target, stream=stream)
        unsupported = (*refused, *_left_out(request), *take_out_steering(body))
        return PreparedRequest("POST", url_for(target, "/completions"), headers, _encode(body), unsupported)

    def parse(self, status: int, headers: Mapping[str, str], body: bytes) -> Completion:
        if not 200 <= status < 300:
            raise parse_error(status, headers, body)
        try:
            answer = _decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise unreadable(status, headers, body) from None
        if not isinstance(answer, dict) or answer.get("error") or not answer.get("choices"):
            raise error_from(status, headers, answer) or unreadable(status, headers, body)
        try:
            return completion_of(answer, request_id(headers))
        except (TypeError, KeyError, AttributeError, ValueError):
            raise unreadable(status, headers, body) from None

    def parse_error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        return parse_error(status, headers, body)

    def stream(self) -> StreamParser:
        return CompletionsStream()


def _prompt(messages: list[Mapping[str, Any]]) -> tuple[str, list[str]]:
    """The text to go on with, and the paths of what can't be said by it."""
    refused = [
        f"messages[{place}]"
        for place, message in enumerate(messages)
        if len(messages) > 1 or message["role"] != "user" or message.get("name")
    ]
    for place, message in enumerate(messages):
        content = message.get("content")
        parts = content if isinstance(content, list) else ()
        refused += [
            f"messages[{place}].content[{position}]"
            for position, part in enumerate(parts)
            if part.get("type") != "text"
        ]
    return "\n\n".join(text_of(message.get("content")) for message in messages), refused


def _left_out(request: Mapping[str, Any]) -> list[str]:
    passed_over = said_twice(request)
    return [
        name
        for name, value in request.items()
        if name in _OF_CHAT and name not in passed_over and not goes_unsaid(name, value)
    ]


DIALECT: Adapter = Completions()

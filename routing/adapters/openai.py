"""OpenAI's chat completions, as OpenAI and very many others speak it: any base URL.

The application's request passes as it was written. Set here are the model, the cap on output (by the name
that the host understands, whichever the application used), and for a stream the request for usage, without
which an answer could not be paid.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from routing.adapters import openai_foreign, openai_operations, openai_refusals, thinking
from routing.adapters.contract import (
    Adapter,
    Completion,
    PreparedRequest,
    ProviderError,
    StreamParser,
    Target,
    Usage,
)
from routing.adapters.counts import word
from routing.adapters.failures import request_id, unreadable
from routing.adapters.fields import asks_nothing, output_cap, result_of, said_twice
from routing.adapters.openai_answer import normal_choice, read_usage
from routing.adapters.openai_endpoint import (
    AZURE_HOST,
    CREDENTIAL_QUIRKS,
    DEPLOYMENT_PATH,
    headers_for,
    is_at,
    url_for,
)
from routing.adapters.openai_errors import FAILED, choice_error, error_from, parse_error
from routing.adapters.openai_refusals import take_out
from routing.adapters.openai_stream import OpenAIStream
from routing.adapters.steering import take_out_steering
from routing.core import roles, telling

QUIRKS = {
    "max_tokens": "takes the cap on output as `max_tokens`",
    "max_completion_tokens": "takes the cap on output as `max_completion_tokens`",
    "no_stream_options": "refuses `stream_options`; sends usage in a stream unasked, or never",
    **CREDENTIAL_QUIRKS,
    DEPLOYMENT_PATH: "names the model in its path, after `/deployments/` (Azure)",
    "no_done": "ends its streams without `[DONE]`",
    **openai_refusals.QUIRKS,
    **openai_foreign.QUIRKS,
    **openai_operations.QUIRKS,
    **roles.QUIRKS,
    **telling.TOOL_QUIRKS,
    **thinking.QUIRKS,
}
_OF_ANSWERS = frozenset(("no_done", *thinking.QUIRKS))
# Who takes `max_completion_tokens` for every model. Elsewhere `max_tokens` is what all understand, and a name
# that is ignored would be a cap that is not kept.
_OPENAI_HOSTS = ("openai.com", AZURE_HOST)
_SET_HERE = frozenset(("model", "stream", "stream_options", "max_tokens", "max_completion_tokens"))
_NOT_EXTRA = frozenset(("id", "object", "created", "model", "choices", "usage", "system_fingerprint"))
_SWITCH = {"type": "enabled"}  # Anthropic's words have a budget, or are `adaptive`
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class OpenAI:
    """The dialect `openai`."""

    name = "openai"

    def __init__(self, quirks: frozenset[str] = frozenset()) -> None:
        """`quirks`: those of _OF_ANSWERS that the endpoint has."""
        self._quirks = quirks

    def prepare(self, request: Mapping[str, Any], target: Target, *, stream: bool) -> PreparedRequest:
        body: dict[str, Any] = {"model": target.upstream_id}
        passed_over = _passed_over(request)
        body.update((name, value) for name, value in request.items() if name not in passed_over)
        if asks_nothing("include", body.get("include")):
            body.pop("include", None)
        if any("is_error" in message for message in request["messages"]):
            body["messages"] = [_without_mark(message) for message in request["messages"]]
        body[_cap_name(target)] = output_cap(request, target.max_output_tokens)
        if stream:
            body["stream"] = True
            if "no_stream_options" not in target.quirks:
                body["stream_options"] = {**(request.get("stream_options") or {}), "include_usage": True}
        unsupported = take_out_steering(body)
        if target.quirks:
            unsupported += take_out(body, target.quirks)
        if body.pop("suffix", None):  # of a legacy completion: some would ignore it
            unsupported += ("suffix",)
        if openai_foreign.REASONING_BACK in target.quirks:
            openai_foreign.rename_reasoning(body)
        strict = openai_foreign.NO_THOUGHTS in target.quirks
        if strict:
            openai_foreign.take_out_empty(body)
        if strict or is_at(target.base_url, *_OPENAI_HOSTS):
            unsupported += openai_foreign.take_out_foreign(body)
        headers = headers_for(target, stream=stream)
        url = url_for(target, "/chat/completions")
        return PreparedRequest("POST", url, headers, _encode(body), unsupported)

    def parse(self, status: int, headers: Mapping[str, str], body: bytes) -> Completion:
        if not 200 <= status < 300:
            raise parse_error(status, headers, body)
        try:
            answer = _decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise unreadable(status, headers, body) from None
        completion = _completion(status, headers, body, answer)
        return completion if self._quirks.isdisjoint(thinking.QUIRKS) else self._split(completion)

    def parse_error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        return parse_error(status, headers, body)

    def stream(self) -> StreamParser:
        return OpenAIStream(needs_done="no_done" not in self._quirks, thoughts=self._thoughts)

    def _thoughts(self) -> thinking.Thoughts | None:
        return thinking.thoughts_of(self._quirks)

    def _split(self, completion: Completion) -> Completion:
        """The answer without the thoughts that are in its text."""
        for choice in completion.choices:
            thoughts = self._thoughts()
            if thoughts is not None:
                thinking.split_message(choice["message"], thoughts, last=True)
        return completion


def _completion(status: int, headers: Mapping[str, str], body: bytes, answer: Any) -> Completion:
    if not isinstance(answer, dict) or answer.get("error") or not answer.get("choices"):
        raise error_from(status, headers, answer) or unreadable(status, headers, body)
    try:
        for choice in answer["choices"]:
            if choice.get("finish_reason") == FAILED:
                raise choice_error(choice)
        return Completion(
            choices=tuple(normal_choice(choice, place) for place, choice in enumerate(answer["choices"])),
            usage=read_usage(answer.get("usage")) or Usage(),
            reported_model=word(answer.get("model")),
            response_id=word(answer.get("id")),
            fingerprint=word(answer.get("system_fingerprint")) or None,
            extra={name: value for name, value in answer.items() if name not in _NOT_EXTRA},
            request_id=request_id(headers),
        )
    except (TypeError, KeyError, AttributeError, ValueError):
        raise unreadable(status, headers, body) from None


def _passed_over(request: Mapping[str, Any]) -> frozenset[str]:
    """What is set here, and what only says the effort again; DeepSeek's and others' switch says more."""
    twice = said_twice(request)
    return _SET_HERE | (twice - {"thinking"} if request.get("thinking") == _SWITCH else twice)


def _without_mark(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """A result of a tool, whose failure is told in words."""
    if "is_error" not in message:
        return message
    rest = {name: value for name, value in message.items() if name != "is_error"}
    return {**rest, "content": result_of(message)}


def _cap_name(target: Target) -> str:
    for name in ("max_tokens", "max_completion_tokens"):
        if name in target.quirks:
            return name
    return "max_completion_tokens" if is_at(target.base_url, *_OPENAI_HOSTS) else "max_tokens"


DIALECT: Adapter = OpenAI()


def with_quirks(quirks: frozenset[str]) -> Adapter:
    """The dialect as an endpoint with `quirks` answers it."""
    return _answering(quirks & _OF_ANSWERS)


@lru_cache(maxsize=1 << len(_OF_ANSWERS))
def _answering(quirks: frozenset[str]) -> Adapter:
    return OpenAI(quirks)

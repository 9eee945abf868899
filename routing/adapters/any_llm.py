"""Providers that no dialect of ours speaks to, by way of any-llm (extra `any-llm`), which translates.

The model version's upstream id is `provider:model`, in any-llm's names. What is prepared here is no request
of HTTP but the call of the library, in OpenAI's words; routing.lane.library makes it, and gives its answer
back in OpenAI's form, so that it is read like any other. Fields that the library has no place for are listed;
what it leaves out itself for one of its providers can't be seen from here.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from routing.adapters import openai
from routing.adapters.contract import (
    LIBRARY,
    Adapter,
    Completion,
    PreparedRequest,
    ProviderError,
    StreamParser,
    Target,
)
from routing.adapters.fields import Fields, end_user, output_cap, result_of
from routing.adapters.openai_foreign import take_out_foreign

QUIRKS: dict[str, str] = {}
_TAKEN = (
    *("temperature", "top_p", "n", "stop", "seed", "presence_penalty", "frequency_penalty", "logit_bias"),
    *("tools", "tool_choice", "parallel_tool_calls", "response_format", "reasoning_effort"),
    *("logprobs", "top_logprobs", "prompt_cache_key", "service_tier"),
)
_encode = msgspec.json.Encoder().encode


class AnyLLM:
    """The dialect `any-llm`."""

    name = "any-llm"

    def prepare(self, request: Mapping[str, Any], target: Target, *, stream: bool) -> PreparedRequest:
        """Raises ProviderError where the upstream id names no provider."""
        provider, colon, model = target.upstream_id.partition(":")
        if not (provider and colon and model):
            message = "The upstream id must be `provider:model`, in any-llm's names."
            raise ProviderError(message, kind="not_found", retryable=False)
        fields = Fields(request)
        call: dict[str, Any] = {"messages": [_plain(message) for message in request["messages"]]}
        marks = take_out_foreign(call)
        given = ((name, fields.take(name)) for name in _TAKEN)
        call |= {name: value for name, value in given if value is not None}
        call["max_tokens"] = output_cap(request, target.max_output_tokens)
        call["stream"] = stream
        if end_user(request):
            call["user"] = end_user(request)
        body = _encode({"provider": provider, "model": model, **call})
        headers = {"authorization": f"Bearer {target.api_key}"} if target.api_key else {}
        unsupported = (*fields.unsupported(), *marks)
        return PreparedRequest(LIBRARY, target.base_url, headers, body, unsupported)

    def parse(self, status: int, headers: Mapping[str, str], body: bytes) -> Completion:
        return openai.DIALECT.parse(status, headers, body)

    def parse_error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        return openai.DIALECT.parse_error(status, headers, body)

    def stream(self) -> StreamParser:
        return openai.DIALECT.stream()


def _plain(message: Mapping[str, Any]) -> dict[str, Any]:
    """A message as OpenAI has it; a failed tool is told in words."""
    told = {name: value for name, value in message.items() if name != "is_error"}
    return {**told, "content": result_of(message)} if "is_error" in message else told


DIALECT: Adapter = AnyLLM()

"""OpenAI's Responses request as the chat request that the platform reads.

It is used without state: what leans on an earlier answer is refused (`state_not_kept`), and so are tools that
the provider would run. Fields that are not known pass on, as they do in chat.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from routing.adapters.fields import SEALED
from routing.api.other_words import refuse_tools
from routing.api.wire import refuse_invalid
from routing.errors import FieldUnsupported, InvalidRequest, StateWanted
from routing.surfaces.responses_items import messages, with_types
from routing.surfaces.responses_types import ResponsesRequest

_STATE = ("previous_response_id", "conversation", "background")
_KNOWN = frozenset(field.encode_name for field in msgspec.structs.fields(ResponsesRequest))
_AS_THEY_ARE = (
    *("model", "stream", "temperature", "top_p", "parallel_tool_calls", "metadata", "user"),
    *("safety_identifier", "stream_options", "service_tier", "signalbox"),
)
LOGPROBS = "message.output_text.logprobs"
# How many calls of tools that are not offered; and what may be left out, which the policy says.
_ASKS_NOTHING = frozenset(("max_tool_calls", "truncation"))


def chat_request(request: dict[str, Any]) -> dict[str, Any]:
    """The chat request that says the same. Raises InvalidRequest."""
    request = _checked(request)
    passed_over = _KNOWN | _ASKS_NOTHING
    chat = {name: value for name, value in request.items() if name not in passed_over}
    chat.update((name, request[name]) for name in _AS_THEY_ARE if name in request)
    chat["messages"] = _conversation(request)
    if "max_output_tokens" in request:
        chat["max_completion_tokens"] = request["max_output_tokens"]
    _tools(chat, request)
    _text(chat, request)
    _reasoning(chat, request)
    _include(chat, request)
    return chat


def _checked(request: dict[str, Any]) -> dict[str, Any]:
    for name in ("input", "model"):
        if name not in request and not (name == "input" and "prompt" in request):
            raise InvalidRequest(f"Missing required parameter: '{name}'.", name)
    for name in _STATE:
        if request.get(name):
            raise StateWanted(f"'{name}' leans on what is not kept: send the conversation as `input`.", name)
    if request.get("n", 1) != 1:
        raise FieldUnsupported("There is one answer to a request here.", "n")
    if isinstance(request.get("input"), list):
        request = {**request, "input": with_types(request["input"])}
    refuse_tools(request.get("tools"))
    try:
        msgspec.convert(request, ResponsesRequest)
    except msgspec.ValidationError as error:
        refuse_invalid(error)
    return request


def _conversation(request: Mapping[str, Any]) -> list[dict[str, Any]]:
    instructions = request.get("instructions")
    first = [{"role": "system", "content": instructions}] if instructions else []
    given = request.get("input") or []
    if isinstance(given, str):
        return [*first, {"role": "user", "content": given}]
    return [*first, *messages(given)]


def _tools(chat: dict[str, Any], request: Mapping[str, Any]) -> None:
    if request.get("tools"):
        chat["tools"] = [_tool(tool) for tool in request["tools"]]
    choice = request.get("tool_choice")
    if isinstance(choice, str):
        chat["tool_choice"] = choice
    elif choice and choice["type"] == "allowed_tools":
        allowed = {"mode": choice["mode"], "tools": [_named(tool) for tool in choice["tools"]]}
        chat["tool_choice"] = {"type": "allowed_tools", "allowed_tools": allowed}
    elif choice:
        chat["tool_choice"] = _named(choice)


def _tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    """How strict a function is, is left open where nothing is said. Grammars lie deeper in chat."""
    kind = tool["type"]
    inner = {name: value for name, value in tool.items() if name != "type" and value is not None}
    form = inner.get("format")
    if isinstance(form, Mapping) and form.get("type") == "grammar":
        grammar = {name: value for name, value in form.items() if name != "type"}
        inner["format"] = {"type": "grammar", "grammar": grammar}
    return {"type": kind, kind: inner}


def _named(tool: Mapping[str, Any]) -> dict[str, Any]:
    kind = str(tool.get("type"))
    return {"type": kind, kind: {"name": tool.get("name")}}


def _text(chat: dict[str, Any], request: Mapping[str, Any]) -> None:
    text = request.get("text") or {}
    wanted = text.get("format") or {}
    if wanted.get("type") == "json_schema":
        schema = {name: value for name, value in wanted.items() if name != "type" and value is not None}
        chat["response_format"] = {"type": "json_schema", "json_schema": schema}
    elif wanted.get("type") == "json_object":
        chat["response_format"] = {"type": "json_object"}
    if text.get("verbosity"):
        chat["verbosity"] = text["verbosity"]


def _reasoning(chat: dict[str, Any], request: Mapping[str, Any]) -> None:
    """How it is summed up is a wish to those who show summaries; elsewhere what is shown comes out anyway."""
    reasoning = {name: value for name, value in (request.get("reasoning") or {}).items() if value is not None}
    effort = reasoning.pop("effort", None)
    if effort is not None:
        chat["reasoning_effort"] = effort
    if reasoning:
        chat["reasoning"] = reasoning


def _include(chat: dict[str, Any], request: Mapping[str, Any]) -> None:
    """Thoughts are given with their seal where that or an effort is asked for, since nothing is kept here."""
    for place, name in enumerate(request.get("include") or ()):
        if name == LOGPROBS:
            chat["logprobs"] = True
        elif name == SEALED:
            chat["include"] = [SEALED]
        else:
            path = f"include[{place}]"
            raise FieldUnsupported(f"'{name}' can't be included: '{path}'.", path)
    if request.get("top_logprobs"):
        chat["logprobs"] = True
        chat["top_logprobs"] = request["top_logprobs"]

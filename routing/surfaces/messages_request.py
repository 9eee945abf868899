"""Anthropic's messages request as the chat request that the platform reads.

Where Anthropic's field says more than chat's, both travel: `thinking` and `output_config.effort` beside
`reasoning_effort`; each dialect takes those that it has. Fields that are not known pass on, as in chat.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from routing.adapters.claude_thinking import effort_said
from routing.api.wire import refuse_invalid
from routing.errors import FieldUnsupported, InvalidRequest
from routing.surfaces.messages_blocks import refuse_unknown_blocks, system_of, turns
from routing.surfaces.messages_types import CountRequest, MessagesRequest

_KNOWN = frozenset(field.encode_name for field in msgspec.structs.fields(MessagesRequest))
_AS_THEY_ARE = ("model", "stream", "temperature", "top_p", "top_k", "thinking", "cache_control", "signalbox")
_UNTOLD_OF_TOOLS = ("input_examples", "defer_loading", "allowed_callers")
_CHOICES = {"auto": "auto", "any": "required", "none": "none"}
_TIERS = {"auto": "auto", "standard_only": "default"}
SCHEMA_NAME = "answer"


def chat_request(request: dict[str, Any], *, only_count: bool = False) -> dict[str, Any]:
    """The chat request that says the same. Raises InvalidRequest."""
    _check(request, only_count=only_count)
    chat = {name: value for name, value in request.items() if name not in _KNOWN}
    chat.update((name, request[name]) for name in _AS_THEY_ARE if name in request)
    chat["messages"] = [*system_of(request.get("system")), *turns(request["messages"])]
    if "max_tokens" in request:
        chat["max_completion_tokens"] = request["max_tokens"]
    if request.get("stop_sequences"):
        chat["stop"] = request["stop_sequences"]
    if "service_tier" in request:
        chat["service_tier"] = _TIERS[request["service_tier"]]
    _tools(chat, request)
    _format(chat, request)
    _thinking(chat, request)
    _metadata(chat, request)
    return chat


def _check(request: dict[str, Any], *, only_count: bool) -> None:
    needed = ("messages", "model") if only_count else ("max_tokens", "messages", "model")
    for name in needed:
        if name not in request:
            raise InvalidRequest(f"{name}: Field required", name)
    if request.get("n", 1) != 1:
        raise FieldUnsupported("There is one answer to a request here.", "n")
    refuse_unknown_blocks(request["messages"])
    _refuse_tools(request.get("tools"))
    try:
        msgspec.convert(request, CountRequest if only_count else MessagesRequest)
    except msgspec.ValidationError as error:
        refuse_invalid(error)


def _refuse_tools(tools: Any) -> None:
    """Raises FieldUnsupported for tools that the application does not run, or not by its model alone."""
    for place, tool in enumerate(tools if isinstance(tools, list) else ()):
        if not isinstance(tool, dict):
            continue
        if tool.get("type") not in (None, "custom"):
            said = f"Only tools that the application runs are offered, none of the type '{tool['type']}'."
            raise FieldUnsupported(said, f"tools[{place}]")
        for name in _UNTOLD_OF_TOOLS:
            if tool.get(name) and tool[name] != ["direct"]:
                raise FieldUnsupported(
                    f"'tools[{place}].{name}' is not supported here.", f"tools[{place}].{name}"
                )


def _tools(chat: dict[str, Any], request: Mapping[str, Any]) -> None:
    if request.get("tools"):
        chat["tools"] = [_tool(tool) for tool in request["tools"]]
    choice = request.get("tool_choice")
    if not choice:
        return
    if choice["type"] == "tool":
        chat["tool_choice"] = {"type": "function", "function": {"name": choice["name"]}}
    else:
        chat["tool_choice"] = _CHOICES[choice["type"]]
    if choice.get("disable_parallel_tool_use"):
        chat["parallel_tool_calls"] = False


def _tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    function = {"name": tool["name"], "parameters": tool["input_schema"]}
    function.update((name, tool[name]) for name in ("description", "strict") if tool.get(name) is not None)
    declared: dict[str, Any] = {"type": "function", "function": function}
    if tool.get("cache_control"):
        declared["cache_control"] = tool["cache_control"]
    return declared


def _format(chat: dict[str, Any], request: Mapping[str, Any]) -> None:
    """`output_format` is what the field was called while it was a beta."""
    wanted = (request.get("output_config") or {}).get("format") or request.get("output_format")
    if wanted:
        schema = {"name": SCHEMA_NAME, "schema": wanted["schema"], "strict": True}
        chat["response_format"] = {"type": "json_schema", "json_schema": schema}


def _thinking(chat: dict[str, Any], request: Mapping[str, Any]) -> None:
    effort = (request.get("output_config") or {}).get("effort")
    if effort:
        chat["output_config"] = {"effort": effort}
    if request.get("thinking"):
        effort = effort or effort_said(request["thinking"])
    if effort:
        chat["reasoning_effort"] = effort


def _metadata(chat: dict[str, Any], request: Mapping[str, Any]) -> None:
    """`user_id` names the end user; what else is there is labels, of ours or of others."""
    metadata = dict(request.get("metadata") or {})
    user = metadata.pop("user_id", None)
    if user:
        chat["user"] = user
    if metadata:
        chat["metadata"] = metadata

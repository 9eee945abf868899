"""OpenAI's request as Ollama's own chat takes it."""

from collections.abc import Mapping
from typing import Any

from routing.adapters.contract import Target
from routing.adapters.fields import (
    FOREIGN,
    MARKS,
    Fields,
    listed,
    object_of,
    output_cap,
    result_of,
    speaker,
    split_data_uri,
    text_of,
)

_SAME_OPTIONS = (
    "temperature",
    "top_p",
    "top_k",
    "min_p",
    "seed",
    "presence_penalty",
    "frequency_penalty",
    "repeat_penalty",
)
_LEVELS = {"minimal": "low", "low": "low", "medium": "medium", "high": "high"}
_THINKS_BY_LEVEL = "gpt-oss"


def translate(
    request: Mapping[str, Any], target: Target, *, stream: bool
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """(Ollama's body, what could not be expressed).

    `truncate` and `shift` are off: a conversation that is too long is an error, where Ollama would leave out
    its beginning and say nothing.
    """
    fields = Fields(request)
    body: dict[str, Any] = {
        "model": target.upstream_id,
        "messages": _messages(request, fields),
        "stream": stream,
        "options": _options(request, target, fields),
        "truncate": False,
        "shift": False,
    }
    _tools(body, fields)
    _format(body, fields)
    _think(body, fields, target)
    if fields.take("logprobs"):
        body["logprobs"] = True
        top = fields.take("top_logprobs")
        if top:
            body["top_logprobs"] = top
    return body, fields.unsupported()


def _options(request: Mapping[str, Any], target: Target, fields: Fields) -> dict[str, Any]:
    options: dict[str, Any] = {"num_predict": output_cap(request, target.max_output_tokens)}
    for name in _SAME_OPTIONS:
        value = fields.take(name)
        if value is not None:
            options[name] = value
    stops = listed(fields.take("stop"))
    if stops:
        options["stop"] = stops
    return options


def _messages(request: Mapping[str, Any], fields: Fields) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    called: dict[str, str] = {}  # id of a call → name of its tool, which is how Ollama knows a result
    for position, message in enumerate(request["messages"]):
        path = f"messages[{position}]"
        role = message["role"]
        fields.refuse_given(message, path, *MARKS)
        if speaker(message):
            fields.refuse(f"{path}.name")
        match role:
            case "system" | "developer":
                messages.append({"role": "system", **_content(message["content"], path, fields)})
            case "user":
                messages.append({"role": "user", **_content(message["content"], path, fields)})
            case "assistant":
                messages.append(_assistant(message, path, fields, called))
            case "tool":
                result = {"role": "tool", **_content(result_of(message), path, fields)}
                call_id = message["tool_call_id"]
                result["tool_call_id"] = call_id
                if call_id in called:
                    result["tool_name"] = called[call_id]
                messages.append(result)
            case _:
                fields.refuse(path)
    return messages


def _content(content: Any, path: str, fields: Fields) -> dict[str, Any]:
    """Text in one piece, and the pictures beside it."""
    if isinstance(content, str):
        return {"content": content}
    images: list[str] = []
    for place, part in enumerate(content):
        where = f"{path}.content[{place}]"
        fields.refuse_given(part, where, *MARKS)
        if part["type"] == "image_url":
            images.extend(_image(part["image_url"], where, fields))
        elif part["type"] != "text":
            fields.refuse(where)
    said: dict[str, Any] = {"content": text_of([part for part in content if part["type"] == "text"])}
    if images:
        said["images"] = images
    return said


def _image(image: Mapping[str, Any], path: str, fields: Fields) -> list[str]:
    if image.get("detail") not in (None, "auto"):
        fields.refuse(f"{path}.image_url.detail")
    data = split_data_uri(image["url"])
    if data:
        return [data[1]]
    fields.refuse(f"{path}.image_url.url")  # Ollama fetches nothing
    return []


def _assistant(
    message: Mapping[str, Any], path: str, fields: Fields, called: dict[str, str]
) -> dict[str, Any]:
    fields.refuse_given(message, path, *FOREIGN)
    said: dict[str, Any] = {
        "role": "assistant",
        "content": text_of(message.get("content")) or str(message.get("refusal") or ""),
    }
    if message.get("reasoning_content"):
        said["thinking"] = message["reasoning_content"]
    calls = []
    for place, call in enumerate(message.get("tool_calls") or ()):
        if call["type"] != "function":
            fields.refuse(f"{path}.tool_calls[{place}]")
            continue
        function = call["function"]
        called[call["id"]] = function["name"]
        arguments = object_of(function["arguments"])
        calls.append({"id": call["id"], "function": {"name": function["name"], "arguments": arguments}})
    if calls:
        said["tool_calls"] = calls
    return said


def _tools(body: dict[str, Any], fields: Fields) -> None:
    """Ollama can't be made to call a tool, but what it is not told of it can't call."""
    declared = fields.take("tools")
    choice = fields.take("tool_choice")
    if not declared or choice == "none":
        return
    if choice is not None:
        fields.refuse("tool_choice")
    tools = []
    for place, tool in enumerate(declared):
        fields.refuse_given(tool, f"tools[{place}]", *MARKS)
        if tool["type"] != "function":
            fields.refuse(f"tools[{place}]")
            continue
        function = tool["function"]
        if function.get("strict"):
            fields.refuse(f"tools[{place}].function.strict")
        written = {name: function[name] for name in ("name", "description") if function.get(name)}
        written["parameters"] = function.get("parameters") or {"type": "object", "properties": {}}
        tools.append({"type": "function", "function": written})
    if tools:
        body["tools"] = tools


def _format(body: dict[str, Any], fields: Fields) -> None:
    """A grammar holds the model to the schema, or to JSON."""
    wanted = fields.take("response_format")
    if wanted:
        body["format"] = (wanted.get("json_schema") or {}).get("schema") or "json"


def _think(body: dict[str, Any], fields: Fields, target: Target) -> None:
    """Most models think or do not; gpt-oss does at one of three levels, and always."""
    effort = fields.take("reasoning_effort")
    if effort is None:
        return
    if _THINKS_BY_LEVEL not in target.upstream_id:
        body["think"] = effort != "none"
    elif effort in _LEVELS:
        body["think"] = _LEVELS[effort]
    else:
        fields.refuse("reasoning_effort")

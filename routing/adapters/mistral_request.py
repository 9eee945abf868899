"""OpenAI's request as Mistral takes it, which refuses what it does not know.

Most of it is the same. Different are a few names, the parts of messages, the ids of calls, and an answer that
is begun for the model.
"""

import re
from collections.abc import Mapping
from typing import Any

from routing.adapters.call_ids import fitting
from routing.adapters.contract import Target
from routing.adapters.fields import (
    FOREIGN,
    MARKS,
    Fields,
    output_cap,
    result_of,
    speaker,
    split_data_uri,
    text_of,
)

MAX_TEMPERATURE = 1.5
CALL_ID_CHARS = 9
_CALL_ID = re.compile(r"[a-zA-Z0-9]{9}")
_DETAILS = (None, "auto", "low", "high")
_AUDIO = frozenset(("wav", "mp3", "flac", "opus"))
_SAME = (
    "top_p",
    "top_k",
    "n",
    "stop",
    "presence_penalty",
    "frequency_penalty",
    "logprobs",
    "top_logprobs",
    "parallel_tool_calls",
    "response_format",
    "reasoning_effort",
    "prediction",
    "metadata",
    "prompt_cache_key",
    # Mistral's own.
    "min_tokens",
    "repetition_penalty",
    "prompt_mode",
    "safe_prompt",
    "guardrails",
)

Part = dict[str, Any]


def translate(
    request: Mapping[str, Any], target: Target, *, stream: bool
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """(Mistral's body, what could not be expressed). A stream brings its usage unasked."""
    fields = Fields(request)
    body: dict[str, Any] = {
        "model": target.upstream_id,
        "messages": _messages(request, fields),
        "max_tokens": output_cap(request, target.max_output_tokens),
    }
    if stream:
        body["stream"] = True
    for name in _SAME:
        value = fields.take(name)
        if value is not None:
            body[name] = value
    seed = fields.take("seed")
    if seed is not None:
        body["random_seed"] = seed
    temperature = fields.take("temperature")
    if temperature is not None and temperature > MAX_TEMPERATURE:
        fields.refuse("temperature")
    elif temperature is not None:
        body["temperature"] = temperature
    _tier(body, fields)
    _tools(body, fields)
    return body, fields.unsupported()


def _tier(body: dict[str, Any], fields: Fields) -> None:
    tier = fields.take("service_tier")
    if tier == "default":
        body["service_tier"] = "standard_only"
    elif tier is not None:
        fields.refuse("service_tier")


def _tools(body: dict[str, Any], fields: Fields) -> None:
    declared = fields.take("tools")
    choice = fields.take("tool_choice")
    if not declared:
        return
    tools: list[Part] = []
    for place, tool in enumerate(declared):
        fields.refuse_given(tool, f"tools[{place}]", *MARKS)
        if tool["type"] != "function":
            fields.refuse(f"tools[{place}]")
            continue
        said = tool["function"]
        function = {name: said[name] for name in ("name", "description", "strict") if said.get(name)}
        function["parameters"] = said.get("parameters") or {"type": "object", "properties": {}}
        tools.append({"type": "function", "function": function})
    if not tools:
        return
    body["tools"] = tools
    if isinstance(choice, Mapping) and choice["type"] != "function":
        fields.refuse("tool_choice")
    elif choice is not None:
        body["tool_choice"] = choice


def _messages(request: Mapping[str, Any], fields: Fields) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    for position, message in enumerate(request["messages"]):
        path = f"messages[{position}]"
        fields.refuse_given(message, path, *MARKS)
        if speaker(message):
            fields.refuse(f"{path}.name")
        match message["role"]:
            case "system" | "developer":
                messages.append({"role": "system", "content": _content(message["content"], path, fields)})
            case "user":
                messages.append({"role": "user", "content": _content(message["content"], path, fields)})
            case "assistant":
                messages.append(_assistant(message, path, fields))
            case "tool":
                call_id = _call_id(message["tool_call_id"])
                content = _content(result_of(message), path, fields)
                messages.append({"role": "tool", "tool_call_id": call_id, "content": content})
            case _:
                fields.refuse(path)
    if messages and messages[-1]["role"] == "assistant":
        messages[-1]["prefix"] = True  # the model goes on with it; unmarked, Mistral refuses it as the last
    return messages


def _content(content: Any, path: str, fields: Fields) -> Any:
    if isinstance(content, str):
        return content
    parts = [_part(part, f"{path}.content[{place}]", fields) for place, part in enumerate(content)]
    return [part for part in parts if part is not None]


def _part(part: Mapping[str, Any], path: str, fields: Fields) -> Part | None:
    fields.refuse_given(part, path, *MARKS)  # Mistral caches by itself
    match part["type"]:
        case "text":
            return {"type": "text", "text": part["text"]}
        case "image_url":
            image = {name: value for name, value in part["image_url"].items() if value is not None}
            if image.get("detail") not in _DETAILS:
                fields.refuse(f"{path}.image_url.detail")
                del image["detail"]
            return {"type": "image_url", "image_url": image}
        case "input_audio" if part["input_audio"]["format"] in _AUDIO:
            return {"type": "input_audio", "input_audio": part["input_audio"]["data"]}
        case "file":
            return _file(part["file"], path, fields)
    fields.refuse(path)
    return None


def _file(file: Mapping[str, Any], path: str, fields: Fields) -> Part | None:
    if file.get("file_id"):
        return {"type": "file", "file_id": file["file_id"]}
    data = str(file.get("file_data") or "")
    if not split_data_uri(data):
        fields.refuse(f"{path}.file")
        return None
    part: Part = {"type": "document_url", "document_url": data}
    if file.get("filename"):
        part["document_name"] = file["filename"]
    return part


def _assistant(message: Mapping[str, Any], path: str, fields: Fields) -> dict[str, Any]:
    """With its thoughts as a part, as they came."""
    fields.refuse_given(message, path, *FOREIGN)
    text = text_of(message.get("content")) or str(message.get("refusal") or "")
    said: dict[str, Any] = {"role": "assistant", "content": text}
    thought = message.get("reasoning_content")
    if thought:
        thinking = {"type": "thinking", "thinking": [{"type": "text", "text": thought}]}
        said["content"] = [thinking, {"type": "text", "text": text}] if text else [thinking]
    calls = []
    for place, call in enumerate(message.get("tool_calls") or ()):
        if call["type"] == "function":
            function = {name: call["function"][name] for name in ("name", "arguments")}
            calls.append({"id": _call_id(call["id"]), "type": "function", "function": function})
        else:
            fields.refuse(f"{path}.tool_calls[{place}]")
    if calls:
        said["tool_calls"] = calls
    return said


def _call_id(call_id: str) -> str:
    return fitting(call_id, _CALL_ID, CALL_ID_CHARS)

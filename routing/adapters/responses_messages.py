"""A conversation in the words of OpenAI's chat, as the items of its Responses API.

What a reasoning model thought comes back sealed (`reasoning_items`) in the message that it led to, and goes
back in front of it: without state at the provider that is the only way for it to think on after a tool.
"""

from collections.abc import Mapping
from typing import Any

from routing.adapters.fields import BREAKPOINT, FOREIGN, Fields, result_of, speaker, text_of
from routing.core.phases import pieces

Item = dict[str, Any]
_AUDIO_FORMATS = ("wav", "mp3")


def conversation(request: Mapping[str, Any], fields: Fields) -> list[Item]:
    items: list[Item] = []
    custom: set[str] = set()  # ids of calls of custom tools, whose results are items of another type
    for position, message in enumerate(request["messages"]):
        path = f"messages[{position}]"
        if speaker(message):
            fields.refuse(f"{path}.name")
        match message["role"]:
            case "system" | "developer" | "user":
                content = _content(message["content"], path, fields)
                items.append({"role": message["role"], "content": content})
            case "assistant":
                items.extend(_assistant(message, path, fields, custom))
            case "tool":
                items.append(_result(message, path, fields, custom))
            case _:
                fields.refuse(path)
    return items


def thinks(items: list[Item]) -> bool:
    """Whether the conversation holds thoughts that were sealed earlier."""
    return any(item.get("type") == "reasoning" for item in items)


def _content(content: Any, path: str, fields: Fields) -> Any:
    if isinstance(content, str):
        return content
    parts = [_part(part, f"{path}.content[{place}]", fields) for place, part in enumerate(content)]
    return [part for part in parts if part is not None]


def _part(part: Mapping[str, Any], path: str, fields: Fields) -> Item | None:
    if part.get("cache_control"):
        fields.refuse(f"{path}.cache_control")  # this provider caches by itself
    mark = {BREAKPOINT: part[BREAKPOINT]} if part.get(BREAKPOINT) else {}
    match part["type"]:
        case "text":
            return {"type": "input_text", "text": part["text"], **mark}
        case "image_url":
            image = part["image_url"]
            detail = {"detail": image["detail"]} if image.get("detail") else {}
            return {"type": "input_image", "image_url": image["url"], **detail, **mark}
        case "input_audio" if part["input_audio"]["format"] in _AUDIO_FORMATS:
            return {"type": "input_audio", "input_audio": part["input_audio"], **mark}
        case "file":
            file = part["file"]
            known = {name: file[name] for name in ("file_id", "filename", "file_data") if file.get(name)}
            return {"type": "input_file", **known, **mark}
    fields.refuse(path)
    return None


def _assistant(message: Mapping[str, Any], path: str, fields: Fields, custom: set[str]) -> list[Item]:
    items: list[Item] = [dict(item) for item in message.get("reasoning_items") or ()]
    text = text_of(message.get("content")) or str(message.get("refusal") or "")
    calls = message.get("tool_calls") or ()
    fields.refuse_given(message, path, *FOREIGN)
    if text or not (calls or items):
        for phase, said in pieces(text, message.get("phases")):
            marked = {"phase": phase} if phase else {}
            items.append({"role": "assistant", "content": said, **marked})
    for call in calls:
        items.append(_call(call))
        if call["type"] == "custom":
            custom.add(call["id"])
    return items


def _call(call: Mapping[str, Any]) -> Item:
    if call["type"] == "custom":
        made = call["custom"]
        return {
            "type": "custom_tool_call",
            "call_id": call["id"],
            "name": made["name"],
            "input": made["input"],
        }
    function = call["function"]
    return {
        "type": "function_call",
        "call_id": call["id"],
        "name": function["name"],
        "arguments": function["arguments"],
    }


def _result(message: Mapping[str, Any], path: str, fields: Fields, custom: set[str]) -> Item:
    call_id = message["tool_call_id"]
    kind = "custom_tool_call_output" if call_id in custom else "function_call_output"
    return {"type": kind, "call_id": call_id, "output": _content(result_of(message), path, fields)}

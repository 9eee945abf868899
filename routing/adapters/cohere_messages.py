"""A conversation in OpenAI's words, as Cohere's chat takes it."""

from collections.abc import Mapping
from typing import Any

from routing.adapters.fields import FOREIGN, MARKS, Fields, result_of, speaker, text_of


def conversation(request: Mapping[str, Any], fields: Fields, *, thinks: bool) -> list[dict[str, Any]]:
    """`thinks` says that the model can read thoughts of earlier turns."""
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
                messages.append(_assistant(message, path, fields, thinks))
            case "tool":
                content = _content(result_of(message), path, fields, pictures=False)
                messages.append({"role": "tool", "tool_call_id": message["tool_call_id"], "content": content})
            case _:
                fields.refuse(path)
    return messages


def _content(content: Any, path: str, fields: Fields, *, pictures: bool = True) -> Any:
    if isinstance(content, str):
        return content
    parts: list[dict[str, Any]] = []
    for place, part in enumerate(content):
        where = f"{path}.content[{place}]"
        fields.refuse_given(part, where, *MARKS)
        if part["type"] == "text":
            parts.append({"type": "text", "text": part["text"]})
        elif part["type"] == "image_url" and pictures:
            parts.append({"type": "image_url", "image_url": _image(part["image_url"], where, fields)})
        else:
            fields.refuse(where)
    return parts


def _image(image: Mapping[str, Any], path: str, fields: Fields) -> dict[str, Any]:
    detail = image.get("detail")
    if detail == "original":
        fields.refuse(f"{path}.image_url.detail")
        detail = None
    return {"url": image["url"], **({"detail": detail} if detail else {})}


def _assistant(message: Mapping[str, Any], path: str, fields: Fields, thinks: bool) -> dict[str, Any]:
    """With the plan and the thoughts that came with the calls, which Cohere wants back."""
    fields.refuse_given(message, path, *FOREIGN)
    said: dict[str, Any] = {"role": "assistant"}
    text = text_of(message.get("content")) or str(message.get("refusal") or "")
    thought = message.get("reasoning_content") if thinks else None
    if thought:
        said["content"] = [{"type": "thinking", "thinking": thought}]
        said["content"] += [{"type": "text", "text": text}] if text else []
    elif text:
        said["content"] = text
    if message.get("tool_plan"):
        said["tool_plan"] = message["tool_plan"]
    calls = []
    for place, call in enumerate(message.get("tool_calls") or ()):
        if call["type"] == "function":
            function = {name: call["function"][name] for name in ("name", "arguments")}
            calls.append({"id": call["id"], "type": "function", "function": function})
        else:
            fields.refuse(f"{path}.tool_calls[{place}]")
    if calls:
        said["tool_calls"] = calls
    elif "content" not in said:
        said["content"] = ""
    return said

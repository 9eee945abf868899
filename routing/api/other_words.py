"""What clients of OpenAI's family write otherwise than OpenAI, said in its words.

Looked at only where a request is not valid as it stands, so that others pay nothing for it. What is said here
has one meaning; anything else stays as it is, and is refused.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from routing.errors import FieldUnsupported

Object = dict[str, Any]
TOOLS = ("function", "custom")
MAX_SHOWN_CHARS = 64
PARTS = ("text", "image_url", "input_audio", "file", "refusal")


def respell(request: Object) -> bool:
    """Whether something of it, in place, is now in OpenAI's words."""
    return any([*_choices(request), *_tools(request), *_messages(request)])


def refuse_others(request: Object) -> None:
    """Raises FieldUnsupported for the first tool or part of a message of a kind that has no place here."""
    refuse_tools(request.get("tools"))
    for place, message in enumerate(_list(request.get("messages"))):
        content = message.get("content") if isinstance(message, dict) else None
        for position, part in enumerate(_list(content)):
            if kind := _other(part, PARTS):
                said = f"Content of the type '{kind}' is not taken."
                raise FieldUnsupported(said, f"messages[{place}].content[{position}]")


def refuse_tools(tools: Any) -> None:
    for place, tool in enumerate(_list(tools)):
        if kind := _other(tool, TOOLS):
            said = f"Only tools that the application runs are offered, none of the type '{kind}'."
            raise FieldUnsupported(said, f"tools[{place}]")


def _other(item: Any, kinds: tuple[str, ...]) -> str:
    """Of which kind `item` is, if of none of those; "" where it is no object that says its kind."""
    kind = item.get("type") if isinstance(item, dict) else None
    return kind[:MAX_SHOWN_CHARS] if isinstance(kind, str) and kind not in kinds else ""


def _choices(request: Object) -> Iterator[bool]:
    if request.get("tool_choice") == "any":  # Mistral
        request["tool_choice"] = "required"
        yield True
    if request.get("reasoning_effort") == "default":  # Groq: as the model would have it anyway
        del request["reasoning_effort"]
        yield True


def _tools(request: Object) -> Iterator[bool]:
    for tool in _objects(request.get("tools")):
        yield _typed(tool)


def _messages(request: Object) -> Iterator[bool]:
    for message in _objects(request.get("messages")):
        for part in _objects(message.get("content")):
            if part.get("type") == "image_url" and isinstance(part.get("image_url"), str):
                part["image_url"] = {"url": part["image_url"]}
                yield True
        if message.get("role") == "assistant":
            yield _thoughts(message)
            for call in _objects(message.get("tool_calls")):
                yield from (_typed(call), _arguments(call))


def _typed(item: Object) -> bool:
    """A tool, or a call of one, that leaves out that it is a function."""
    if "type" in item or not isinstance(item.get("function"), dict):
        return False
    item["type"] = "function"
    return True


def _arguments(call: Object) -> bool:
    """Left out for a tool that takes none, or the object that they are."""
    function = call.get("function")
    if not isinstance(function, dict) or isinstance(function.get("arguments"), str):
        return False
    given = {} if function.get("arguments") is None else function["arguments"]
    if not isinstance(given, dict):
        return False
    function["arguments"] = msgspec.json.encode(given).decode()
    return True


def _thoughts(message: Object) -> bool:
    """Mistral's thoughts, which are a part of the content."""
    parts = _objects(message.get("content"))
    thoughts = [part for part in parts if part.get("type") == "thinking"]
    if not thoughts:
        return False
    said = [text for thought in thoughts for text in _texts(thought.get("thinking"))]
    message["reasoning_content"] = "".join(said)
    message["content"] = [part for part in message["content"] if part not in thoughts] or None
    return True


def _texts(thinking: Any) -> list[str]:
    if isinstance(thinking, str):
        return [thinking]
    return [part["text"] for part in _objects(thinking) if isinstance(part.get("text"), str)]


def _objects(items: Any) -> list[Object]:
    return [item for item in _list(items) if isinstance(item, dict)]


def _list(items: Any) -> list[Any]:
    return items if isinstance(items, list) else []

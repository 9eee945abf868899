"""The items of a Responses conversation as messages of chat.

What the model said and did in one turn comes as several items that follow each other: a thought, a message,
calls. In chat they are one message, so that the results of its calls can follow it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from routing.adapters.fields import BREAKPOINT
from routing.core.phases import PHASES, listed
from routing.errors import FieldUnsupported, StateWanted
from routing.surfaces.seals import unpacked

Item = Mapping[str, Any]
Message = dict[str, Any]
_OUTPUTS = ("function_call_output", "custom_tool_call_output")
KNOWN = frozenset(("message", "function_call", "custom_tool_call", "reasoning", *_OUTPUTS))


def with_types(items: list[Any]) -> list[Any]:
    """The items, each with its type: a message may leave it out. Raises FieldUnsupported and StateWanted."""
    return [_with_type(item, f"input[{place}]") for place, item in enumerate(items)]


def _with_type(item: Any, path: str) -> Any:
    if not isinstance(item, dict):
        return item
    kind = item.get("type")
    if kind is None and "role" in item:
        return {**item, "type": "message"}
    if kind == "item_reference" or (kind is None and "id" in item):
        raise StateWanted(f"Items are not kept, so '{path}' can't refer to one: send it whole.", path)
    if isinstance(kind, str) and kind not in KNOWN:
        raise FieldUnsupported(f"Items of the type '{kind}' are not supported here: '{path}'.", path)
    return item


def messages(items: list[Item]) -> Iterator[Message]:
    """The conversation, already checked. Raises FieldUnsupported."""
    turn: list[Item] = []
    for place, item in enumerate(items):
        if item["type"] not in _OUTPUTS and item.get("role", "assistant") == "assistant":
            turn.append(item)
            continue
        yield from _assistant(turn)
        turn = []
        path = f"input[{place}]"
        if item["type"] in _OUTPUTS:
            content = _content(item["output"], f"{path}.output")
            yield {"role": "tool", "tool_call_id": item["call_id"], "content": content}
        else:
            yield {"role": item["role"], "content": _content(item["content"], f"{path}.content")}
    yield from _assistant(turn)


def _content(content: Any, path: str) -> Any:
    if isinstance(content, str):
        return content
    return [_marked(part, _part(part, f"{path}[{place}]")) for place, part in enumerate(content)]


def _marked(part: Item, message_part: Message) -> Message:
    """With the mark of where what is cached ends."""
    return {**message_part, BREAKPOINT: part[BREAKPOINT]} if part.get(BREAKPOINT) else message_part


def _part(part: Item, path: str) -> Message:
    match part["type"]:
        case "input_text" | "output_text":
            return {"type": "text", "text": part["text"]}
        case "input_image":
            detail = {"detail": part["detail"]} if part.get("detail") else {}
            return {"type": "image_url", "image_url": {"url": part["image_url"], **detail}}
        case "input_file":
            if part.get("file_url"):
                raise FieldUnsupported(f"Files are not fetched: send '{path}.file_data'.", f"{path}.file_url")
            known = {name: part[name] for name in ("file_id", "filename", "file_data") if part.get(name)}
            return {"type": "file", "file": known}
        case "input_audio":
            return {"type": "input_audio", "input_audio": part["input_audio"]}
    return {"type": "refusal", "refusal": part["refusal"]}


def _assistant(items: list[Item]) -> Iterator[Message]:
    """One message of what one turn said and did; or several, where nothing was called."""
    calls = any(item["type"] in ("function_call", "custom_tool_call") for item in items)
    turns = [items] if calls else _by_message(items)
    for turn in turns:
        yield _one(turn)


def _by_message(items: list[Item]) -> list[list[Item]]:
    """Each message with the thoughts before it."""
    turns: list[list[Item]] = []
    last: list[Item] = []
    for item in items:
        last.append(item)
        if item["type"] == "message":
            turns.append(last)
            last = []
    return [*turns, last] if last else turns


def _one(items: list[Item]) -> Message:
    parts: list[Message] = []
    further: dict[str, list[Any]] = {"thinking_blocks": [], "reasoning_items": [], "tool_calls": []}
    thoughts: list[str] = []
    said: list[tuple[str, str]] = []
    for item in items:
        match item["type"]:
            case "message":
                content = _content(item["content"], "content")
                more = [{"type": "text", "text": content}] if isinstance(content, str) else content
                said.append((item.get("phase") or "", "".join(_words(part) for part in more)))
                parts += more
            case "reasoning":
                _think(item, further, thoughts)
            case _:
                further["tool_calls"].append(_call(item))
    message: Message = {"role": "assistant", "content": _plain(parts)}
    if thoughts:
        message["reasoning_content"] = "\n\n".join(thoughts)
    further[PHASES] = listed(said, apart=True)
    message.update((name, found) for name, found in further.items() if found)
    return message


def _words(part: Message) -> str:
    return str(part.get("text") or part.get("refusal") or "")


def _plain(parts: list[Message]) -> Any:
    """One text is its own content; a turn that only acted has none."""
    if len(parts) == 1 and parts[0]["type"] == "text" and BREAKPOINT not in parts[0]:
        return parts[0]["text"]
    return parts or None


def _think(item: Item, further: dict[str, list[Any]], thoughts: list[str]) -> None:
    """A thought as its provider sealed it; one without a seal is only its words."""
    sealed = item.get("encrypted_content") or ""
    seal = unpacked(sealed)
    if seal is not None:
        for name, found in seal.items():
            further[name].append(found)
    elif sealed:
        kept = {name: value for name, value in item.items() if name != "status" and value is not None}
        further["reasoning_items"].append(kept)
    else:
        pieces = item.get("summary") or item.get("content") or ()
        thoughts += [piece["text"] for piece in pieces if piece["text"]]


def _call(item: Item) -> Message:
    if item["type"] == "custom_tool_call":
        made = {"name": item["name"], "input": item["input"]}
        return {"id": item["call_id"], "type": "custom", "custom": made}
    function = {"name": item["name"], "arguments": item["arguments"]}
    call: Message = {"id": item["call_id"], "type": "function", "function": function}
    if item.get("extra_content"):
        call["extra_content"] = item["extra_content"]
    return call

"""Anthropic's turns as messages of chat.

Results of tools, which Anthropic puts into the user's turn, become messages of their own, in their order.
What was thought travels in the message that it led to, sealed as it came. Marks for a cache stay on the part,
call or tool that has them.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from routing.errors import FieldUnsupported
from routing.surfaces.seals import unpacked

Message = dict[str, Any]
_encode = msgspec.json.Encoder().encode
# What a block may hold beside that no other provider could be told.
_UNTOLD = {"text": ("citations",), "image": ("transformations",), "document": ("context", "citations")}
_SOURCES = {"image": ("base64", "url"), "document": ("base64", "text", "file")}
_IN_RESULTS = ("text", "image", "document")
_KINDS = {
    "user": ("text", "image", "document", "tool_result"),
    "assistant": ("text", "tool_use", "thinking", "redacted_thinking"),
    "system": ("text",),
}


def refuse_unknown_blocks(messages: Any) -> None:
    """Raises FieldUnsupported for blocks, and what they hold beside, that no other provider could be told."""
    for turn, message in enumerate(messages if isinstance(messages, list) else ()):
        if not isinstance(message, dict) or not isinstance(message.get("content"), list):
            continue
        known = _KINDS.get(str(message.get("role")), ())
        for place, block in enumerate(message["content"]):
            kind = block.get("type") if isinstance(block, dict) else None
            path = f"messages[{turn}].content[{place}]"
            if known:
                _refuse_unknown(block, kind, known, path)
            for name in _UNTOLD.get(str(kind), ()):
                if block.get(name) and block[name] != {"enabled": False}:
                    raise FieldUnsupported(f"'{path}.{name}' is not supported here.", f"{path}.{name}")


def _refuse_unknown(block: Any, kind: Any, known: tuple[str, ...], path: str) -> None:
    """Raises FieldUnsupported for a block of another kind or source, also in the result of a tool."""
    if not isinstance(kind, str):
        return
    if kind not in known:
        raise FieldUnsupported(f"Blocks of the type '{kind}' are not supported here: '{path}'.", path)
    source = block.get("source") if kind in _SOURCES else None
    if isinstance(source, dict) and source.get("type") not in _SOURCES[kind]:
        raise FieldUnsupported(f"Sources of this type are not supported here: '{path}'.", f"{path}.source")
    inner = block.get("content") if kind == "tool_result" else None
    for place, part in enumerate(inner if isinstance(inner, list) else ()):
        said = part.get("type") if isinstance(part, dict) else None
        _refuse_unknown(part, said, _IN_RESULTS, f"{path}.content[{place}]")


def system_of(system: Any) -> list[Message]:
    """The system prompt as a message, or none."""
    if not system:
        return []
    content = system if isinstance(system, str) else [_text(block) for block in system]
    return [{"role": "system", "content": content}]


def turns(messages: list[Mapping[str, Any]]) -> list[Message]:
    """The conversation, already checked."""
    found: list[Message] = []
    for turn in messages:
        content = turn["content"]
        if isinstance(content, str):
            found.append({"role": turn["role"], "content": content})
        elif turn["role"] == "system":
            found.append({"role": "system", "content": [_text(block) for block in content]})
        elif turn["role"] == "user":
            found.extend(_user(content))
        else:
            found.append(_assistant(content))
    return found


def _user(blocks: list[Mapping[str, Any]]) -> Iterator[Message]:
    parts: list[Message] = []
    for block in blocks:
        if block["type"] != "tool_result":
            parts.append(_part(block))
            continue
        if parts:
            yield {"role": "user", "content": parts}
            parts = []
        yield _result(block)
    if parts:
        yield {"role": "user", "content": parts}


def _result(block: Mapping[str, Any]) -> Message:
    content = block.get("content") or ""
    if not isinstance(content, str):
        content = [_part(part) for part in content]
    message = {"role": "tool", "tool_call_id": block["tool_use_id"], "content": content}
    return _marked({**message, "is_error": True} if block.get("is_error") else message, block)


def _part(block: Mapping[str, Any]) -> Message:
    match block["type"]:
        case "text":
            return _text(block)
        case "image":
            return _marked({"type": "image_url", "image_url": {"url": _url(block["source"])}}, block)
    return _document(block)


def _url(source: Mapping[str, Any]) -> str:
    if source["type"] == "url":
        return str(source["url"])
    return f"data:{source['media_type']};base64,{source['data']}"


def _document(block: Mapping[str, Any]) -> Message:
    """A document of plain text is said as text, where its words can be read like any other."""
    source, title = block["source"], block.get("title")
    if source["type"] == "text":
        return _text({**block, "text": f"{title}\n\n{source['data']}" if title else source["data"]})
    named = {"filename": title} if title else {}
    if source["type"] == "file":
        return _marked({"type": "file", "file": {**named, "file_id": source["file_id"]}}, block)
    return _marked({"type": "file", "file": {**named, "file_data": _url(source)}}, block)


def _text(block: Mapping[str, Any]) -> Message:
    return _marked({"type": "text", "text": block["text"]}, block)


def _marked(part: Message, block: Mapping[str, Any]) -> Message:
    if block.get("cache_control"):
        part["cache_control"] = block["cache_control"]
    return part


def _assistant(blocks: list[Mapping[str, Any]]) -> Message:
    texts: list[Message] = []
    further: dict[str, list[Any]] = {"thinking_blocks": [], "reasoning_items": [], "tool_calls": []}
    thoughts: list[str] = []
    for block in blocks:
        match block["type"]:
            case "text":
                texts.append(_text(block))
            case "tool_use":
                further["tool_calls"].append(_call(block))
            case _:
                _think(block, further, thoughts)
    message: Message = {"role": "assistant", "content": _plain(texts)}
    if thoughts:
        message["reasoning_content"] = "".join(thoughts)
    message.update((name, items) for name, items in further.items() if items)
    return message


def _think(block: Mapping[str, Any], further: dict[str, list[Any]], thoughts: list[str]) -> None:
    """A thought as its provider sealed it; one without a seal is only its words."""
    seal = unpacked(block.get("signature") or "")
    if seal is not None:
        for name, item in seal.items():
            further[name].append(item)
    elif block.get("signature") or block["type"] == "redacted_thinking":
        further["thinking_blocks"].append(dict(block))
    else:
        thoughts.append(block["thinking"])


def _plain(texts: list[Message]) -> Any:
    if not texts:
        return None
    alone = len(texts) == 1 and "cache_control" not in texts[0]
    return texts[0]["text"] if alone else texts


def _call(block: Mapping[str, Any]) -> Message:
    function = {"name": block["name"], "arguments": _encode(block["input"]).decode()}
    call = {"id": block["id"], "type": "function", "function": function}
    if block.get("extra_content"):
        call["extra_content"] = block["extra_content"]
    return _marked(call, block)

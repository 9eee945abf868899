"""A conversation in OpenAI's words, as Anthropic's messages.

System and developer messages become `system`, wherever they stood. Results of tools that follow each other
become one user message, as parallel calls require. Blocks of thinking travel back as they came
(`thinking_blocks`), since Anthropic verifies their signatures when tools are used.
"""

import base64
import re
from collections.abc import Mapping
from typing import Any

from routing.adapters.cache_marks import MARK, content_of, is_marked
from routing.adapters.call_ids import fitting
from routing.adapters.fields import FOREIGN, Fields, object_of, speaker, split_data_uri, text_of

Block = dict[str, Any]

MAX_CALL_ID_CHARS = 64
_CALL_ID = re.compile(r"[a-zA-Z0-9_-]+")


def conversation(request: Mapping[str, Any], fields: Fields) -> tuple[Any, list[dict[str, Any]]]:
    """(`system` or None, `messages`)."""
    system: list[Block] = []
    messages: list[dict[str, Any]] = []
    for position, message in enumerate(request["messages"]):
        path = f"messages[{position}]"
        if speaker(message):
            fields.refuse(f"{path}.name")
        match message["role"]:
            case "system" | "developer":
                system.extend(_system(content_of(message)))
            case "user":
                messages.append({"role": "user", "content": _user(content_of(message), path, fields)})
            case "assistant":
                said = _assistant(message, path, fields)
                if said:  # a turn that says nothing would be refused
                    messages.append({"role": "assistant", "content": said})
            case "tool":
                _add_result(messages, _tool_result(message, path, fields))
            case _:
                fields.refuse(path)
    return _as_system(system), messages


def _system(content: Any) -> list[Block]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    return [_text(part) for part in content if part["text"]]


def _as_system(blocks: list[Block]) -> Any:
    if len(blocks) == 1 and blocks[0].keys() == {"type", "text"}:
        return blocks[0]["text"]
    return blocks or None


def _text(part: Mapping[str, Any]) -> Block:
    return marked({"type": "text", "text": part["text"]}, part)


def marked(block: Block, part: Mapping[str, Any]) -> Block:
    """The block, with the mark for the cache that the part, call, result or tool has."""
    if part.get(MARK):
        block[MARK] = part[MARK]
    return block


def _user(content: Any, path: str, fields: Fields) -> Any:
    if isinstance(content, str):
        return content
    blocks = [_part(part, f"{path}.content[{place}]", fields) for place, part in enumerate(content)]
    return [block for block in blocks if block is not None]


def _part(part: Mapping[str, Any], path: str, fields: Fields) -> Block | None:
    match part["type"]:
        case "text":
            return _text(part) if part["text"] else None  # an empty block is refused
        case "image_url":
            image = _image(part["image_url"], path, fields)
            return image and marked(image, part)
        case "file":
            document = _document(part["file"], path, fields)
            return document and marked(document, part)
    fields.refuse(path)
    return None


def _image(image: Mapping[str, Any], path: str, fields: Fields) -> Block | None:
    if image.get("detail") not in (None, "auto"):
        fields.refuse(f"{path}.image_url.detail")
    data = split_data_uri(image["url"])
    if data:
        return {"type": "image", "source": {"type": "base64", "media_type": data[0], "data": data[1]}}
    if image["url"].startswith("https://"):
        return {"type": "image", "source": {"type": "url", "url": image["url"]}}
    fields.refuse(f"{path}.image_url.url")
    return None


def _document(file: Mapping[str, Any], path: str, fields: Fields) -> Block | None:
    source = _source(str(file.get("file_data") or ""))
    if source is None:
        fields.refuse(f"{path}.file")
        return None
    block: Block = {"type": "document", "source": source}
    if file.get("filename"):
        block["title"] = file["filename"]
    return block


def _source(given: str) -> Block | None:
    """A PDF or text of any kind, as data; None for what Anthropic does not read.

    One by its address is none of them: what it would cost can't be bounded.
    """
    kind, data = split_data_uri(given) or ("", "")
    if kind == "application/pdf":
        return {"type": "base64", "media_type": kind, "data": data}
    if not kind.startswith("text/"):
        return None
    try:
        text = base64.b64decode(data, validate=True).decode()
    except ValueError:  # binascii.Error and UnicodeDecodeError are such
        return None
    return {"type": "text", "media_type": "text/plain", "data": text}


def _assistant(message: Mapping[str, Any], path: str, fields: Fields) -> Any:
    fields.refuse_given(message, path, *FOREIGN)
    content = content_of(message)
    text = text_of(content) or str(message.get("refusal") or "")
    calls = message.get("tool_calls") or ()
    blocks: list[Block] = list(message.get("thinking_blocks") or ())
    parts = content if is_marked(content) else ()  # which stay apart
    if not calls and not blocks and not parts:
        return text
    if parts:
        blocks.extend(_text(part) for part in parts if part["text"])
    elif text:
        blocks.append({"type": "text", "text": text})
    for place, call in enumerate(calls):
        if call["type"] == "function":
            blocks.append(_tool_use(call))
        else:
            fields.refuse(f"{path}.tool_calls[{place}]")
    return blocks


def _tool_use(call: Mapping[str, Any]) -> Block:
    function = call["function"]
    block: Block = {
        "type": "tool_use",
        "id": _call_id(call["id"]),
        "name": function["name"],
        "input": object_of(function["arguments"]),
    }
    return marked(block, call)


def _call_id(call_id: str) -> str:
    return fitting(call_id, _CALL_ID, MAX_CALL_ID_CHARS)


def _tool_result(message: Mapping[str, Any], path: str, fields: Fields) -> Block:
    content = message["content"]
    if not isinstance(content, str):
        content = _user(content, path, fields)
    result: Block = {
        "type": "tool_result",
        "tool_use_id": _call_id(message["tool_call_id"]),
        "content": content,
    }
    if message.get("is_error"):
        result["is_error"] = True
    return marked(result, message)


def _add_result(messages: list[dict[str, Any]], result: Block) -> None:
    last = messages[-1] if messages else None
    if last and last["role"] == "user" and isinstance(last["content"], list) and _holds_results(last):
        last["content"].append(result)
    else:
        messages.append({"role": "user", "content": [result]})


def without_prefill(
    messages: list[dict[str, Any]], request: Mapping[str, Any], fields: Fields
) -> list[dict[str, Any]]:
    """The conversation for a model that takes none that ends with the assistant: such an end is listed."""
    if not messages or messages[-1]["role"] != "assistant":
        return messages
    fields.refuse(f"messages[{len(request['messages']) - 1}]")
    return messages[:-1]


def called(request: Mapping[str, Any]) -> list[str]:
    """The names of the tools that the conversation has calls of, each once."""
    calls = (call for message in request["messages"] for call in message.get("tool_calls") or ())
    return list(dict.fromkeys(call["function"]["name"] for call in calls if call["type"] == "function"))


def _holds_results(message: Mapping[str, Any]) -> bool:
    return all(block["type"] == "tool_result" for block in message["content"])


def lacks_thinking(messages: list[dict[str, Any]]) -> bool:
    """Whether tools answered a turn whose thinking was not kept: Anthropic then refuses to think on."""
    if not messages or messages[-1]["role"] != "user" or isinstance(messages[-1]["content"], str):
        return False
    if not _holds_results(messages[-1]):
        return False
    turn = messages[-2]["content"] if len(messages) > 1 else ""
    return isinstance(turn, str) or not turn or turn[0]["type"] not in ("thinking", "redacted_thinking")

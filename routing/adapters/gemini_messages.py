"""A conversation in OpenAI's words, as Gemini's contents.

The signature that Gemini puts on a call travels in the call's `extra_content.google.thought_signature`, as at
Google's own OpenAI-compatible endpoint, and goes back where it came from.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from routing.adapters.fields import Fields, object_of, result_of, speaker, split_data_uri, text_of

Part = dict[str, Any]
_IMAGE_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "heic": "image/heic",
    "heif": "image/heif",
}
_AUDIO_TYPES = {"wav": "audio/wav", "mp3": "audio/mp3", "flac": "audio/flac", "opus": "audio/ogg"}


def conversation(request: Mapping[str, Any], fields: Fields) -> tuple[list[Part], list[dict[str, Any]]]:
    """(parts of the system instruction, `contents`)."""
    system: list[Part] = []
    contents: list[dict[str, Any]] = []
    names: dict[str, str] = {}  # id of a call → its function, which a result must name
    for position, message in enumerate(request["messages"]):
        path = f"messages[{position}]"
        if speaker(message):
            fields.refuse(f"{path}.name")
        match message["role"]:
            case "system" | "developer":
                system.append({"text": text_of(message["content"])})
            case "user":
                contents.append({"role": "user", "parts": _user(message["content"], path, fields)})
            case "assistant":
                contents.append({"role": "model", "parts": _assistant(message, path, fields, names)})
            case "tool":
                _add_result(contents, _tool_result(message, path, fields, names))
            case _:
                fields.refuse(path)
    return system, contents


def _user(content: Any, path: str, fields: Fields) -> list[Part]:
    if isinstance(content, str):
        return [{"text": content}]
    parts = [_part(part, f"{path}.content[{place}]", fields) for place, part in enumerate(content)]
    return [part for part in parts if part is not None]


def _part(part: Mapping[str, Any], path: str, fields: Fields) -> Part | None:
    match part["type"]:
        case "text":
            return {"text": part["text"]}
        case "image_url":
            return _image(part["image_url"], path, fields)
        case "input_audio" if part["input_audio"]["format"] in _AUDIO_TYPES:
            audio = part["input_audio"]
            return {"inlineData": {"mimeType": _AUDIO_TYPES[audio["format"]], "data": audio["data"]}}
        case "file":
            data = split_data_uri(str(part["file"].get("file_data") or ""))
            if data:
                return {"inlineData": {"mimeType": data[0], "data": data[1]}}
    fields.refuse(path)
    return None


def _image(image: Mapping[str, Any], path: str, fields: Fields) -> Part | None:
    """Data goes inline; a URL as a file, which needs a type, so one that shows none can't be passed."""
    if image.get("detail") not in (None, "auto"):
        fields.refuse(f"{path}.image_url.detail")
    data = split_data_uri(image["url"])
    if data:
        return {"inlineData": {"mimeType": data[0], "data": data[1]}}
    url = urlsplit(image["url"])
    media_type = _IMAGE_TYPES.get(url.path.rpartition(".")[2].lower())
    if url.scheme == "https" and media_type:
        return {"fileData": {"mimeType": media_type, "fileUri": image["url"]}}
    fields.refuse(f"{path}.image_url.url")
    return None


def _assistant(message: Mapping[str, Any], path: str, fields: Fields, names: dict[str, str]) -> list[Part]:
    text = text_of(message.get("content")) or str(message.get("refusal") or "")
    calls = message.get("tool_calls") or ()
    parts: list[Part] = [{"text": text}] if text or not calls else []
    for place, call in enumerate(calls):
        if call["type"] != "function":
            fields.refuse(f"{path}.tool_calls[{place}]")
            continue
        names[call["id"]] = call["function"]["name"]
        parts.append(_call(call))
    return parts


def _call(call: Mapping[str, Any]) -> Part:
    function = call["function"]
    part: Part = {
        "functionCall": {
            "id": call["id"],
            "name": function["name"],
            "args": object_of(function["arguments"]),
        }
    }
    signature = ((call.get("extra_content") or {}).get("google") or {}).get("thought_signature")
    if signature:
        part["thoughtSignature"] = signature
    return part


def _tool_result(message: Mapping[str, Any], path: str, fields: Fields, names: Mapping[str, str]) -> Part:
    """A result as an object: one that is none is wrapped, as Google's documentation does."""
    call_id = message["tool_call_id"]
    content = result_of(message)
    if not isinstance(content, str) and any(part["type"] != "text" for part in content):
        fields.refuse(f"{path}.content")
    text = text_of(content)
    value = object_of(text) if text.lstrip().startswith("{") else {"result": text}
    if "INVALID_JSON" in value:
        value = {"result": text}
    name = names.get(call_id)
    if name is None:
        fields.refuse(f"{path}.tool_call_id")  # answers no call of this conversation
    return {"functionResponse": {"id": call_id, "name": name or call_id, "response": value}}


def _add_result(contents: list[dict[str, Any]], result: Part) -> None:
    last = contents[-1] if contents else None
    if last and last["role"] == "user" and all("functionResponse" in part for part in last["parts"]):
        last["parts"].append(result)
    else:
        contents.append({"role": "user", "parts": [result]})

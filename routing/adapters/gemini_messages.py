"""A conversation in OpenAI's words, as Gemini's contents.

The signature that Gemini puts on a call travels in the call's `extra_content.google.thought_signature`, as at
Google's own OpenAI-compatible endpoint, and goes back where it came from. For a call of another model, which
has none, Google names one that it lets pass.
"""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from routing.adapters.fields import (
    FOREIGN,
    MARKS,
    Fields,
    object_of,
    result_of,
    speaker,
    split_data_uri,
    text_of,
)
from routing.adapters.gemini_models import takes_pictures_in_results, wants_signatures

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
_ANOTHER_MODELS = b64encode(b"skip_thought_signature_validator").decode()


def conversation(
    request: Mapping[str, Any], fields: Fields, upstream_id: str
) -> tuple[list[Part], list[dict[str, Any]]]:
    """(parts of the system instruction, `contents`)."""
    written = _Conversation(fields, upstream_id)
    for position, message in enumerate(request["messages"]):
        path = f"messages[{position}]"
        fields.refuse_given(message, path, *MARKS)
        if speaker(message):
            fields.refuse(f"{path}.name")
        written.add(message, path)
    written.close_results()
    return written.system, written.contents


class _Conversation:
    """What was written so far. Results of one turn stand together, and behind them the pictures of results
    where the model takes none in one."""

    def __init__(self, fields: Fields, upstream_id: str) -> None:
        self.system: list[Part] = []
        self.contents: list[dict[str, Any]] = []
        self._fields = fields
        self._model = upstream_id
        self._names: dict[str, str] = {}  # id of a call → its function, which a result must name
        self._pictures: list[Part] = []

    def add(self, message: Mapping[str, Any], path: str) -> None:
        if message["role"] != "tool":
            self.close_results()
        match message["role"]:
            case "system" | "developer":
                self.system.append(_system(message["content"], path, self._fields))
            case "user":
                self._say("user", _user(message["content"], path, self._fields))
            case "assistant":
                parts = _assistant(message, path, self._fields, self._names)
                if wants_signatures(self._model):
                    _sign(parts)
                self._say("model", parts)
            case "tool":
                self._add_result(*_tool_result(message, path, self._fields, self._names))
            case _:
                self._fields.refuse(path)

    def close_results(self) -> None:
        if self._pictures:
            self._say("user", self._pictures)
            self._pictures = []

    def _say(self, role: str, parts: list[Part]) -> None:
        self.contents.append({"role": role, "parts": parts})

    def _add_result(self, result: Part, pictures: list[Part]) -> None:
        if pictures and takes_pictures_in_results(self._model):
            result["functionResponse"]["parts"] = pictures
        else:
            self._pictures += pictures
        last = self.contents[-1] if self.contents else None
        if last and last["role"] == "user" and all("functionResponse" in part for part in last["parts"]):
            last["parts"].append(result)
        else:
            self._say("user", [result])


def _system(content: Any, path: str, fields: Fields) -> Part:
    if not isinstance(content, str):
        for place, part in enumerate(content):
            fields.refuse_given(part, f"{path}.content[{place}]", *MARKS)
    return {"text": text_of(content)}


def _user(content: Any, path: str, fields: Fields) -> list[Part]:
    if isinstance(content, str):
        return [{"text": content}]
    parts = [_part(part, f"{path}.content[{place}]", fields) for place, part in enumerate(content)]
    return [part for part in parts if part is not None]


def _part(part: Mapping[str, Any], path: str, fields: Fields) -> Part | None:
    fields.refuse_given(part, path, *MARKS)  # Gemini caches by itself
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
    """With the pictures that it made, so that it can go on with them."""
    fields.refuse_given(message, path, *(name for name in FOREIGN if name != "images"))
    text = text_of(message.get("content")) or str(message.get("refusal") or "")
    calls, images = message.get("tool_calls") or (), message.get("images") or ()
    parts: list[Part] = [{"text": text}] if text or not (calls or images) else []
    made = [_part(image, f"{path}.images[{place}]", fields) for place, image in enumerate(images)]
    parts += [picture for picture in made if picture is not None]
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


def _sign(parts: list[Part]) -> None:
    """Has the first call of a turn signed, in place."""
    first = next((part for part in parts if "functionCall" in part), None)
    if first is not None:
        first.setdefault("thoughtSignature", _ANOTHER_MODELS)


def _tool_result(
    message: Mapping[str, Any], path: str, fields: Fields, names: Mapping[str, str]
) -> tuple[Part, list[Part]]:
    """(the result, pictures of it). It is an object: one that is none is wrapped, as in Google's
    documentation."""
    call_id = message["tool_call_id"]
    content = result_of(message)
    texts, pictures = (content, []) if isinstance(content, str) else _apart(content, path, fields)
    text = text_of(texts)
    value = object_of(text) if text.lstrip().startswith("{") else {"result": text}
    if "INVALID_JSON" in value:
        value = {"result": text}
    name = names.get(call_id)
    if name is None:
        fields.refuse(f"{path}.tool_call_id")  # answers no call of this conversation
    return {"functionResponse": {"id": call_id, "name": name or call_id, "response": value}}, pictures


def _apart(content: list[Mapping[str, Any]], path: str, fields: Fields) -> tuple[list[Any], list[Part]]:
    """(texts, pictures) of a result in parts."""
    parts = [_part(part, f"{path}.content[{place}]", fields) for place, part in enumerate(content)]
    given = [part for part in parts if part is not None]
    return [part for part in given if "text" in part], [part for part in given if "text" not in part]

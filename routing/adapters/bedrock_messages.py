"""A conversation in OpenAI's words, as Bedrock's Converse takes it.

System and developer messages become `system`. Turns alternate, so messages of the same side that follow each
other become one. A part's `cache_control` becomes a cache point behind it. Blocks of thinking travel back to
a Claude as they came (`thinking_blocks`), since it verifies their signatures; no other model could read them.
"""

import re
from collections.abc import Mapping
from typing import Any

from routing.adapters.bedrock_models import ModelFacts
from routing.adapters.cache_marks import MARK, content_of, is_marked
from routing.adapters.call_ids import fitting
from routing.adapters.fields import FOREIGN, Fields, object_of, speaker, split_data_uri, text_of

Block = dict[str, Any]

MAX_CALL_ID_CHARS = 64
MAX_NAME_CHARS = 200
_CALL_ID = re.compile(r"[a-zA-Z0-9_.:-]{1,64}")
_CALL_ID_OF_CLAUDE = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_NOT_IN_A_NAME = re.compile(r"[^a-zA-Z0-9\s()\[\]-]+")
_IMAGES = {
    "image/png": "png",
    "image/jpeg": "jpeg",
    "image/jpg": "jpeg",
    "image/gif": "gif",
    "image/webp": "webp",
}
_AUDIO = frozenset(("wav", "mp3", "flac", "opus"))
_DOCUMENTS = {
    "application/pdf": "pdf",
    "text/csv": "csv",
    "text/html": "html",
    "text/plain": "txt",
    "text/markdown": "md",
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}


class Conversation:
    """One request's messages on their way. `system` and `messages` are Bedrock's."""

    def __init__(self, request: Mapping[str, Any], fields: Fields, facts: ModelFacts) -> None:
        self._fields = fields
        self._facts = facts
        self._names: set[str] = set()
        self.system: list[Block] = []
        self.messages: list[dict[str, Any]] = []
        for position, message in enumerate(request["messages"]):
            self._message(message, f"messages[{position}]")

    @property
    def uses_tools(self) -> bool:
        """Whether a call or a result of a tool is in it."""
        return any("toolUse" in block or "toolResult" in block for block in self._blocks())

    @property
    def lacks_thinking(self) -> bool:
        """Whether tools answered a turn whose thinking was not kept: Claude then refuses to think on."""
        if len(self.messages) < 2 or "toolResult" not in self.messages[-1]["content"][0]:
            return False
        return "reasoningContent" not in self.messages[-2]["content"][0]

    def _blocks(self) -> list[Block]:
        return [block for message in self.messages for block in message["content"]]

    def _message(self, message: Mapping[str, Any], path: str) -> None:
        if speaker(message):
            self._fields.refuse(f"{path}.name")
        match message["role"]:
            case "system" | "developer":
                self.system.extend(self._parts(content_of(message), path))
            case "user":
                self._add("user", self._parts(content_of(message), path))
            case "assistant":
                self._add("assistant", self._assistant(message, path))
            case "tool":
                results: list[Block] = [self._tool_result(message, path)]
                self._mark(results, message, path)
                self._add("user", results)
            case _:
                self._fields.refuse(path)

    def _add(self, role: str, blocks: list[Block]) -> None:
        if self.messages and self.messages[-1]["role"] == role:
            self.messages[-1]["content"].extend(blocks)
        elif blocks:
            self.messages.append({"role": role, "content": blocks})

    def _parts(self, content: Any, path: str) -> list[Block]:
        if isinstance(content, str):
            return [{"text": content}] if content else []
        blocks: list[Block] = []
        for place, part in enumerate(content):
            where = f"{path}.content[{place}]"
            block = self._part(part, where)
            if block is not None:
                blocks.append(block)
            self._mark(blocks, part, where)
        return blocks

    def _part(self, part: Mapping[str, Any], path: str) -> Block | None:
        match part["type"]:
            case "text":
                return {"text": part["text"]} if part["text"] else None  # an empty block is refused
            case "image_url":
                return self._image(part["image_url"], path)
            case "input_audio" if part["input_audio"]["format"] in _AUDIO:
                audio = part["input_audio"]
                return {"audio": {"format": audio["format"], "source": {"bytes": audio["data"]}}}
            case "file":
                return self._document(part["file"], path)
        self._fields.refuse(path)
        return None

    def _image(self, image: Mapping[str, Any], path: str) -> Block | None:
        if image.get("detail") not in (None, "auto"):
            self._fields.refuse(f"{path}.image_url.detail")
        data = split_data_uri(image["url"])
        if data and data[0] in _IMAGES:
            return {"image": {"format": _IMAGES[data[0]], "source": {"bytes": data[1]}}}
        self._fields.refuse(f"{path}.image_url.url")  # Bedrock fetches nothing but from S3
        return None

    def _document(self, file: Mapping[str, Any], path: str) -> Block | None:
        data = split_data_uri(str(file.get("file_data") or ""))
        if not data or data[0] not in _DOCUMENTS:
            self._fields.refuse(f"{path}.file")
            return None
        name = self._document_name(str(file.get("filename") or ""))
        return {"document": {"format": _DOCUMENTS[data[0]], "name": name, "source": {"bytes": data[1]}}}

    def _document_name(self, filename: str) -> str:
        """A name of the characters that are allowed, and of no other document of the request."""
        stem = _NOT_IN_A_NAME.sub(" ", filename.rpartition(".")[0] or filename)
        name = " ".join(stem.split())[: MAX_NAME_CHARS - 8] or f"Document {len(self._names) + 1}"
        if name in self._names:
            name = f"{name} ({len(self._names) + 1})"
        self._names.add(name)
        return name

    def _mark(self, blocks: list[Block], part: Mapping[str, Any], path: str) -> None:
        """A cache point behind the last block; before documents, right behind which none may stand."""
        asked = part.get(MARK)
        if not asked:
            return
        place = len(blocks)
        while place and "document" in blocks[place - 1]:
            place -= 1
        if not self._facts.caches or not isinstance(asked, Mapping) or not place:
            self._fields.refuse(f"{path}.{MARK}")
        elif "cachePoint" not in blocks[place - 1]:
            blocks.insert(place, cache_point(asked))

    def _assistant(self, message: Mapping[str, Any], path: str) -> list[Block]:
        self._fields.refuse_given(message, path, *FOREIGN)
        thinking = message.get("thinking_blocks") if self._facts.is_claude else None
        blocks = [_reasoning(block) for block in thinking or ()]
        content = content_of(message)
        text = text_of(content) or str(message.get("refusal") or "")
        if is_marked(content):
            blocks.extend(self._parts(content, path))
        elif text:
            blocks.append({"text": text})
        for place, call in enumerate(message.get("tool_calls") or ()):
            if call["type"] == "function":
                blocks.append(self._tool_use(call))
                self._mark(blocks, call, f"{path}.tool_calls[{place}]")
            else:
                self._fields.refuse(f"{path}.tool_calls[{place}]")
        return blocks

    def _tool_result(self, message: Mapping[str, Any], path: str) -> Block:
        content = self._parts(message["content"], path) or [{"text": ""}]
        result: Block = {"toolUseId": self._call_id(message["tool_call_id"]), "content": content}
        if message.get("is_error"):
            result["status"] = "error"
        return {"toolResult": result}

    def _tool_use(self, call: Mapping[str, Any]) -> Block:
        function = call["function"]
        return {
            "toolUse": {
                "toolUseId": self._call_id(call["id"]),
                "name": function["name"],
                "input": object_of(function["arguments"]),
            }
        }

    def _call_id(self, call_id: str) -> str:
        """Some models go by the form of the ids that they gave, such as `functions.NAME:0`."""
        form = _CALL_ID_OF_CLAUDE if self._facts.is_claude else _CALL_ID
        return fitting(call_id, form, MAX_CALL_ID_CHARS)


def cache_point(asked: Mapping[str, Any]) -> Block:
    ttl = {"ttl": asked["ttl"]} if asked.get("ttl") else {}
    return {"cachePoint": {"type": "default", **ttl}}


def _reasoning(block: Mapping[str, Any]) -> Block:
    if block.get("type") == "redacted_thinking":
        return {"reasoningContent": {"redactedContent": block.get("data", "")}}
    text = {"text": block.get("thinking", "")}
    if block.get("signature"):
        text["signature"] = block["signature"]
    return {"reasoningContent": {"reasoningText": text}}

"""The demo provider's batches, as Gemini has them: files in, operations, and files of their answers."""

import email
import email.policy
import itertools
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from signalbox.demo_provider.batching import LOOKS, MAX_KEPT, Answer, AnswerLine, FaultsOf, Mute

BASE = "/v1beta/"  # in each of its paths
CHAT = "/chat/completions"
GRPC_OF = {400: 3, 429: 8, 503: 14}
OTHERWISE = 13
_STOPPED = {"stop": "STOP", "length": "MAX_TOKENS"}
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


@dataclass
class Held:
    name: str
    model: str
    display_name: str
    lines: list[dict[str, Any]]
    state: str = "BATCH_STATE_PENDING"
    looks: int = 0
    file: str = ""  # of answers

    def value(self) -> dict[str, Any]:
        told = {"displayName": self.display_name, "model": f"models/{self.model}", "state": self.state}
        value = {"name": self.name, "metadata": told, "done": not self.is_open}
        return {**value, "response": {"responsesFile": self.file}} if self.file else value

    @property
    def is_open(self) -> bool:
        return self.state in ("BATCH_STATE_PENDING", "BATCH_STATE_RUNNING")


class GenerateBatches:
    def __init__(self, answer: AnswerLine, faults_of: FaultsOf) -> None:
        self._answer = answer
        self._faults_of = faults_of
        self._files: OrderedDict[str, bytes] = OrderedDict()
        self._held: OrderedDict[str, Held] = OrderedDict()
        self._numbers = itertools.count(1)

    def asked(self, method: str, path: str, content_type: str, body: bytes) -> Answer | None:
        """None where there is nothing at the path. Raises as Batches.asked does."""
        rest, _, verb = path.partition(BASE)[2].partition(":")
        match method, rest.split("/"), verb:
            case "POST", ["files"], "":
                name = self._keep(_data_of(content_type, body))
                return 200, _encode({"file": {"name": name, "state": "ACTIVE"}})
            case "GET", ["files", _], "download":
                return 200, self._files[rest]
            case "DELETE", ["files", _], "":
                del self._files[rest]
                return 200, b"{}"
            case "POST", ["models", model], "batchGenerateContent":
                return 200, _encode(self._create(model, _decode(body)["batch"]).value())
            case "GET", ["batches"], "":
                return 200, _encode({"operations": [held.value() for held in self._held.values()]})
            case "GET", ["batches", _], "":
                return 200, _encode(self._look(self._held[rest]).value())
            case "POST", ["batches", _], "cancel":
                self._end(self._held[rest], "CANCELLED")
                return 200, b"{}"
            case "DELETE", ["batches", _], "":
                del self._held[rest]
                return 200, b"{}"
        return None

    def _create(self, model: str, batch: Mapping[str, Any]) -> Held:
        data = self._files[batch["inputConfig"]["fileName"]]
        lines = [_decode(line) for line in data.splitlines() if line]
        name = f"batches/demo{next(self._numbers)}"
        held = self._held[name] = Held(name, model, batch["displayName"], lines)
        if len(self._held) > MAX_KEPT:
            self._held.popitem(last=False)
        if self._has(held, "mute"):
            raise Mute
        return held

    def _look(self, held: Held) -> Held:
        if held.is_open:
            held.looks += 1
            held.state = "BATCH_STATE_RUNNING"
            if held.looks >= LOOKS and not self._has(held, "hold"):
                self._end(held, "EXPIRED" if self._has(held, "expire") else "SUCCEEDED")
        return held

    def _end(self, held: Held, state: str) -> None:
        """One that is cut short has run nothing, and gives no answers."""
        held.state = f"BATCH_STATE_{state}"
        if state == "SUCCEEDED":
            said = [_encode(self._said(held, line)) for line in held.lines]
            held.file = self._keep(b"\n".join(said) + b"\n")

    def _said(self, held: Held, line: Mapping[str, Any]) -> dict[str, Any]:
        status, answer = self._answer(CHAT, _chat(held, line))
        said = _decode(answer)
        if status >= 400:
            code = GRPC_OF.get(status, OTHERWISE)
            return {"key": line["key"], "error": {"code": code, "message": said["error"]["message"]}}
        return {"key": line["key"], "response": _generated(said)}

    def _has(self, held: Held, fault: str) -> bool:
        return any(self._faults_of(CHAT, _chat(held, line)).batch == fault for line in held.lines)

    def _keep(self, data: bytes) -> str:
        name = f"files/demo{next(self._numbers)}"
        self._files[name] = data
        if len(self._files) > MAX_KEPT:
            self._files.popitem(last=False)
        return name


def _data_of(content_type: str, body: bytes) -> bytes:
    """The second part: the first tells of it."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    _, file = email.message_from_bytes(head + body, policy=email.policy.HTTP).iter_parts()
    data = file.get_payload(decode=True)
    assert isinstance(data, bytes)
    return data


def _chat(held: Held, line: Mapping[str, Any]) -> bytes:
    """The line's request in the words of chat, as far as the demo provider reads it."""
    asked = line["request"]
    texts = ["".join(part.get("text", "") for part in turn["parts"]) for turn in asked["contents"]]
    messages = [{"role": "user", "content": text} for text in texts]
    most = asked.get("generationConfig", {}).get("maxOutputTokens")
    return _encode({"model": held.model, "messages": messages, "max_tokens": most})


def _generated(said: Mapping[str, Any]) -> dict[str, Any]:
    """An answer of chat, in Gemini's words."""
    (choice, *_), usage = said["choices"], said["usage"]
    content = {"role": "model", "parts": [{"text": choice["message"]["content"]}]}
    return {
        "candidates": [
            {"index": 0, "content": content, "finishReason": _STOPPED.get(choice["finish_reason"], "STOP")}
        ],
        "usageMetadata": {
            "promptTokenCount": usage["prompt_tokens"],
            "candidatesTokenCount": usage["completion_tokens"],
            "totalTokenCount": usage["total_tokens"],
        },
        "modelVersion": said["model"],
        "responseId": said["id"],
    }

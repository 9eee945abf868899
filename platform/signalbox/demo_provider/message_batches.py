"""The demo provider's batches, as Anthropic has them: made of their requests, read by their own path."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from signalbox.demo_provider.batching import LOOKS, MAX_KEPT, Answer, AnswerLine, FaultsOf, Mute

CHAT = "/chat/completions"
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode
_STOPPED = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use"}
_ERRORS = {400: "invalid_request_error", 429: "rate_limit_error", 503: "overloaded_error"}


@dataclass
class Held:
    name: str
    requests: list[dict[str, Any]]
    looks: int = 0
    results: bytes | None = None  # once it has ended

    def value(self) -> dict[str, Any]:
        state = "in_progress" if self.results is None else "ended"
        return {"id": self.name, "type": "message_batch", "processing_status": state}


class MessageBatches:
    def __init__(self, answer: AnswerLine, faults_of: FaultsOf) -> None:
        self._answer = answer
        self._faults_of = faults_of
        self._held: OrderedDict[str, Held] = OrderedDict()
        self._made = 0

    def asked(self, method: str, rest: list[str], body: bytes) -> Answer | None:
        """`rest` is the path behind `batches`. None where there is nothing. Raises as Batches.asked does."""
        match method, rest:
            case "POST", []:
                return 200, _encode(self._create(_decode(body)["requests"]).value())
            case "GET", [name]:
                return 200, _encode(self._look(self._held[name]).value())
            case "POST", [name, "cancel"]:
                self._end(self._held[name], cancelled=True)
                return 200, _encode(self._held[name].value())
            case "GET", [name, "results"] if (results := self._held[name].results) is not None:
                return 200, results
            case "DELETE", [name]:
                del self._held[name]
                return 200, _encode({"id": name, "type": "message_batch_deleted"})
        return None

    def _create(self, requests: list[dict[str, Any]]) -> Held:
        self._made += 1
        held = Held(f"msgbatch_demo_{self._made}", requests)
        self._held[held.name] = held
        if len(self._held) > MAX_KEPT:
            self._held.popitem(last=False)
        if self._has(held, "mute"):
            raise Mute
        return held

    def _look(self, held: Held) -> Held:
        held.looks += 1
        if held.looks >= LOOKS and not self._has(held, "hold"):
            self._end(held, cancelled=False)
        return held

    def _end(self, held: Held, *, cancelled: bool) -> None:
        if held.results is None:
            lines = (
                _encode({"custom_id": each["custom_id"], "result": self._result(each["params"], cancelled)})
                for each in held.requests
            )
            held.results = b"\n".join(lines) + b"\n"

    def _result(self, params: Mapping[str, Any], cancelled: bool) -> dict[str, Any]:
        body = _encode(params)
        if cancelled:
            return {"type": "canceled"}
        if self._faults_of(CHAT, body).batch == "expire":
            return {"type": "expired"}
        status, answer = self._answer(CHAT, body)
        said = _decode(answer)
        if status >= 400:
            error = {"type": _ERRORS.get(status, "api_error"), "message": said["error"]["message"]}
            return {"type": "errored", "error": {"type": "error", "error": error}}
        return {"type": "succeeded", "message": _message(said)}

    def _has(self, held: Held, fault: str) -> bool:
        return any(self._faults_of(CHAT, _encode(each["params"])).batch == fault for each in held.requests)


def _message(said: Mapping[str, Any]) -> dict[str, Any]:
    """An answer of chat, in Anthropic's words."""
    (choice, *_), usage = said["choices"], said["usage"]
    return {
        "id": said["id"],
        "type": "message",
        "role": "assistant",
        "model": said["model"],
        "content": [{"type": "text", "text": choice["message"]["content"]}],
        "stop_reason": _STOPPED.get(choice["finish_reason"], "end_turn"),
        "stop_sequence": None,
        "usage": {"input_tokens": usage["prompt_tokens"], "output_tokens": usage["completion_tokens"]},
    }

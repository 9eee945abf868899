"""Anthropic's stream: a message starts, its blocks start, grow and stop, and `message_stop` ends it."""

from collections.abc import Mapping
from typing import Any

import msgspec

from routing.adapters.anthropic_answer import finish_reason, further, read_usage
from routing.adapters.anthropic_request import JSON_TOOL
from routing.adapters.contract import Delta
from routing.adapters.counts import part, word
from routing.adapters.failures import garbled, stream_cut
from routing.adapters.openai_errors import error_from, stream_without_end
from routing.adapters.sse import ServerEvent, SseDecoder

_decode = msgspec.json.Decoder().decode


class AnthropicStream:
    """A StreamParser. The counts of `message_delta` are totals, so they replace those of `message_start`."""

    def __init__(self) -> None:
        self._sse = SseDecoder()
        self._id = ""
        self._model = ""
        self._usage: dict[str, Any] = {}
        self._block: dict[str, Any] = {}  # the block that grows; `thinking` and `signature` collect in it
        self._calls = 0
        self._spoke = False  # the call that grows has arguments
        self._json = False  # the answer is the input of our own tool
        self._finished = False
        self._done = False

    @property
    def begun(self) -> bool:
        return bool(self._id)

    def feed(self, data: bytes) -> list[Delta]:
        return self._read(self._sse.feed(data))

    def close(self) -> list[Delta]:
        deltas = self._read(self._sse.close())
        if not self._done:
            raise stream_without_end(self._sse.stray, begun=self.begun)
        return deltas

    def _read(self, events: list[ServerEvent]) -> list[Delta]:
        deltas: list[Delta] = []
        for event in events:
            if self._done or not event.data:
                continue
            try:
                delta = self._event(_decode(event.data))
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                raise garbled() from None
            except (KeyError, TypeError, AttributeError, ValueError):
                raise garbled("an event that can't be read") from None
            if delta is not None:
                deltas.append(delta)
        return deltas

    def _event(self, event: dict[str, Any]) -> Delta | None:
        match event["type"]:
            case "content_block_delta":
                return self._grow(event["delta"])
            case "content_block_start":
                return self._begin(event["content_block"])
            case "content_block_stop":
                return self._stop_block()
            case "message_start":
                return self._start(event["message"])
            case "message_delta":
                return self._finish(event)
            case "message_stop":
                return self._end()
            case "error":
                raise error_from(200, {}, event) or garbled("an error without a message")
        return None  # ping, and what a later version adds

    def _start(self, message: Mapping[str, Any]) -> Delta:
        self._id, self._model = word(message["id"]), word(message["model"])
        self._usage = dict(part(message, "usage"))
        return self._delta({"role": "assistant", "content": ""})

    def _begin(self, block: dict[str, Any]) -> Delta | None:
        self._block = block
        if block["type"] == "text" and block.get("text"):
            return self._delta({"content": block["text"]})
        if block["type"] != "tool_use":
            return None
        self._spoke = False
        if block["name"] == JSON_TOOL:
            self._json = True
            return None
        index = self._calls
        self._calls += 1
        function = {"name": block["name"], "arguments": ""}
        call = {"index": index, "id": block["id"], "type": "function", "function": function}
        return self._delta({"tool_calls": [call]})

    def _grow(self, delta: Mapping[str, Any]) -> Delta | None:
        match delta["type"]:
            case "text_delta":
                return self._delta({"content": delta["text"]})
            case "input_json_delta":
                return self._arguments(delta["partial_json"])
            case "thinking_delta":
                self._block["thinking"] = self._block.get("thinking", "") + delta["thinking"]
                return self._delta({"reasoning_content": delta["thinking"]})
            case "signature_delta":
                self._block["signature"] = self._block.get("signature", "") + delta["signature"]
        return None

    def _arguments(self, text: str) -> Delta | None:
        if not text or self._block.get("type") != "tool_use":
            return None  # what the provider's own tools are asked is no call of the application's
        self._spoke = True
        if self._block.get("name") == JSON_TOOL:
            return self._delta({"content": text})
        return self._delta({"tool_calls": [{"index": self._calls - 1, "function": {"arguments": text}}]})

    def _stop_block(self) -> Delta | None:
        block, self._block = self._block, {}
        kind = block.get("type")
        if kind == "tool_use" and not self._spoke:
            self._block = block
            delta = self._arguments(msgspec.json.encode(block.get("input") or {}).decode())
            self._block = {}
            return delta
        if kind == "redacted_thinking" or (kind == "thinking" and block.get("signature")):
            return self._delta({"thinking_blocks": [block]})
        return None

    def _finish(self, event: Mapping[str, Any]) -> Delta | None:
        said_counts = part(event, "usage")
        self._usage.update((name, said) for name, said in said_counts.items() if said is not None)
        said = event["delta"].get("stop_reason")
        if said is None:
            return None
        self._finished = True
        reason = "stop" if self._json and said == "tool_use" else finish_reason(said)
        return self._delta({}, reason, further(event["delta"], self._usage))

    def _end(self) -> Delta:
        if not self._finished:
            raise stream_cut()
        self._done = True
        return Delta((), read_usage(self._usage), self._model, self._id, None, True)

    def _delta(
        self, delta: dict[str, Any], reason: str | None = None, extra: Mapping[str, Any] | None = None
    ) -> Delta:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return Delta((choice,), None, self._model, self._id, extra=extra or {})

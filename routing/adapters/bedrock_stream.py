"""Converse's stream: a message starts, blocks grow and stop, `messageStop` says why, `metadata` the usage.

The end is both of these last two. An exception in mid-stream is a frame of its own.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from routing.adapters.anthropic_request import JSON_TOOL
from routing.adapters.bedrock_answer import finish_reason, is_verified, read_usage, reported_model
from routing.adapters.bedrock_errors import named_error, stream_without_end
from routing.adapters.contract import Delta, Usage
from routing.adapters.counts import part
from routing.adapters.event_stream import EventStreamDecoder, Frame
from routing.adapters.failures import garbled

_decode = msgspec.json.Decoder().decode


class BedrockStream:
    """A StreamParser. Blocks are told apart by their index; a call's own index counts calls alone."""

    def __init__(self) -> None:
        self._frames = EventStreamDecoder()
        self._calls: dict[int, int] = {}  # index of a block → index of its call
        self._spoke: set[int] = set()  # blocks of calls that have arguments
        self._json_block: int | None = None  # the block of our own tool, whose input is the answer
        self._thinking: dict[int, dict[str, Any]] = {}
        self._usage: Usage | None = None
        self._model = ""
        self._begun = False
        self._stopped = False
        self._done = False

    @property
    def begun(self) -> bool:
        return self._begun

    def feed(self, data: bytes) -> list[Delta]:
        deltas: list[Delta] = []
        for frame in self._frames.feed(data):
            if self._done:
                break
            delta = self._frame(frame)
            if delta is not None:
                deltas.append(delta)
            if self._stopped and self._usage is not None:
                self._done = True
                deltas.append(Delta((), self._usage, self._model, "", None, True))
        return deltas

    def close(self) -> list[Delta]:
        if not self._done:
            raise stream_without_end(self._frames.stray, begun=self._begun)
        return []

    def _frame(self, frame: Frame) -> Delta | None:
        kind = frame.headers.get(":message-type")
        if kind == "error":
            message = frame.headers.get(":error-message", "")
            raise named_error(200, {}, frame.headers.get(":error-code", ""), message)
        try:
            event = _decode(frame.payload)
            if kind == "exception":
                raise named_error(200, {}, frame.headers[":exception-type"], str(event.get("message") or ""))
            return self._event(frame.headers[":event-type"], event)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise garbled() from None
        except (KeyError, TypeError, AttributeError, ValueError):
            raise garbled("an event that can't be read") from None

    def _event(self, name: str, event: dict[str, Any]) -> Delta | None:
        match name:
            case "contentBlockDelta":
                return self._grow(event["contentBlockIndex"], event["delta"])
            case "contentBlockStart":
                return self._begin(event["contentBlockIndex"], event["start"])
            case "contentBlockStop":
                return self._stop_block(event["contentBlockIndex"])
            case "messageStart":
                self._begun = True
                return self._delta({"role": "assistant", "content": ""})
            case "messageStop":
                self._stopped = True
                is_json = self._json_block is not None
                return self._delta({}, finish_reason(event["stopReason"], is_json=is_json))
            case "metadata":
                self._usage = read_usage(part(event, "usage"))
                self._model = reported_model(event)
        return None  # what a later version adds

    def _begin(self, block: int, start: Mapping[str, Any]) -> Delta | None:
        use = start.get("toolUse")
        if use is None:
            return None
        if use["name"] == JSON_TOOL:
            self._json_block = block
            return None
        index = self._calls[block] = len(self._calls)
        function = {"name": use["name"], "arguments": ""}
        call = {"index": index, "id": use["toolUseId"], "type": "function", "function": function}
        return self._delta({"tool_calls": [call]})

    def _grow(self, block: int, delta: Mapping[str, Any]) -> Delta | None:
        if "text" in delta:
            return self._delta({"content": delta["text"]})
        if "toolUse" in delta:
            return self._arguments(block, delta["toolUse"]["input"])
        if "reasoningContent" in delta:
            return self._think(block, delta["reasoningContent"])
        return None

    def _arguments(self, block: int, text: str) -> Delta | None:
        if not text:
            return None
        if block == self._json_block:
            return self._delta({"content": text})
        self._spoke.add(block)
        return self._delta({"tool_calls": [{"index": self._calls[block], "function": {"arguments": text}}]})

    def _think(self, block: int, content: Mapping[str, Any]) -> Delta | None:
        if content.get("redactedContent"):
            hidden = self._thinking.setdefault(block, {"type": "redacted_thinking", "data": ""})
            hidden["data"] += content["redactedContent"]
            return None
        thought = self._thinking.setdefault(block, {"type": "thinking", "thinking": ""})
        if content.get("signature"):
            thought["signature"] = thought.get("signature", "") + content["signature"]
        text = content.get("text")
        if not text:
            return None
        thought["thinking"] += text
        return self._delta({"reasoning_content": text})

    def _stop_block(self, block: int) -> Delta | None:
        if block in self._calls and block not in self._spoke:
            return self._arguments(block, "{}")
        thought = self._thinking.pop(block, None)
        if thought is not None and is_verified(thought):
            return self._delta({"thinking_blocks": [thought]})
        return None

    def _delta(self, delta: dict[str, Any], reason: str | None = None) -> Delta:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return Delta((choice,))

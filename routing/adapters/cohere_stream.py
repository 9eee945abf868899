"""Cohere's stream: a message starts, its contents, plan, calls and citations grow, `message-end` ends it."""

from collections.abc import Mapping
from typing import Any

import msgspec

from routing.adapters.cohere_answer import finish_reason, read_logprobs, read_usage
from routing.adapters.contract import Delta
from routing.adapters.counts import part, word
from routing.adapters.failures import garbled
from routing.adapters.openai_errors import error_from, stream_without_end
from routing.adapters.sse import ServerEvent, SseDecoder

_decode = msgspec.json.Decoder().decode


class CohereStream:
    """A StreamParser. `[DONE]`, which some of Cohere's hosts send behind the end, says nothing more."""

    def __init__(self) -> None:
        self._sse = SseDecoder()
        self._id = ""
        self._calls: dict[int, int] = {}  # Cohere's index of a call → ours
        self._spoke: set[int] = set()  # calls that have arguments
        self._begun = False
        self._done = False

    @property
    def begun(self) -> bool:
        return self._begun

    def feed(self, data: bytes) -> list[Delta]:
        return self._read(self._sse.feed(data))

    def close(self) -> list[Delta]:
        deltas = self._read(self._sse.close())
        if not self._done:
            raise stream_without_end(self._sse.stray, begun=self._begun)
        return deltas

    def _read(self, events: list[ServerEvent]) -> list[Delta]:
        deltas: list[Delta] = []
        for event in events:
            if self._done or not event.data:
                continue
            try:
                deltas.extend(self._event(_decode(event.data)))
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                raise garbled() from None
            except (KeyError, TypeError, AttributeError, ValueError):
                raise garbled("an event that can't be read") from None
        return deltas

    def _event(self, event: dict[str, Any]) -> list[Delta]:
        if "type" not in event:
            raise error_from(200, {}, event) or garbled()
        match event["type"]:
            case "content-delta" | "content-start":
                return self._grow(event)
            case "tool-plan-delta":
                return [self._delta({"tool_plan": event["delta"]["message"]["tool_plan"]})]
            case "tool-call-start":
                return [self._call(event["index"], event["delta"]["message"]["tool_calls"])]
            case "tool-call-delta":
                function = event["delta"]["message"]["tool_calls"]["function"]
                return self._arguments(event["index"], function["arguments"])
            case "tool-call-end" if self._calls[event["index"]] not in self._spoke:
                return self._arguments(event["index"], "{}")
            case "citation-start":
                citation = event["delta"]["message"]["citations"]
                return [self._delta({"citations": citation if isinstance(citation, list) else [citation]})]
            case "message-start":
                self._begun = True
                self._id = word(event.get("id"))
                return [self._delta({"role": "assistant", "content": ""})]
            case "message-end":
                return self._end(event["delta"])
        return []  # the ends of parts, and what a later version adds

    def _grow(self, event: Mapping[str, Any]) -> list[Delta]:
        content = event["delta"]["message"]["content"]
        delta: dict[str, Any] = {}
        if content.get("text"):
            delta["content"] = "" + content["text"]
        if content.get("thinking"):
            delta["reasoning_content"] = "" + content["thinking"]
        if not delta:
            return []
        logprobs = read_logprobs(event["logprobs"]) if event.get("logprobs") else None
        return [self._delta(delta, logprobs=logprobs)]

    def _call(self, place: int, call: Mapping[str, Any]) -> Delta:
        index = self._calls[place] = len(self._calls)
        arguments = call["function"].get("arguments") or ""
        if arguments:
            self._spoke.add(index)
        function = {"name": call["function"]["name"], "arguments": arguments}
        begun = {"index": index, "id": call["id"], "type": "function", "function": function}
        return self._delta({"tool_calls": [begun]})

    def _arguments(self, place: int, text: str) -> list[Delta]:
        if not text:
            return []
        index = self._calls[place]
        self._spoke.add(index)
        return [self._delta({"tool_calls": [{"index": index, "function": {"arguments": text}}]})]

    def _end(self, delta: Mapping[str, Any]) -> list[Delta]:
        reason = finish_reason(delta.get("finish_reason"), delta.get("error"))
        self._done = True
        end = Delta((), read_usage(part(delta, "usage")), "", self._id, None, True)
        return [self._delta({}, reason), end]

    def _delta(
        self, delta: dict[str, Any], reason: str | None = None, logprobs: list[dict[str, Any]] | None = None
    ) -> Delta:
        said = {"content": logprobs, "refusal": None} if logprobs else None
        choice = {"index": 0, "delta": delta, "logprobs": said, "finish_reason": reason}
        return Delta((choice,), None, "", self._id)

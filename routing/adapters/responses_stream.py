"""The typed events of OpenAI's Responses API.

1. The answer's id and model come with its first event; its items are then added, grow and are done.
2. A call keeps the index in which it began, whichever item grows meanwhile.
3. What an item says only when it is done, or the answer only at its end, is not lost.
4. The end is `response.completed` or `response.incomplete`, with the usage. Anything else raises.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from routing.adapters.contract import Delta
from routing.adapters.counts import part, word
from routing.adapters.failures import garbled
from routing.adapters.openai_errors import error_from, stream_without_end
from routing.adapters.responses_answer import (
    annotation_of,
    call_of,
    extra_of,
    finish_reason,
    read_output,
    read_usage,
)
from routing.adapters.sse import ServerEvent, SseDecoder

_decode = msgspec.json.Decoder().decode
_CALLS = ("function_call", "custom_tool_call")


class ResponsesStream:
    """A StreamParser."""

    __slots__ = ("_calls", "_done", "_id", "_kinds", "_model", "_phases", "_spoken", "_sse", "_thought")

    def __init__(self) -> None:
        self._sse = SseDecoder()
        self._id = ""
        self._model = ""
        self._calls: dict[int, tuple[int, bool]] = {}  # place of an item → (index of the call, is custom)
        self._spoken: set[int] = set()  # places of the items of which something was passed on
        self._kinds: dict[int, str] = {}  # place → whether a thought's summary or its text is passed on
        self._phases: dict[int, str] = {}  # place of a message of which nothing was said → its phase
        self._thought: tuple[int, int] | None = None  # (place, part) of the thought that grew last
        self._done = False

    @property
    def begun(self) -> bool:
        return bool(self._id or self._spoken)

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
            if self._done or not event.data or event.data == b"[DONE]":
                continue
            try:
                deltas.extend(self._event(_decode(event.data)))
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                raise garbled() from None
            except (KeyError, TypeError, AttributeError, ValueError):
                raise garbled("an event that can't be read") from None
        return deltas

    def _event(self, event: dict[str, Any]) -> list[Delta]:
        match event["type"]:
            case "response.output_text.delta":
                said = {"content": event["delta"]}
                return self._say(event["output_index"], said, event.get("logprobs"))
            case "response.function_call_arguments.delta" | "response.custom_tool_call_input.delta":
                return self._grow_call(event["output_index"], event["delta"])
            case "response.reasoning_summary_text.delta":
                return self._think(event, "summary", event.get("summary_index", 0))
            case "response.reasoning_text.delta":
                return self._think(event, "text", event.get("content_index", 0))
            case "response.refusal.delta":
                return self._say(event["output_index"], {"refusal": event["delta"]})
            case "response.output_text.annotation.added":
                note = annotation_of(event["annotation"])
                return self._say(event["output_index"], {"annotations": [note]})
            case "response.output_item.added":
                return self._begin_call(event["output_index"], event["item"])
            case "response.output_item.done":
                return self._finish_item(event["output_index"], event["item"])
            case "response.created":
                return self._start(event["response"])
            case "response.completed" | "response.incomplete":
                return self._end(event["response"])
            case "response.failed" | "response.cancelled":
                raise error_from(200, {}, event["response"]) or garbled("a failure without a reason")
            case "error":
                raise error_from(200, {}, event) or garbled("an error without a message")
        return []  # in progress, a part added or done, and what a later version adds

    def _start(self, response: Mapping[str, Any]) -> list[Delta]:
        self._id, self._model = word(response["id"]), word(response["model"])
        return [self._delta({"role": "assistant", "content": ""})]

    def _begin_call(self, place: int, item: Mapping[str, Any]) -> list[Delta]:
        self._note_phase(place, item)
        if item["type"] not in _CALLS or place in self._calls:
            return []
        call = call_of(item)
        is_custom = call["type"] == "custom"
        field = "input" if is_custom else "arguments"
        call[call["type"]][field] = ""
        index = len(self._calls)
        self._calls[place] = (index, is_custom)
        begun = [self._delta({"tool_calls": [{"index": index, **call}]})]
        return [*begun, *self._grow_call(place, item.get(field) or "")]

    def _note_phase(self, place: int, item: Mapping[str, Any]) -> None:
        if item["type"] == "message" and item.get("phase") and place not in self._spoken:
            self._phases[place] = word(item["phase"])

    def _grow_call(self, place: int, text: str) -> list[Delta]:
        if not text:
            return []
        index, is_custom = self._calls[place]
        grown = {"custom": {"input": text}} if is_custom else {"function": {"arguments": text}}
        return self._say(place, {"tool_calls": [{"index": index, **grown}]})

    def _think(self, event: Mapping[str, Any], kind: str, inner: int) -> list[Delta]:
        place, text = event["output_index"], event["delta"]
        if self._kinds.setdefault(place, kind) != kind:
            return []  # the same thought in other words
        if self._thought not in (None, (place, inner)):
            text = "\n\n" + text
        self._thought = (place, inner)
        return self._say(place, {"reasoning_content": text})

    def _finish_item(self, place: int, item: Mapping[str, Any]) -> list[Delta]:
        """What is said of the item only now: all of it where it did not grow, and the seal of a thought."""
        if item["type"] in _CALLS:
            deltas = self._begin_call(place, item)
            if place not in self._spoken:
                _, is_custom = self._calls[place]
                deltas += self._grow_call(place, "" if is_custom else (item.get("arguments") or "{}"))
            return deltas
        self._note_phase(place, item)
        message, logprobs = read_output([dict(item)])
        grew = place in self._spoken
        names = (
            ("reasoning_items",) if grew else ("content", "refusal", "reasoning_content", "reasoning_items")
        )
        said = {name: message[name] for name in names if message.get(name)}
        return self._say(place, said, None if grew else logprobs) if said else []

    def _end(self, response: Mapping[str, Any]) -> list[Delta]:
        deltas: list[Delta] = []
        if not self._spoken and not self._calls:
            for place, item in enumerate(response["output"]):
                deltas += self._finish_item(place, item)
        self._id = self._id or word(response.get("id"))
        self._model = word(response.get("model")) or self._model
        reason = finish_reason(response, calls_tools=bool(self._calls))
        usage = part(response, "usage")
        self._done = True
        return [
            *deltas,
            self._delta({}, reason=reason, extra=extra_of(response)),
            Delta((), read_usage(usage) if usage else None, self._model, self._id, None, True),
        ]

    def _say(self, place: int, said: dict[str, Any], logprobs: Any = None) -> list[Delta]:
        self._spoken.add(place)
        phase = self._phases.pop(place, "")
        return [self._delta({"phase": phase, **said} if phase else said, logprobs)]

    def _delta(
        self,
        delta: dict[str, Any],
        logprobs: Any = None,
        *,
        reason: str | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> Delta:
        choice = {
            "index": 0,
            "delta": delta,
            "logprobs": {"content": logprobs, "refusal": None} if logprobs else None,
            "finish_reason": reason,
        }
        return Delta((choice,), None, self._model, self._id, None, False, extra or {})

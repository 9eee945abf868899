"""OpenAI's stream of chunks: `data:` events that end with `data: [DONE]`.

1. A chunk without choices is read for its id, model and usage. What it says beside (Azure's filters, a
   moderation) goes with the next chunk, or with the end.
2. Usage is kept, the latest wins (some providers send a running count), and given once with the end.
3. The end is `[DONE]`, and every choice that began must have its finish reason by then. Anything else raises.
   From an endpoint that sends no `[DONE]` (`needs_done` false) the end of the body is taken for it.
4. A tool call keeps its index: a provider that numbers none, or all of them 0, gets them numbered here.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from routing.adapters.contract import Delta, Usage
from routing.adapters.counts import part, word
from routing.adapters.failures import garbled, stream_cut
from routing.adapters.openai_answer import as_text, finish_reason, normal_message, read_usage
from routing.adapters.openai_errors import FAILED, choice_error, error_from, stream_without_end
from routing.adapters.sse import ServerEvent, SseDecoder
from routing.adapters.thinking import Thoughts, split_message

_decode = msgspec.json.Decoder().decode
_KNOWN = frozenset(("id", "object", "created", "model", "choices", "usage", "system_fingerprint"))


class ToolCallIndexes:
    """The index of each tool call of one choice, whatever the provider says of it."""

    __slots__ = ("_ids", "_last")

    def __init__(self) -> None:
        self._ids: list[str] = []  # by index; "" where the provider gave none
        self._last = 0

    def place(self, call: dict[str, Any]) -> int:
        """A call with a new id and a name is new; one that names nothing goes on with what its index says."""
        given = call.get("index")
        call_id = call.get("id") or ""
        named = bool((call.get("function") or call.get("custom") or {}).get("name"))
        if call_id and call_id in self._ids:
            index = self._ids.index(call_id)
        elif isinstance(given, int) and 0 <= given < len(self._ids) and not (call_id and named):
            index = given
        elif named or call_id or not self._ids:
            index = len(self._ids)
            self._ids.append(call_id)
        else:
            index = self._last
        self._last = index
        return index


class OpenAIStream:
    """A StreamParser."""

    __slots__ = (
        "_calls",
        "_done",
        "_fingerprint",
        "_id",
        "_model",
        "_needs_done",
        "_new_thoughts",
        "_open",
        "_sse",
        "_thoughts",
        "_told",
        "_untold",
        "_usage",
    )

    def __init__(
        self, *, needs_done: bool = True, thoughts: Callable[[], Thoughts | None] = lambda: None
    ) -> None:
        """`thoughts` gives a splitter for each choice, where its text holds thoughts."""
        self._needs_done = needs_done
        self._new_thoughts = thoughts
        self._thoughts: dict[int, Thoughts | None] = {}
        self._sse = SseDecoder()
        self._open: dict[int, bool] = {}  # index of a choice that began → it has no finish reason yet
        self._calls: dict[int, ToolCallIndexes] = {}
        self._usage: Usage | None = None
        self._told: set[str] = set()  # further fields that were passed on
        self._untold: dict[str, Any] = {}  # those of chunks without choices, which wait
        self._id = ""
        self._model = ""
        self._fingerprint: str | None = None
        self._done = False

    @property
    def begun(self) -> bool:
        return bool(self._open)

    def feed(self, data: bytes) -> list[Delta]:
        return self._read(self._sse.feed(data))

    def close(self) -> list[Delta]:
        deltas = self._read(self._sse.close())
        if not self._done and not self._needs_done and self._finished:
            deltas.append(self._end())
        if not self._done:
            raise stream_without_end(self._sse.stray, begun=self.begun)
        return deltas

    def _read(self, events: list[ServerEvent]) -> list[Delta]:
        deltas: list[Delta] = []
        for event in events:
            if self._done:
                break
            if event.data == b"[DONE]":
                deltas.append(self._end())
            elif event.data:
                delta = self._chunk(event)
                if delta is not None:
                    deltas.append(delta)
        return deltas

    @property
    def _finished(self) -> bool:
        return bool(self._open) and not any(self._open.values())

    def _end(self) -> Delta:
        if not self._finished:
            raise stream_cut()
        self._done = True
        return Delta((), self._usage, self._model, self._id, self._fingerprint, True, self._untold)

    def _chunk(self, event: ServerEvent) -> Delta | None:
        try:
            chunk = _decode(event.data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise garbled() from None
        if not isinstance(chunk, dict):
            raise garbled()
        if chunk.get("error") or event.name == b"error" or chunk.get("object") == "error":
            raise error_from(200, {}, chunk) or garbled("an error without a message")
        try:
            self._note(chunk)
            choices = chunk.get("choices")
            for choice in choices or ():
                self._choice(choice)
        except (TypeError, KeyError, AttributeError, ValueError):
            raise garbled("a choice that can't be read") from None
        extra = {name: chunk[name] for name in chunk if name not in _KNOWN}
        if not choices:
            self._untold.update((name, extra[name]) for name in extra.keys() - self._told if extra[name])
            return None
        if self._untold:
            extra = {**self._untold, **extra}
            self._untold = {}
        self._told.update(extra)
        return Delta(tuple(choices), None, self._model, self._id, self._fingerprint, False, extra)

    def _note(self, chunk: dict[str, Any]) -> None:
        if not self._model:
            self._id = self._id or word(chunk.get("id"))
            self._model = word(chunk.get("model"))
        self._fingerprint = word(chunk.get("system_fingerprint")) or self._fingerprint
        usage = chunk.get("usage")
        if usage is None and "x_groq" in chunk:
            usage = part(chunk, "x_groq").get("usage")
        if usage is not None:
            self._usage = read_usage(usage) or self._usage

    def _choice(self, choice: dict[str, Any]) -> None:
        """Bring one choice to OpenAI's terms, in place."""
        index = choice.setdefault("index", 0)
        delta = choice.get("delta")
        if delta is None:
            delta = choice["delta"] = {}
        if "reasoning" in delta or isinstance(delta.get("content"), list):
            normal_message(delta)
        calls = delta.get("tool_calls")
        if calls:
            places = self._calls.setdefault(index, ToolCallIndexes())
            for call in calls:
                call["index"] = places.place(call)
                function = call.get("function")
                if function and isinstance(function.get("arguments"), dict):
                    function["arguments"] = as_text(function["arguments"])
        elif "tool_calls" in delta:
            del delta["tool_calls"]
        said = choice.setdefault("finish_reason", None)  # which Cerebras leaves out
        if index not in self._thoughts:
            self._thoughts[index] = self._new_thoughts()
        thoughts = self._thoughts[index]
        if thoughts is not None:
            split_message(delta, thoughts, last=said is not None)
        if said is None:
            self._open.setdefault(index, True)
        elif said == FAILED:
            raise choice_error(choice)
        else:
            choice["finish_reason"] = finish_reason(said, calls_tools=index in self._calls)
            self._open[index] = False

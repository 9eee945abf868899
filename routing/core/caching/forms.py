"""One answer in its two forms: whole, and as the chunks of a stream. One choice, as is kept."""

from collections.abc import Iterator, Mapping
from typing import Any

MAX_TOOL_CALLS = 128
KEPT_FINISHES = frozenset(("stop", "tool_calls", "function_call"))  # an answer that was not cut short
_TEXTS = frozenset(("content", "refusal", "reasoning", "reasoning_content"))
_LISTS = frozenset(("annotations", "reasoning_details"))
_CHUNK_ONLY = frozenset(("object", "choices", "usage", "signalbox"))


class Assembly:
    """What the chunks of a stream come to. What holds a part that is not known here comes to nothing."""

    def __init__(self) -> None:
        self._answer: dict[str, Any] = {}
        self._message: dict[str, Any] = {"role": "assistant", "content": None, "refusal": None}
        self._calls: dict[int, dict[str, Any]] = {}
        self._logprobs: dict[str, list[Any]] = {}
        self._finish: str | None = None
        self._is_whole = True

    def add(self, chunk: Mapping[str, Any]) -> None:
        for name, value in chunk.items():
            if name not in _CHUNK_ONLY:
                self._answer.setdefault(name, value)
        for choice in chunk.get("choices", ()):
            self._choice(choice)

    def completion(self) -> dict[str, Any] | None:
        """The answer, without its usage; None where there is none that can be told whole."""
        if not self._is_whole or self._finish is None:
            return None
        message = dict(self._message)
        if self._calls:
            message["tool_calls"] = [self._calls[index] for index in sorted(self._calls)]
        choice = {
            "index": 0,
            "message": message,
            "finish_reason": self._finish,
            "logprobs": self._logprobs or None,
        }
        return {**self._answer, "object": "chat.completion", "choices": [choice]}

    def _choice(self, choice: Mapping[str, Any]) -> None:
        if choice.get("index", 0) != 0:
            self._is_whole = False
        for name, value in (choice.get("delta") or {}).items():
            self._field(name, value)
        for name, tokens in (choice.get("logprobs") or {}).items():
            self._logprobs.setdefault(name, []).extend(tokens or ())
        self._finish = choice.get("finish_reason") or self._finish

    def _field(self, name: str, value: Any) -> None:
        if value is None or name == "role":
            return
        if name in _TEXTS and isinstance(value, str):
            self._message[name] = (self._message.get(name) or "") + value
        elif name in _LISTS and isinstance(value, list):
            self._message.setdefault(name, []).extend(value)
        elif name == "tool_calls" and isinstance(value, list):
            for part in value:
                self._call(part)
        else:
            self._is_whole = False

    def _call(self, part: Mapping[str, Any]) -> None:
        index = part.get("index", 0)
        call = self._calls.setdefault(index, {})
        if len(self._calls) > MAX_TOOL_CALLS:
            self._is_whole = False
        for name, value in part.items():
            if isinstance(value, dict):
                inside = call.setdefault(name, {})
                for key, text in value.items():
                    inside[key] = inside.get(key, "") + text if isinstance(text, str) else text
            elif name != "index" and value is not None:
                call[name] = value


def chunks(completion: Mapping[str, Any], *, told: Mapping[str, Any] | None) -> Iterator[dict[str, Any]]:
    """The stream of a whole answer. With `told` the usage comes last, with that beside it, as a client gets
    it that asked for usage; without, no chunk has any."""
    asked = {} if told is None else {"usage": None}
    base = {name: value for name, value in completion.items() if name not in ("usage", "choices")}
    base = {**base, "object": "chat.completion.chunk"}
    choice = completion["choices"][0]
    said = {name: value for name, value in choice["message"].items() if value is not None}
    first = {name: value for name, value in said.items() if name != "tool_calls"}
    first.setdefault("content", "")
    yield {**base, "choices": [_choice(first, choice.get("logprobs"))], **asked}
    for index, call in enumerate(said.get("tool_calls", ())):
        yield {**base, "choices": [_choice({"tool_calls": [{"index": index, **call}]})], **asked}
    yield {**base, "choices": [{**_choice({}), "finish_reason": choice["finish_reason"]}], **asked}
    if told is not None:
        yield {**base, "choices": [], "usage": completion.get("usage"), "signalbox": dict(told)}


def _choice(delta: Mapping[str, Any], logprobs: Any = None) -> dict[str, Any]:
    return {"index": 0, "delta": dict(delta), "logprobs": logprobs, "finish_reason": None}


def finish_of(completion: Mapping[str, Any]) -> str:
    choices: list[Mapping[str, Any]] = completion.get("choices") or []
    return str(choices[0].get("finish_reason")) if len(choices) == 1 else ""


def text_of(completion: Mapping[str, Any]) -> str:
    """What was said, for comparing it."""
    choices: list[Mapping[str, Any]] = completion.get("choices") or []
    return str(choices[0]["message"].get("content") or "") if choices else ""

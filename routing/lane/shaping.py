"""An attempt's answer held to what it must be: the task's output, or a schema that the model was only told.

The answer is brought to it (routing.core.normalise) and validated before the client sees any of it, so a
stream is held until its end. One that can't be raises ProviderError (`output_invalid`): a fallback that names
that moves on. Calls of tools, refusals marked as such, and what a filter left empty pass as they came.
"""

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from routing.adapters.contract import Delta, ProviderError
from routing.core.execution import FailureKind
from routing.core.normalise import normalise
from routing.core.tasks import Output, schema_of
from routing.core.telling import Way, answered
from routing.lane.composing import told_schema
from routing.lane.flight import Attempt, Flight
from routing.lane.guard import text_bytes
from routing.schemas import problems_with

MAX_HELD_DELTAS = 200_000
MAX_HELD_BYTES = 16 * 1024 * 1024
MAX_PROBLEMS_TOLD = 3

Choices = tuple[Mapping[str, Any], ...]


class Shaping:
    """Of one attempt. What was done is on the attempt, and in what is said of what served the request."""

    def __init__(
        self, flight: Flight, attempt: Attempt, output: Output, also: str = "", *, by_tool: bool = False
    ) -> None:
        self._flight = flight
        self._attempt = attempt
        self._output = output
        self._also = also  # a further schema that it must meet
        self._by_tool = by_tool  # it is given to a tool that the application never asked for
        self._steps: dict[str, None] = {}
        self._held: list[Delta] = []
        self._held_bytes = 0

    def whole(self, choices: Choices) -> Choices:
        """Raises ProviderError where a choice is not what it must be."""
        shaped = tuple(self._choice(answered(choice) if self._by_tool else choice) for choice in choices)
        self._note()
        return shaped

    def delta(self, delta: Delta) -> list[Delta]:
        """Nothing until the stream's own end, then all of it. Raises ProviderError."""
        if self._by_tool:
            delta = msgspec.structs.replace(delta, choices=tuple(map(answered, delta.choices)))
        self._held.append(delta)
        self._held_bytes += sum(text_bytes(choice.get("delta")) for choice in delta.choices)
        self._attempt.received_bytes = self._held_bytes  # nothing is sent, yet all of it is to be paid
        if len(self._held) > MAX_HELD_DELTAS or self._held_bytes > MAX_HELD_BYTES:
            raise self._invalid(("it is too long to be held",))
        if not delta.done:
            return []
        shaped = self._assembled()
        self._note()
        self._held.clear()
        return shaped

    def _assembled(self) -> list[Delta]:
        """The deltas as they came, with the text of each choice in its first one that has any."""
        whole = _joined(self._held)
        shaped = {index: self._choice(choice) for index, choice in whole.items()}
        texts = {
            index: str(choice["message"]["content"])
            for index, choice in shaped.items()
            if choice is not whole[index]
        }
        given: set[int] = set()
        made: list[Delta] = []
        for delta in self._held:
            told = (self._with_text(choice, texts, given) for choice in delta.choices)
            choices = tuple(choice for choice in told if choice is not None)
            if choices or not delta.choices:
                made.append(msgspec.structs.replace(delta, choices=choices))
        return made

    def _with_text(
        self, choice: Mapping[str, Any], texts: Mapping[int, str], given: set[int]
    ) -> Mapping[str, Any] | None:
        """The step of a choice with its whole text, or with none; None where nothing is left of it."""
        index = choice.get("index", 0)
        said = choice.get("delta") or {}
        if not said.get("content") or index not in texts:
            return choice
        if index in given:
            rest = {name: value for name, value in said.items() if name != "content"}
            return {**choice, "delta": rest} if rest or choice.get("finish_reason") else None
        given.add(index)
        return {**choice, "delta": {**said, "content": texts[index]}, "logprobs": None}

    def _choice(self, choice: Mapping[str, Any]) -> Mapping[str, Any]:
        message, finish = choice["message"], choice.get("finish_reason")
        text = message.get("content") or ""
        passes = message.get("tool_calls") or message.get("function_call") or message.get("refusal")
        if passes or (finish == "content_filter" and not text):
            return choice
        found = normalise(text, self._output)
        problems = found.problems or problems_with(found.value, self._output.schema_text)
        if self._also and not problems:
            problems = problems_with(found.value, self._also)
        if problems and finish == "length":
            problems = ("it was cut at its limit of tokens", *problems)
        self._steps.update(dict.fromkeys(found.steps))
        if problems:
            raise self._invalid(problems)
        if not found.steps:
            return choice
        content = written(found.value)
        return {**choice, "message": {**message, "content": content}, "logprobs": None}

    def _invalid(self, problems: tuple[str, ...]) -> ProviderError:
        self._note(problems)
        told = "; ".join(problems[:MAX_PROBLEMS_TOLD])
        message = f"The answer is not what it must be: {told}."
        return ProviderError(message, kind=FailureKind.OUTPUT_INVALID, retryable=False, status=200)

    def _note(self, problems: tuple[str, ...] = ()) -> None:
        self._attempt.output = {"steps": list(self._steps), "problems": list(problems)}
        if self._steps:
            self._flight.served["normalised"] = list(self._steps)


def shaping_for(flight: Flight, attempt: Attempt) -> Shaping | None:
    """None where nothing is declared, and then an answer costs nothing more."""
    task = flight.release.tasks.get(flight.claimed_value("task"))
    told, way = told_schema(flight, attempt)
    by_tool = way is Way.TOOL
    if task is not None and task.output is not None:
        return Shaping(flight, attempt, task.output, told, by_tool=by_tool)
    if not told:
        return None
    output = Output(schema_of(told), told, unknown_keys="keep", coerces=False)
    return Shaping(flight, attempt, output, by_tool=by_tool)


def written(value: Any) -> str:
    """As JSON; in ASCII where it holds what has no UTF-8."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"), allow_nan=False)
    return text


def _joined(deltas: list[Delta]) -> dict[int, dict[str, Any]]:
    """Each choice of a stream as it would be whole, as far as shaping looks at it."""
    found: dict[int, dict[str, Any]] = {}
    parts: dict[int, list[str]] = {}
    for delta in deltas:
        for choice in delta.choices:
            index = choice.get("index", 0)
            joined = found.setdefault(index, {"message": {}, "finish_reason": None})
            said = choice.get("delta") or {}
            parts.setdefault(index, []).append(said.get("content") or "")
            for name in ("tool_calls", "function_call", "refusal"):
                if said.get(name):
                    joined["message"][name] = said[name]
            joined["finish_reason"] = choice.get("finish_reason") or joined["finish_reason"]
    for index, joined in found.items():
        joined["message"]["content"] = "".join(parts[index])
    return found

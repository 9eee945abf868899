"""Answers under the release's detection rules: what is found is counted, replaced, or ends the answer.

There is no guard where no rule asks for one, and then an answer costs nothing more.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import msgspec

from routing.adapters.contract import Delta, ProviderError, Result
from routing.core.detected import wanted_of_output
from routing.core.execution import FailureKind
from routing.core.release import Release
from routing.core.tokens import utf8_bytes
from routing.detection.catalogue import DETECTORS
from routing.detection.finding import TooMuch
from routing.detection.outgoing import Blocked, GuardedText, NotedText
from routing.detection.passage import Passage, PassingText
from routing.detection.scanner import Scanner, scanner_for

MAX_RELEASES = 16
_UNREAD = frozenset(("embedding", "b64_json", "results"))  # vectors, pictures, verdicts
Choices = tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class OutputRules:
    scanner: Scanner
    redacts: frozenset[str]
    cuts: frozenset[str]


@lru_cache(maxsize=MAX_RELEASES)
def rules_of(release: Release) -> OutputRules | None:
    """None where answers are not looked at."""
    rules = wanted_of_output(release)
    if not rules:
        return None
    by_action = {
        action: frozenset(name for name, rule in rules.items() if rule.output == action)
        for action in ("redact", "cut")
    }
    return OutputRules(scanner_for(frozenset(rules)), by_action["redact"], by_action["cut"])


class Guard:
    """Of one attempt's answer. Whatever it is given comes out, now or with what ends the choice."""

    def __init__(self, rules: OutputRules) -> None:
        self.counts: Counter[str] = Counter()
        self.received_bytes = 0  # of text, before anything was held or replaced
        self._rules = rules
        self._passages: dict[int, Passage] = {}

    def whole(self, choices: Choices) -> Choices:
        """Raises ProviderError where the answer may not go out."""
        return _ruled(
            lambda: tuple(
                {**choice, "message": Passage(self._text).whole(choice["message"])} for choice in choices
            )
        )

    def delta(self, delta: Delta) -> Delta:
        """Raises ProviderError where the stream must end here."""
        if not delta.choices:
            return delta
        choices = _ruled(lambda: tuple(map(self._choice, delta.choices)))
        return msgspec.structs.replace(delta, choices=choices)

    def close(self) -> None:
        """Count what was in an answer that broke off; none of it goes out any more."""
        for passage in self._passages.values():
            try:
                passage.rest()
            except (Blocked, TooMuch):
                continue

    def _choice(self, choice: Mapping[str, Any]) -> Mapping[str, Any]:
        index = choice.get("index", 0)
        passage = self._passages.get(index)
        if passage is None:
            passage = self._passages[index] = Passage(self._text)
        said = choice.get("delta") or {}
        self.received_bytes += text_bytes(said)
        return {**choice, "delta": passage.delta(said, last=bool(choice.get("finish_reason")))}

    def _text(self, is_json: bool) -> PassingText:
        rules = self._rules
        if not (rules.redacts or rules.cuts):
            return NotedText(rules.scanner, self.counts)
        return GuardedText(rules.scanner, self.counts, redacts=rules.redacts, cuts=rules.cuts)


def guard_for(release: Release) -> Guard | None:
    rules = rules_of(release)
    return None if rules is None else Guard(rules)


def guarded(guard: Guard, result: Result) -> Result:
    """An answer of another operation: of JSON its texts, of what is text alone all of it. Pictures, sound
    and vectors hold none that can be read."""
    if result.value is not None:
        (choice,) = guard.whole(({"message": _readable(result.value)},))
        return replace(result, value=_put_back(result.value, choice["message"]))
    if not result.content_type.startswith("text/"):
        return result
    (choice,) = guard.whole(({"message": {"content": result.content.decode()}},))
    return replace(result, content=choice["message"]["content"].encode())


def _readable(value: Any) -> Any:
    """Without what is no text."""
    if isinstance(value, Mapping):
        return {name: _readable(inner) for name, inner in value.items() if name not in _UNREAD}
    return [_readable(inner) for inner in value] if isinstance(value, list) else value


def _put_back(value: Any, read: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            name: inner if name in _UNREAD else _put_back(inner, read[name]) for name, inner in value.items()
        }
    return [_put_back(*pair) for pair in zip(value, read, strict=True)] if isinstance(value, list) else read


def _ruled(work: Callable[[], Choices]) -> Choices:
    try:
        return work()
    except Blocked as blocked:
        message = f"The answer holds what a rule does not let out: {DETECTORS[blocked.detector].words}."
        raise ProviderError(message, kind=FailureKind.OUTPUT_BLOCKED, retryable=False) from blocked
    except TooMuch as error:
        message = "It can't be said what the answer holds, so it is not given out."
        raise ProviderError(message, kind=FailureKind.OUTPUT_BLOCKED, retryable=False) from error


def text_bytes(value: Any) -> int:
    if isinstance(value, str):
        return utf8_bytes(value)
    if isinstance(value, Mapping):
        return sum(map(text_bytes, value.values()))
    return sum(map(text_bytes, value)) if isinstance(value, list | tuple) else 0

"""Placeholders: put in the place of values before a request leaves, and taken back in its answer.

The same value has the same placeholder throughout one request. The map lives in this process for as long as
the request does; it is never recorded, stored or sent.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate

from routing.detection.catalogue import DETECTORS
from routing.detection.finding import SEPARATOR, Finding

MAX_PLACEHOLDER_CHARS = 40
_PLACEHOLDER = re.compile(r"\[[A-Z][A-Z_]{0,30}_[0-9]{1,6}\]")
_UNFINISHED = re.compile(r"\[(?:[A-Z][A-Z_]*[0-9]*)?")


class Placeholders:
    """The map of one request. `taken` is all that it says: a placeholder that the text holds is not given."""

    __slots__ = ("_counts", "_placeholder_of", "_taken", "_value_of")

    def __init__(self, taken: str) -> None:
        self._taken = taken
        self._counts: dict[str, int] = {}
        self._value_of: dict[str, str] = {}
        self._placeholder_of: dict[str, str] = {}

    def __bool__(self) -> bool:
        return bool(self._value_of)

    def __repr__(self) -> str:
        return f"<{len(self._value_of)} placeholders>"

    def of(self, label: str, value: str) -> str:
        known = self._placeholder_of.get(value)
        if known is not None:
            return known
        while True:
            number = self._counts[label] = self._counts.get(label, 0) + 1
            placeholder = f"[{label}_{number}]"
            if placeholder not in self._taken:
                break
        self._value_of[placeholder] = value
        self._placeholder_of[value] = placeholder
        return placeholder

    def redact(self, text: str, findings: Iterable[Finding]) -> str:
        """`text` with its `findings` (in order) replaced; those that overlap are replaced as one."""
        parts, place = [], 0
        for start, end, label in merged(findings):
            parts += [text[place:start], self.of(label, text[start:end])]
            place = end
        return "".join((*parts, text[place:]))

    def restore(self, text: str, *, as_json: bool = False) -> str:
        """`as_json`: the text is JSON, where a value stands escaped."""
        if "[" not in text:
            return text

        def value(found: "re.Match[str]") -> str:
            known = self._value_of.get(found[0])
            if known is None:
                return found[0]
            return _escaped(known) if as_json else known

        return _PLACEHOLDER.sub(value, text)


class RestoringText:
    """One text of an answer as it streams. What may be the beginning of a placeholder waits for its end."""

    __slots__ = ("_as_json", "_held", "_placeholders")

    def __init__(self, placeholders: Placeholders, *, as_json: bool) -> None:
        self._placeholders = placeholders
        self._as_json = as_json
        self._held = ""

    def feed(self, text: str, *, last: bool = False) -> str:
        text = self._held + text
        place = len(text) if last else _unfinished(text)
        self._held = text[place:]
        return self._placeholders.restore(text[:place], as_json=self._as_json)


def merged(findings: Iterable[Finding]) -> list[tuple[int, int, str]]:
    """(start, end, label) of what is to be replaced. Overlapping findings have the label of the first."""
    spans: list[tuple[int, int, str]] = []
    for finding in sorted(findings, key=lambda each: (each.start, -each.end)):
        if spans and finding.start < spans[-1][1]:
            start, end, label = spans[-1]
            spans[-1] = (start, max(end, finding.end), label)
        else:
            spans.append((finding.start, finding.end, DETECTORS[finding.detector].label))
    return spans


def by_text(texts: Sequence[str], findings: Iterable[Finding]) -> Mapping[int, list[Finding]]:
    """Findings in `SEPARATOR.join(texts)` as findings in each text, by its index."""
    starts = [0, *accumulate(len(text) + len(SEPARATOR) for text in texts)]
    found: dict[int, list[Finding]] = {}
    for each in findings:
        index = bisect_right(starts, each.start) - 1
        offset = starts[index]
        end = min(each.end - offset, len(texts[index]))
        found.setdefault(index, []).append(Finding(each.detector, each.kind, each.start - offset, end))
    return found


def _unfinished(text: str) -> int:
    """Where a placeholder begins that `text` may have the first part of; its length where none does."""
    place = text.rfind("[")
    if place < 0 or len(text) - place > MAX_PLACEHOLDER_CHARS or not _UNFINISHED.fullmatch(text, place):
        return len(text)
    return place


_ESCAPES = {ord('"'): '\\"', ord("\\"): "\\\\", ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t"}
_ESCAPES |= {code: f"\\u{code:04x}" for code in range(32) if code not in _ESCAPES}


def _escaped(value: str) -> str:
    return value.translate(_ESCAPES)

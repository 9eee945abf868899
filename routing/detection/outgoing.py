"""Answers as they pass: found values recorded, replaced, or the answer cut.

A rule that only records delays nothing. One that replaces or cuts holds back what may be the beginning of a
value: the last HOLD_CHARS, and the word that they begin in. Where these hold no digit, and no head of a key
block, only the last word and a little before it may be one: a value of several words has a digit in the
first, behind at most LETTERS_BEFORE. Words of diagnoses count where enough of them stand within what is
held, so where they are looked for all of it is; longer ways between them are not seen here.
"""

import re
from collections import Counter

from routing.detection.finding import Finding, TooMuch
from routing.detection.folding import is_plain
from routing.detection.redaction import merged
from routing.detection.scanner import Scanner

HOLD_CHARS = 48  # the longest grouped number is an IBAN of 34 in groups of four
LETTERS_BEFORE = 4  # of a number, with what parts them from it: "AB 12 34 56 C"
CONTEXT_CHARS = 64  # of what has passed, for words that name the number that follows
MAX_HELD_CHARS = 32_768
NOTE_EVERY_CHARS = 4_096
_BEGUN = re.compile(r"[0-9]|-----BEGIN")  # a value that goes on past the end of a word
_WORDS = frozenset(("health_terms",))  # what counts by several words, none of which has a digit


class Blocked(Exception):
    """The answer holds what a rule does not let out; `detector` names it."""

    def __init__(self, detector: str) -> None:
        super().__init__(detector)
        self.detector = detector


class NotedText:
    """Passes everything at once, and counts what it held."""

    def __init__(self, scanner: Scanner, counts: Counter[str]) -> None:
        self._scanner = scanner
        self._counts = counts
        self._window = _Window(scanner, holds_all=True)
        self._waiting: list[str] = []
        self._size = 0

    def feed(self, text: str, *, last: bool = False) -> str:
        self._waiting.append(text)
        self._size += len(text)
        if last or self._size >= NOTE_EVERY_CHARS:
            self._look(last=last)
        return text

    def _look(self, *, last: bool) -> None:
        text, self._waiting, self._size = "".join(self._waiting), [], 0
        _, findings = self._window.settle(text, last=last)
        self._counts.update(finding.detector for finding in findings)


class GuardedText:
    """Holds back, counts, replaces what `redacts` names and raises Blocked for what `cuts` names."""

    def __init__(
        self, scanner: Scanner, counts: Counter[str], *, redacts: frozenset[str], cuts: frozenset[str]
    ) -> None:
        self._window = _Window(scanner, holds_all=not _WORDS.isdisjoint(redacts | cuts))
        self._counts = counts
        self._redacts = redacts
        self._cuts = cuts

    def feed(self, text: str, *, last: bool = False) -> str:
        return self._out(*self._window.settle(text, last=last))

    def _out(self, text: str, findings: list[Finding]) -> str:
        self._counts.update(finding.detector for finding in findings)
        blocked = next((each.detector for each in findings if each.detector in self._cuts), None)
        if blocked is not None:
            raise Blocked(blocked)
        parts, place = [], 0
        for start, end, label in merged(each for each in findings if each.detector in self._redacts):
            parts += [text[place:start], f"[{label} removed]"]
            place = end
        return "".join((*parts, text[place:]))


class _Window:
    """What has come and not yet passed, behind a little of what has."""

    def __init__(self, scanner: Scanner, *, holds_all: bool) -> None:
        self._scanner = scanner
        self._holds_all = holds_all
        self._passed = ""
        self._held = ""

    def settle(self, text: str, *, last: bool) -> tuple[str, list[Finding]]:
        """What may pass now, and the findings in it, each of which is given once."""
        self._held += text
        if not self._held:
            return "", []
        before = len(self._passed)
        found = [
            Finding(each.detector, each.kind, max(0, each.start - before), each.end - before)
            for each in self._scanner.scan(self._passed + self._held)
            if each.end > before
        ]
        cut = len(self._held) if last else self._cut(found)
        out, self._held = self._held[:cut], self._held[cut:]
        if len(self._held) > MAX_HELD_CHARS:
            raise TooMuch(f"more than {MAX_HELD_CHARS} characters without an end")
        self._passed = (self._passed + out)[-CONTEXT_CHARS:]
        return out, [each for each in found if each.end <= cut]

    def _hold_chars(self) -> int:
        last = self._held[-HOLD_CHARS:]
        if self._holds_all or _BEGUN.search(last) or not is_plain(last):
            return HOLD_CHARS
        return LETTERS_BEFORE

    def _cut(self, found: list[Finding]) -> int:
        """Where the text may be parted: in no finding, and not within a word."""
        cut = max(0, len(self._held) - self._hold_chars())
        while cut and not self._held[cut - 1].isspace():
            cut -= 1
        for each in reversed(found):
            if each.start < cut < each.end or (each.start < cut and each.end == len(self._held)):
                cut = each.start
        return cut

"""From a text to its findings. What can be ruled out by a pass over its bytes is not looked for.

A text that holds nothing costs that pass: a few microseconds for each KiB.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from routing.detection import cards, contacts, health, iban, nationals, secrets
from routing.detection.catalogue import DETECTORS, is_optional
from routing.detection.finding import Finding, Kind, TooMuch
from routing.detection.folding import fold
from routing.detection.numbers import may_hold_runs, shape_table, windows

MAX_FINDINGS = 10_000
_CLASSES = bytes(
    48 if 48 <= byte < 58 else 65 if 65 <= byte <= 90 or 97 <= byte <= 122 else 32 for byte in range(256)
)
_IBAN_SHAPE = b" AA00"
_SHAPES = shape_table(cards.SHAPES | contacts.SHAPES | nationals.SHAPES)
_NUMBERS = frozenset(nation.detector for nation in nationals.NATIONALS) | {"payment_card", "phone"}
_SECRETS = frozenset(name for name, known in DETECTORS.items() if known.kind is Kind.SECRET)


class Scanner:
    """Looks for what `detectors` names. Those of the extra (`optional`) are not its own."""

    def __init__(self, detectors: Iterable[str]) -> None:
        named = frozenset(detectors)
        self.optional = frozenset(name for name in named if is_optional(name))
        self.detectors = named - self.optional
        self._numbers = bool(self.detectors & _NUMBERS)
        self._secrets = bool(self.detectors & _SECRETS)
        self._iban = "iban" in self.detectors
        self._fiscal = "it_fiscal_code" in self.detectors
        self._health = "health_terms" in self.detectors

    def scan(self, text: str) -> list[Finding]:
        """The findings in order, none within another of its detector. Raises TooMuch past MAX_FINDINGS."""
        folded = fold(text)
        found: list[Finding] = []
        for finding in self._find(folded.text):
            if finding.detector in self.detectors:
                if len(found) >= MAX_FINDINGS:
                    raise TooMuch(f"more than {MAX_FINDINGS} findings")
                found.append(finding)
        if len(found) > 1:
            found = _settled(found)
        if folded.places:
            found = [Finding(f.detector, f.kind, *folded.span(f.start, f.end)) for f in found]
        return found

    def _find(self, text: str) -> Iterator[Finding]:
        latin = text.encode("latin-1", "replace")
        if "@" in text:
            yield from contacts.emails(text)
        if "+" in text:
            yield from contacts.international(text)
        if self._numbers and may_hold_runs(latin):
            yield from _numbers(text)
        if self._iban or self._fiscal:
            classes = b" " + latin.translate(_CLASSES)
            if self._iban and _IBAN_SHAPE in classes:
                yield from iban.find(text)
            if self._fiscal and nationals.IT_SHAPE in classes:
                yield from nationals.find_mixed(text)
        if self._secrets:
            yield from secrets.find(text, latin)
        if self._health and health.may_hold(latin):
            yield from health.find(text)


@lru_cache(maxsize=64)
def scanner_for(detectors: frozenset[str]) -> Scanner:
    """The one scanner for these detectors."""
    return Scanner(detectors)


def _numbers(text: str) -> Iterator[Finding]:
    for window in windows(text, _SHAPES, _can_be):
        before = text[max(0, window.start - 2) : window.start]
        if cards.is_card(window, before):
            yield Finding("payment_card", Kind.PAYMENT, window.start, window.end)
        elif contacts.is_national(window, before):
            start = window.start - (before.endswith("("))
            yield Finding("phone", Kind.PERSONAL, start, window.end)
        yield from nationals.find(text, window)


@lru_cache(maxsize=4096)
def _can_be(shape: str, digits: int) -> bool:
    return digits in cards.LENGTHS or shape in contacts.SHAPES or nationals.can_be(shape, digits)


def _settled(found: list[Finding]) -> list[Finding]:
    """In order of place; of findings of one kind that overlap, the first and longest."""
    found.sort(key=lambda finding: (finding.start, -finding.end))
    kept: list[Finding] = []
    ends: dict[Kind, int] = {}
    for finding in found:
        if finding.start >= ends.get(finding.kind, 0):
            kept.append(finding)
            ends[finding.kind] = finding.end
    return kept

"""Whatever is sent: no exception, no quadratic time, and never more findings than are followed."""

import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.detection.catalogue import DETECTORS
from routing.detection.finding import TooMuch
from routing.detection.scanner import MAX_FINDINGS, Scanner

EVERYTHING = Scanner(DETECTORS)
SIZE = 100_000
MAX_S_PER_MB = 12.0  # of the worst text, on a slow machine; quadratic time would take minutes
PIECES = [
    "@",
    ".",
    "-",
    "+",
    " ",
    "eyJ",
    "sk-",
    "gh",
    "AKIA",
    "1",
    "12 ",
    "1-",
    "4444 ",
    "DE89",
    "A1",
    "a.b@",
    "=",
    "x",
]

ATTACKS = {
    "digits": "1" * SIZE,
    "single digits": "1 " * (SIZE // 2),
    "groups of four": "4444 " * (SIZE // 5),
    "groups of two": "01-" * (SIZE // 3),
    "at signs": "@" * SIZE,
    "locals": "a" * SIZE + "@",
    "addresses": "a@b." * (SIZE // 4),
    "domains": "@" + "a." * (SIZE // 2),
    "hyphens in a domain": "@" + "-" * SIZE,
    "plus signs": "+1" * (SIZE // 2),
    "tokens": "eyJ" * (SIZE // 3),
    "tokens with dots": "eyJabcdefgh." * (SIZE // 12),
    "key of keys": "sk-" * (SIZE // 3),
    "gh": "gh" * (SIZE // 2),
    "blocks": "-----BEGIN PRIVATE KEY-----" * (SIZE // 27),
    "begins": "-----BEGIN " + "A " * (SIZE // 2),
    "assignments": "password=" * (SIZE // 9),
    "long names": "password" + "a" * SIZE + "=",
    "equal signs": "=" * SIZE,
    "accounts": "DE89" * (SIZE // 4),
    "accounts apart": "DE89 " * (SIZE // 5),
    "words": "patient-" * (SIZE // 8),
    "invisible": "\u200b" * SIZE,
    "invisible digits": "1\u200b" * (SIZE // 2),
    "full width": "\uff11" * SIZE,
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_time_grows_with_the_text_and_no_faster(attack: str) -> None:
    began = time.thread_time()
    with suppress(TooMuch):
        EVERYTHING.scan(attack)
    assert time.thread_time() - began < MAX_S_PER_MB * len(attack) / 1_000_000


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=80))
def test_any_text_is_scanned_and_its_findings_lie_within(pieces: list[str]) -> None:
    text = "".join(pieces)
    found = EVERYTHING.scan(text)
    assert all(0 <= each.start < each.end <= len(text) for each in found)
    assert [each.start for each in found] == sorted(each.start for each in found)


def test_more_findings_than_are_followed_are_no_silent_end() -> None:
    with pytest.raises(TooMuch):
        EVERYTHING.scan("a@b.example " * (MAX_FINDINGS + 1))

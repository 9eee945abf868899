"""Answers: counted, replaced or cut, however they are split."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.detection.catalogue import DETECTORS
from routing.detection.outgoing import HOLD_CHARS, Blocked, GuardedText, NotedText
from routing.detection.scanner import Scanner

EVERYTHING = Scanner(set(DETECTORS) - {"health_terms"})
NONE: frozenset[str] = frozenset()
VALUES = {
    "email": "jane@example.com",
    "payment_card": "4111 1111 1111 1111",
    "iban": "GB82 WEST 1234 5698 7654 32",
    "phone": "(415) 555-0132",
    "github_token": "ghp_" + "a1" * 18,
    "uk_nino": "AB 12 34 56 C",
    "private_key": "-----BEGIN PRIVATE KEY-----\n" + "MIIE\n" * 300 + "-----END PRIVATE KEY-----",
}
BETWEEN = ("Hello ", "\n", "1 ", "x", "AB", "(", "\u0661", "a\u200bb")


def passed(text: str, cuts: list[int], guard: GuardedText | NotedText) -> str:
    parts = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    return "".join([guard.feed(part) for part in parts] + [guard.feed("", last=True)])


@pytest.mark.parametrize("detector", VALUES)
@pytest.mark.parametrize("size", [1, 3, 7, 50, 5000])
def test_a_value_is_replaced_however_the_stream_is_split(detector: str, size: int) -> None:
    text = f"Sure, here it is: {VALUES[detector]} and that is all that I know of it."
    counts: Counter[str] = Counter()
    guard = GuardedText(EVERYTHING, counts, redacts=EVERYTHING.detectors, cuts=NONE)
    said = passed(text, list(range(size, len(text), size)), guard)
    label = DETECTORS[detector].label
    assert said == f"Sure, here it is: [{label} removed] and that is all that I know of it."
    assert counts == {detector: 1}


@pytest.mark.parametrize("detector", VALUES)
def test_nothing_of_a_value_is_out_when_the_answer_is_cut(detector: str) -> None:
    said: list[str] = []
    guard = GuardedText(EVERYTHING, Counter(), redacts=NONE, cuts=frozenset({detector}))
    with pytest.raises(Blocked):
        said.extend(map(guard.feed, f"Well: {VALUES[detector]} is it, and so on. {'And on. ' * 9}"))
    assert "".join(said) in ("", "Well: ")


@given(st.lists(st.sampled_from([*VALUES.values(), *BETWEEN]), max_size=10), st.data())
def test_splits_change_neither_text_nor_counts(pieces: list[str], data: st.DataObject) -> None:
    text = " ".join(pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=12)))
    counts: list[Counter[str]] = [Counter(), Counter()]
    guards = [GuardedText(EVERYTHING, each, redacts=EVERYTHING.detectors, cuts=NONE) for each in counts]
    whole, split = passed(text, [], guards[0]), passed(text, cuts, guards[1])
    assert whole == split
    assert counts[0] == counts[1]


@given(st.lists(st.sampled_from([*VALUES.values(), " Hello "]), max_size=10), st.data())
def test_what_is_only_recorded_is_passed_at_once(pieces: list[str], data: st.DataObject) -> None:
    text = " ".join(pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=12)))
    counts: Counter[str] = Counter()
    noted = NotedText(EVERYTHING, counts)
    assert noted.feed("Hi ") == "Hi "
    assert passed(text, cuts, noted) == text
    assert counts == Counter(each.detector for each in EVERYTHING.scan("Hi " + text))


def test_words_pass_as_they_come_where_nothing_may_be_the_beginning_of_a_value() -> None:
    guard = GuardedText(EVERYTHING, Counter(), redacts=EVERYTHING.detectors, cuts=NONE)
    assert guard.feed("The train left the station") == "The train left the "
    assert guard.feed(" on track 3 at") == ""
    assert guard.feed(" noon, and it came back when all of the lamps were lit") != ""


def test_words_of_diagnoses_are_held_until_there_are_enough() -> None:
    health = Scanner({"health_terms"})
    guard = GuardedText(health, Counter(), redacts=health.detectors, cuts=NONE)
    assert guard.feed("The patient came on a Monday") == ""


def test_no_more_is_held_than_may_become_a_value() -> None:
    guard = GuardedText(EVERYTHING, Counter(), redacts=EVERYTHING.detectors, cuts=NONE)
    text = "Plain words, one after the other. " * 20
    said = "".join(guard.feed(text[at : at + 4]) for at in range(0, len(text), 4))
    assert len(text) - len(said) < HOLD_CHARS + 16

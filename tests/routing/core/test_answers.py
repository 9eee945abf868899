"""Which answers are the same, and what judges and classifiers said."""

import pytest

from routing.core.answers import key_of, label_in, score_in, similar
from routing.core.combining import Combined, Disagreed, Undecided, combined
from routing.core.decision import Call, EnsemblePlan

CALLS = tuple(Call(f"0.{at}", f"d{at}", 1, 10, "p") for at in range(3))


@pytest.mark.parametrize(
    ("compare", "one", "other", "same"),
    [
        ("text", " Paris. ", "paris", True),
        ("text", "Paris", "London", False),
        ("json", '{"a": 1, "b": 2}', '```json\n{"b":2,"a":1}\n```', True),
        ("json", '{"a": 1}', '{"a": 2}', False),
        ("number", "The answer is 1,234.50", "1234.5", True),
        ("number", "4", "It is 4.0 in all", True),
        ("number", "-3", "3", False),
        ("choice", "(B) because …", "The answer is B", True),
        ("choice", "B.", "b)", True),
        ("choice", "A", "B", False),
    ],
)
def test_answers_are_compared_by_what_they_say(compare, one, other, same):
    assert (key_of(one, compare) == key_of(other, compare)) is same


@pytest.mark.parametrize(("compare", "text"), [("number", "none"), ("json", "{"), ("choice", "the end")])
def test_what_can_not_be_compared_agrees_with_nothing(compare, text):
    assert key_of(text, compare) is None


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("the cat sat on the mat", "the cat sat on a mat", True),
        ("pay 5 euros now please", "pay 6 euros now please", False),
        ("yes", "no", False),
    ],
)
def test_texts_are_alike_by_their_words_and_never_with_other_numbers(one, other, alike):
    assert similar(one, other) is alike


@pytest.mark.parametrize(
    ("text", "milli"),
    [
        ('{"score": 85, "reason": "good"}', 850),
        ('Sure: {"score": 7.5}', 75),
        ("90", 900),
        ("I give it 40 of 100", 400),
        ('{"score": 101}', None),
        ('{"score": true}', None),
        ("well done", None),
    ],
)
def test_a_score_is_read_or_there_is_none(text, milli):
    score = score_in(text)
    assert (score.milli if score else None) == milli


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Code", "code"),
        ("It is code.", "code"),
        ("code or poetry", None),
        ("encode", None),
        ("", None),
        ("code and code again", "code"),
    ],
)
def test_a_label_is_one_of_those_that_there_are(text, label):
    assert label_in(text, ("code", "poetry")) == label


def vote(answers, pending=(False,) * 3, weights=(1, 1, 1), quorum=2, by="vote", compare="text"):
    return combined(EnsemblePlan("0", CALLS, weights, by, quorum, compare), answers, pending)


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        ({"answers": ("x", "x", None), "pending": (False, False, True)}, 0),
        ({"answers": ("x", None, None), "pending": (False, True, True)}, Undecided),
        ({"answers": ("x", "y", None), "pending": (False, False, True)}, Undecided),
        ({"answers": ("x", "y", "y")}, 1),
        ({"answers": ("x", "y", "z")}, Disagreed),
        ({"answers": ("x", None, None)}, Disagreed),
        ({"answers": ("x", "y", "y"), "weights": (3, 1, 1), "quorum": 3}, 0),
        ({"answers": ("x", "y", None), "quorum": 1}, Disagreed),
        ({"answers": ("x", "x", "y"), "quorum": 3}, Disagreed),
        ({"answers": ("1", "x", None), "by": "judge", "quorum": 1}, Combined),
        ({"answers": ("1", None, None), "by": "judge", "quorum": 1}, 0),
        ({"answers": (None, "x", None), "by": "all", "quorum": 2}, Disagreed),
    ],
)
def test_members_come_to_one_answer_or_to_none(given, outcome):
    found = vote(**given)
    if isinstance(outcome, int):
        assert isinstance(found, Combined)
        assert found.member == outcome
    else:
        assert isinstance(found, outcome)


@pytest.mark.parametrize(
    ("answers", "weights", "mean"),
    [
        (("1", "2", "6"), (1, 1, 1), "3"),
        (("1", "2", None), (1, 3, 1), "1.75"),
        (("0.1", "0.2", "x"), (1, 1, 1), "0.15"),
    ],
)
def test_an_average_is_exact(answers, weights, mean):
    found = vote(answers, by="average", weights=weights)
    assert isinstance(found, Combined)
    assert found.text == mean

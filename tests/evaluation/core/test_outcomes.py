"""Files of graded outcomes."""

import json

import pytest

from evaluation.core.items import Item
from evaluation.core.outcomes import LinesUnreadable, Outcome, pairs_of, read_outcomes

ITEMS = {
    "1": Item("1", ({"role": "user", "content": "2+2?"},), "sums", "4", "number"),
    "2": Item("2", ({"role": "user", "content": "Say hi."},)),
}


def test_an_answer_is_graded_by_its_item():
    line = json.dumps({"item": "1", "model": "m", "answer": "It is 4.", "cost_usd": "0.000001"})
    assert read_outcomes([line], ITEMS, is_csv=False) == [Outcome("1", "m", 1.0, 1_000, "4")]


def test_csv_says_the_same_as_json():
    rows = ["item,model,score,cost_usd,answer_key", "1,m,0.5,0.002,four", "2,m,1,,"]
    assert read_outcomes(rows, ITEMS, is_csv=True) == [
        Outcome("1", "m", 0.5, 2_000_000, "four"),
        Outcome("2", "m", 1.0, 0, ""),
    ]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"item": "9", "model": "m", "score": 1}, "no item"),
        ({"item": "1", "score": 1}, "names no model"),
        ({"item": "2", "model": "m", "answer": "hi"}, "no score, and its item no grader"),
        ({"item": "1", "model": "m", "score": 2}, "between 0 and 1"),
        ({"item": "1", "model": "m", "score": "good"}, "no number"),
        ({"item": "1", "model": "m", "score": 1, "cost_usd": -1}, "not negative"),
        ({"item": "1", "model": "m", "score": 1, "cost_usd": "NaN"}, "no number"),
        ({"item": "1", "model": "m", "mark": 1}, "no such field: mark"),
    ],
)
def test_a_line_that_is_no_outcome_is_refused(row: dict[str, object], says: str):
    with pytest.raises(LinesUnreadable, match=says):
        read_outcomes([json.dumps(row)], ITEMS, is_csv=False)


def test_a_model_answers_an_item_once():
    line = json.dumps({"item": "1", "model": "m", "score": 1})
    with pytest.raises(LinesUnreadable, match="answered 1 before"):
        read_outcomes([line, line], ITEMS, is_csv=False)


def test_pairs_are_items_that_both_models_answered():
    outcomes = [Outcome("1", "w", 0, 1), Outcome("1", "s", 1, 9), Outcome("2", "s", 1, 9)]
    (pair,) = pairs_of(outcomes, ITEMS, weak="w", strong="s")
    assert (pair.key, pair.text, pair.task, pair.gap) == ("1", "2+2?", "sums", 1)

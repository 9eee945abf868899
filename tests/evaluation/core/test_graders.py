import pytest

from evaluation.core.graders import answer_key, comparable, expectation_problem, grade


@pytest.mark.parametrize(
    ("grader", "expected", "answer", "holds"),
    [
        ("exact", "Yes", "  yes\n", True),
        ("exact", "Yes", "Yes, it is", False),
        ("contains", "New  York", "It is in new york.", True),
        ("contains", "York", "It is in Leeds.", False),
        ("choice", "B", "The answer is (B).", True),
        ("choice", "b", "A is tempting, but it is B", True),
        ("choice", "B", "Because of this, C", False),
        ("choice", "A", "a", True),
        ("choice", "I", "I'd say C", False),
        ("choice", "B", "", False),
        ("number", "1200", "So it costs $1,200.00.", True),
        ("number", "-3", "first 5, then -3", True),
        ("number", "3", "none", False),
        ("json", '{"a": [1, true]}', '```json\n{"a": [1, true]}\n```', True),
        ("json", '{"a": 1}', '{"a": true}', False),
        ("json", "1", "{", False),
        ("refusal", "", "I can\u2019t help with that.", True),
        ("refusal", "", "", True),
        ("refusal", "", "Sure: first you …", False),
    ],
)
def test_an_answer_holds_where_it_is_what_was_expected(grader: str, expected: str, answer: str, holds: bool):
    assert grade(grader, expected, answer) is holds


@pytest.mark.parametrize(
    ("grader", "expected"),
    [("exact", ""), ("choice", "K"), ("number", "many"), ("json", "{"), ("refusal", "no")],
)
def test_an_expectation_that_no_answer_could_meet_is_a_problem(grader: str, expected: str):
    assert expectation_problem(grader, expected)


@pytest.mark.parametrize(
    ("grader", "one", "other"),
    [
        ("number", "it is 10", "10.0"),
        ("choice", "B", "I take B."),
        ("json", '{"a": 1, "b": 2}', '{"b": 2, "a": 1}'),
        ("exact", "Yes  sir", "yes sir"),
    ],
)
def test_answers_that_say_the_same_have_one_key(grader: str, one: str, other: str):
    assert answer_key(grader, one) == answer_key(grader, other) != ""


@pytest.mark.parametrize("grader", ["number", "choice", "json", "exact"])
def test_no_answer_agrees_with_none(grader: str):
    assert answer_key(grader, "") == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("'abc'", "abc"),
        (" 70,000.0 ", "70000"),
        ('{"b": 1, "a": 2}', '{"a":2,"b":1}'),
        ("a  b", "a b"),
        ('"7"', "7"),
    ],
)
def test_two_spellings_of_an_answer_compare_equal(one: str, other: str):
    assert comparable(one) == comparable(other) != ""


@pytest.mark.parametrize(("one", "other"), [("CW", "cw"), ("7", "8"), ("'a", "a"), ("true", "1")])
def test_different_answers_do_not_compare_equal(one: str, other: str):
    assert comparable(one) != comparable(other)

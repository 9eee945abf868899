"""Answers of models, brought to what a task declares: tables, and that no text at all breaks it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.core.normalise import MAX_STEPS, normalise
from routing.core.tasks import OutputField, path_of, synonyms_of, task_from

SCHEMA = {
    "type": "object",
    "properties": {
        "amount": {"type": "number"},
        "count": {"type": ["integer", "null"]},
        "paid": {"type": "boolean"},
        "status": {"enum": ["open", "closed"]},
        "lines": {"type": "array", "items": {"$ref": "#/$defs/line"}},
        "note": {"anyOf": [{"type": "string"}, {"type": "number"}]},
    },
    "$defs": {"line": {"type": "object", "properties": {"price": {"type": "number"}, "sku": {}}}},
}


def output(schema=SCHEMA, fields=(), **changes):
    given = {"envelopes": [], "unknown_keys": "refuse", "coerces": True, "asked": False, **changes}
    rows = [{"key": "", "names": [], "synonyms": "", "default": "", **field} for field in fields]
    value = {"name": "t", "output": {"schema": json.dumps(schema), "fields": rows, **given}}
    made = task_from(value).output
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("text", "value", "steps"),
    [
        ('{"amount": 1}', {"amount": 1}, ()),
        ('\ufeff {"amount": 1}\n', {"amount": 1}, ()),
        ('```json\n{"amount": 1}\n```', {"amount": 1}, ("fence",)),
        ('Sure! ```\n{"amount": 1}``` Anything else?', {"amount": 1}, ("fence",)),
        ('Here you are: {"amount": 1}. Bye.', {"amount": 1}, ("prose",)),
        ('"{\\"amount\\": 1}"', {"amount": 1}, ("quoted",)),
        ('{"amount": "12.50"}', {"amount": 12.5}, ("number:amount",)),
        ('{"count": "-3"}', {"count": -3}, ("integer:count",)),
        ('{"paid": "True"}', {"paid": True}, ("boolean:paid",)),
        ('{"lines": [{"price": "1"}, {"price": "2"}]}', {"lines": [{"price": 1}, {"price": 2}]},
         ("number:lines[].price",)),
        ('{"note": "12"}', {"note": "12"}, ()),
    ],
)  # fmt: skip
def test_an_answer_is_found_and_its_values_get_their_types(text, value, steps):
    found = normalise(text, output())
    assert (found.value, found.steps, found.problems) == (value, steps, ())


@pytest.mark.parametrize("text", ["12,50", "1.234,5", "ten", "0x10", "1e999", "٣", " "])
def test_a_text_that_is_not_exactly_a_number_stays_a_text(text):
    assert normalise(json.dumps({"amount": text}), output()).value == {"amount": text}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I can't say.",
        '{"amount": 1,}',
        '{"amount": 1} {"amount": 2}',
        'Either {"amount": 1} or {"amount": 2}',
        'Use {braces}: {"amount": 1}',
        '{"amount": 1, "amount": 2}',
        '{"amount": NaN}',
        '{"amount": 1e999}',
        '{"a": ' * 3000,
        '{"tax": 1}',
        '{"lines": [{"vat": 1}]}',
    ],
)
def test_what_would_have_to_be_guessed_is_a_problem(text):
    assert normalise(text, output()).problems


FIELDS = [
    {"key": "amount", "names": ["total", "invoice.total"], "default": "0"},
    {"key": "status", "synonyms": "open = offen, Opened\nclosed = zu"},
    {"key": "lines[].price", "names": ["cost"]},
    {"key": "paid", "synonyms": "true = ja, yes\nfalse = nein"},
]


@pytest.mark.parametrize(
    ("said", "value", "steps"),
    [
        ({"total": "5"}, {"amount": 5}, ("renamed:total>amount", "number:amount")),
        ({"invoice": {"total": 5}}, {"amount": 5}, ("renamed:invoice.total>amount",)),
        ({}, {"amount": 0}, ("default:amount",)),
        ({"amount": 1, "status": " OFFEN"}, {"amount": 1, "status": "open"}, ("synonym:status",)),
        ({"amount": 1, "status": "Closed"}, {"amount": 1, "status": "closed"}, ("synonym:status",)),
        ({"amount": 1, "paid": "Ja"}, {"amount": 1, "paid": True}, ("synonym:paid",)),
        ({"amount": 1, "lines": [{"cost": 2}]}, {"amount": 1, "lines": [{"price": 2}]},
         ("renamed:cost>lines[].price",)),
        ({"result": {"amount": 1}}, {"amount": 1}, ("unwrapped:result",)),
    ],
)  # fmt: skip
def test_what_the_task_declares_is_done(said, value, steps):
    found = normalise(json.dumps(said), output(fields=FIELDS, envelopes=["result"]))
    assert (found.value, set(found.steps), found.problems) == (value, set(steps), ())


def test_a_key_under_two_of_its_names_is_a_problem():
    both = output(fields=[{"key": "amount", "names": ["total", "sum"]}])
    assert normalise('{"total": 1, "sum": 2}', both).problems


@pytest.mark.parametrize(
    ("way", "value", "is_problem"),
    [("drop", {"amount": 1}, False), ("keep", {"amount": 1, "x": 2}, False), ("refuse", None, True)],
)
def test_unknown_keys_go_the_way_that_the_task_says(way, value, is_problem):
    found = normalise('{"amount": 1, "x": 2}', output(unknown_keys=way))
    assert bool(found.problems) is is_problem
    assert is_problem or found.value == value


@pytest.mark.parametrize("more", [{"additionalProperties": True}, {"allOf": [{}]}, {"patternProperties": {}}])
def test_a_schema_that_allows_other_keys_loses_none(more):
    found = normalise('{"amount": 1, "x": 2}', output({**SCHEMA, **more}, unknown_keys="drop"))
    assert found.value == {"amount": 1, "x": 2}


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        ({"type": "integer"}, "```\n42\n```", 42),
        ({"type": "string"}, "positive", "positive"),
        ({"enum": ["a", "b"], "type": "string"}, '"a"', "a"),
        ({"type": "array"}, "The list: [1, 2]", [1, 2]),
        ({}, 'So: {"a": [1]}', {"a": [1]}),
    ],
)
def test_an_answer_need_not_be_an_object(schema, text, value):
    assert normalise(text, output(schema)).value == value


def test_steps_say_nothing_that_the_model_wrote():
    text = 'Dear Ann, ```{"amount": "7", "secret-ann": 1}```'
    assert normalise(text, output(unknown_keys="drop")).steps == ("fence", "dropped:root", "number:amount")


@pytest.mark.parametrize("text", ["", "a..b", "[]", "a[]", "a b", ".".join("abcdefghi")])
def test_what_is_no_path_is_refused(text):
    with pytest.raises(ValueError, match=r"path|end with"):
        path_of(text)


def test_a_path_is_written_as_it_was():
    assert OutputField(path_of("a.lines[].price")).written == "a.lines[].price"


@pytest.mark.parametrize("text", ["open", "= a", "a =", "a = x\nb = X"])
def test_synonyms_that_say_nothing_or_two_things_are_refused(text):
    with pytest.raises(ValueError, match="synonym"):
        synonyms_of(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.text() | json_values.map(json.dumps))
def test_any_text_comes_to_a_value_or_a_problem(text):
    found = normalise(text, output(fields=FIELDS, unknown_keys="drop"))
    assert len(found.steps) <= MAX_STEPS
    if not found.problems:
        again = normalise(json.dumps(found.value), output(fields=FIELDS, unknown_keys="drop"))
        assert again.value == found.value


@given(json_values, st.text(alphabet=st.characters(exclude_characters="{}[]")))
def test_prose_without_brackets_never_changes_the_answer(value, prose):
    """Whatever stands around it: the answer is that of the JSON alone, or there is none."""
    text = json.dumps({"note": value})
    alone = normalise(text, output(unknown_keys="keep"))
    assert normalise(prose + text + prose, output(unknown_keys="keep")).value == alone.value

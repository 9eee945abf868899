"""Schemas that a person wrote: which can be used, and what is said of a value that fails one."""

import json

import pytest

from routing.schemas import problems_with, schema_problem


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "nothing"},
        {"$ref": "https://schemas.example/x"},
        {"$ref": "file:///etc/hostname"},
        {"$ref": "#/$defs/gone"},
        {"pattern": "("},
        {"properties": []},
    ],
)
def test_a_schema_that_can_t_be_used_is_a_problem(schema):
    assert schema_problem(json.dumps(schema))


@pytest.mark.parametrize("text", ["", "[]", "{", "1", '{"minimum": NaN}', '{"a":' * 10_000])
def test_what_is_no_schema_at_all_is_a_problem(text):
    assert schema_problem(text)


def test_problems_name_the_place_and_not_what_was_there():
    text = json.dumps(
        {"properties": {"a": {"type": "number"}}, "required": ["b"], "additionalProperties": False}
    )
    assert schema_problem(text) is None
    found = problems_with({"a": "Ann", "ann": 1}, text)
    assert found
    assert "Ann" not in str(found)
    assert "ann" not in str(found)


def test_a_regular_expression_takes_linear_time():
    text = json.dumps({"pattern": "^(a+)+$"})
    assert problems_with("a" * 5_000 + "!", text)

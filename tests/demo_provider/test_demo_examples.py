"""Examples for JSON schemas: what the demo provider answers must satisfy what was asked."""

from typing import Any

import jsonschema_rs
import pytest
from signalbox.demo_provider.examples import example

TREE = {
    "$defs": {
        "Node": {
            "type": "object",
            "properties": {
                "label": {"type": "string"},
                "next": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/Node"}]},
            },
            "required": ["label", "next"],
        }
    },
    "type": "object",
    "properties": {"root": {"$ref": "#/$defs/Node"}},
    "required": ["root"],
}


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "string", "minLength": 12},
        {"type": "string", "maxLength": 2},
        {"type": "string", "format": "date-time"},
        {"type": "integer", "minimum": 18, "maximum": 18},
        {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
        {"type": "integer", "multipleOf": 5, "minimum": 7},
        {"type": "array", "items": {"type": "boolean"}, "minItems": 3},
        {"type": ["string", "null"]},
        {"enum": ["celsius", "fahrenheit"]},
        {"const": {"a": 1}},
        {"oneOf": [{"type": "integer"}, {"type": "string"}]},
        {"allOf": [{"properties": {"a": {"type": "integer"}}, "required": ["a"]}], "type": "object"},
        {"type": "object", "properties": {"city": {"type": "string"}}, "additionalProperties": False},
        TREE,
    ],
    ids=str,
)
def test_an_example_satisfies_its_schema(schema: dict[str, Any]) -> None:
    jsonschema_rs.validate(schema, example(schema))


def test_a_schema_without_end_has_an_end() -> None:
    loop = {"type": "object", "properties": {"again": {"$ref": "#"}}, "required": ["again"]}
    assert isinstance(example(loop), dict)

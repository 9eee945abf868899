"""Which schemas go to a Claude's structured outputs, and which to a tool."""

from typing import Any

import pytest

from routing.adapters.structured import MAX_SCHEMA_DEPTH, takes_schema


def closed(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def nested(depth: int) -> dict[str, Any]:
    schema = closed()
    for _ in range(depth):
        schema = {"type": "array", "items": schema}
    return schema


@pytest.mark.parametrize(
    ("schema", "taken"),
    [
        (closed(a={"type": "string", "pattern": "^a$", "enum": ["a"]}), True),
        (closed(minimum={"type": "integer"}, properties=closed()), True),
        (closed(a={"enum": [{"maximum": 1, "type": "object"}]}), True),
        ({**closed(a={"$ref": "#/$defs/maximum"}), "$defs": {"maximum": closed()}}, True),
        (closed(a={"type": "array", "items": closed(), "minItems": 1}), True),
        ({"type": "object"}, False),
        ({"properties": {}}, False),
        (closed(a={"type": ["object", "null"], "additionalProperties": True}), False),
        (closed(a={"anyOf": [closed(), {"type": "object", "properties": {}}]}), False),
        ({**closed(), "$defs": {"b": {"type": "object"}}}, False),
        (closed(a={"type": "integer", "minimum": 0}), False),
        (closed(a={"type": "array", "items": {"type": "string", "maxLength": 3}}), False),
        (closed(a={"type": "array", "items": {}, "minItems": 2}), False),
        (nested(MAX_SCHEMA_DEPTH - 1), True),
        (nested(MAX_SCHEMA_DEPTH + 1), False),
    ],
)
def test_a_closed_schema_without_limits_is_taken(schema: dict[str, Any], taken: bool) -> None:
    assert takes_schema(schema) is taken

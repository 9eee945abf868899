"""Which JSON schemas a Claude's structured outputs take: closed ones, without limits on what a value may be.

Any other schema can still be that of a tool.
"""

from collections.abc import Mapping
from typing import Any

MAX_SCHEMA_DEPTH = 64
_LIMITS = frozenset(
    (
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("minLength", "maxLength", "maxItems", "uniqueItems", "minProperties", "maxProperties"),
    )
)
_OF_SCHEMAS = ("properties", "$defs", "definitions")  # whose values are schemas, under any name
_LITERAL = frozenset(("enum", "const", "default", "examples", "description", "title"))


def takes_schema(schema: Any, depth: int = MAX_SCHEMA_DEPTH) -> bool:
    if isinstance(schema, list):
        return all(takes_schema(each, depth) for each in schema)
    if not isinstance(schema, Mapping):
        return True
    if depth == 0 or _LIMITS & schema.keys() or not _is_closed(schema) or not _is_short(schema):
        return False
    inner = [
        each
        for name, value in schema.items()
        if name not in _LITERAL
        for each in (value.values() if name in _OF_SCHEMAS and isinstance(value, Mapping) else (value,))
    ]
    return all(takes_schema(each, depth - 1) for each in inner)


def _is_closed(schema: Mapping[str, Any]) -> bool:
    kind = schema.get("type")
    is_object = kind == "object" or (isinstance(kind, list) and "object" in kind) or "properties" in schema
    return not is_object or schema.get("additionalProperties") is False


def _is_short(schema: Mapping[str, Any]) -> bool:
    return schema.get("minItems") in (None, 0, 1)

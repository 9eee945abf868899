"""A value that satisfies a JSON schema, plausible to a human: what the demo provider answers with."""

from typing import Any

MAX_DEPTH = 12
MAX_ITEMS = 16

_FORMATS = {
    "date": "2026-01-31",
    "date-time": "2026-01-31T12:00:00Z",
    "time": "12:00:00Z",
    "email": "someone@example.com",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "ipv4": "192.0.2.1",
    "hostname": "example.com",
}
_WORDS = {"city": "Paris", "location": "Paris", "country": "France", "name": "Ada", "query": "signal boxes"}


def example(schema: Any, *, name: str = "") -> Any:
    """An example for `schema`; `name` is the property it is for, which hints at words."""
    return _example(schema, schema if isinstance(schema, dict) else {}, name, 0)


def _example(schema: Any, root: dict[str, Any], name: str, depth: int) -> Any:
    if not isinstance(schema, dict) or depth > MAX_DEPTH:
        return None
    if "$ref" in schema:
        return _example(_resolve(schema["$ref"], root), root, name, depth + 1)
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    for union in ("anyOf", "oneOf"):
        if schema.get(union):
            return _example(schema[union][0], root, name, depth + 1)
    if schema.get("allOf"):
        return _example(_merged(schema, root), root, name, depth + 1)
    return _of_type(schema, root, name, depth)


def _of_type(schema: dict[str, Any], root: dict[str, Any], name: str, depth: int) -> Any:
    kind = schema.get("type") or ("object" if "properties" in schema else "string")
    if isinstance(kind, list):
        kind = kind[0] if kind else "string"
    match str(kind).lower():
        case "object":
            return _object(schema, root, depth)
        case "array":
            count = min(max(1, schema.get("minItems") or 0), schema.get("maxItems", MAX_ITEMS), MAX_ITEMS)
            return [_example(schema.get("items", {}), root, name, depth + 1) for _ in range(count)]
        case "integer":
            return int(_number(schema))
        case "number":
            return _number(schema)
        case "boolean":
            return True
        case "null":
            return None
    return _string(schema, name)


def _object(schema: dict[str, Any], root: dict[str, Any], depth: int) -> dict[str, Any]:
    properties = schema.get("properties") or {}
    required = set(schema.get("required") or properties)
    return {
        key: _example(inner, root, key, depth + 1)
        for key, inner in properties.items()
        if key in required or depth < 2
    }


def _number(schema: dict[str, Any]) -> float:
    """The least number allowed; 1 where that is not said. JSON's numbers have no step where none is given."""
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    value: float
    if "minimum" in schema:
        value = schema["minimum"]
    elif above is not None:
        top = schema.get("maximum", below)
        value = above + 1 if top is None or above + 1 < top else (above + top) / 2
    elif below is not None:
        value = min(1, below - 1)
    else:
        value = min(1, schema.get("maximum", 1))
    step = schema.get("multipleOf")
    return -(-value // step) * step if step else value


def _string(schema: dict[str, Any], name: str) -> str:
    text = _FORMATS.get(schema.get("format", "")) or _WORDS.get(name.lower()) or "example"
    text = text.ljust(min(schema.get("minLength") or 0, 10_000), ".")
    return text[: schema["maxLength"]] if "maxLength" in schema else text


def _resolve(reference: Any, root: dict[str, Any]) -> Any:
    found: Any = root
    for part in str(reference).removeprefix("#").strip("/").split("/"):
        if part:
            found = found.get(part) if isinstance(found, dict) else None
    return found


def _merged(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    merged = {key: value for key, value in schema.items() if key != "allOf"}
    for part in schema["allOf"][:MAX_ITEMS]:
        part = _resolve(part["$ref"], root) if isinstance(part, dict) and "$ref" in part else part
        if isinstance(part, dict):
            properties = {**merged.get("properties", {}), **part.get("properties", {})}
            required = [*merged.get("required", []), *part.get("required", [])]
            merged = {**merged, **part, "properties": properties, "required": required}
    return merged

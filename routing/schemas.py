"""JSON Schemas: whether one can be used, and what is wrong with a value by it.

Validation is by jsonschema-rs, with its linear regular expressions and nothing fetched: a schema that a
person wrote can neither stall a worker nor make it open a connection.
"""

from functools import lru_cache
from typing import Any

import jsonschema_rs
from jsonschema_rs import ReferencingError, ValidationError, ValidationErrorKind

from routing.core.tasks import schema_of

MAX_VALIDATORS = 256
MAX_PROBLEMS = 8
MAX_PROBLEM_CHARS = 200
_MASK = "the value"
# Their words would name keys that the model made up.
_STRAY_KEYS = (
    ValidationErrorKind.AdditionalProperties,
    ValidationErrorKind.UnevaluatedProperties,
    ValidationErrorKind.PropertyNames,
)


def schema_problem(text: str) -> str | None:
    """What is wrong with a schema, for people; None where it can be used."""
    try:
        _validator(text)
    except ValidationError as error:
        where = "/".join(str(part) for part in error.instance_path)
        return f"This is no JSON Schema: {where or 'the whole'} can't be understood."
    except (ReferencingError, ValueError) as error:
        return str(error)[:MAX_PROBLEM_CHARS]
    return None


def problems_with(value: Any, schema_text: str) -> tuple[str, ...]:
    """Where `value` fails the schema, without a word of what it holds; a bad schema is a problem too."""
    try:
        errors = _validator(schema_text).iter_errors(value)
        return tuple(_told(error) for error, _ in zip(errors, range(MAX_PROBLEMS), strict=False))
    except (ReferencingError, ValueError) as error:
        return (str(error)[:MAX_PROBLEM_CHARS],)


def _told(error: Any) -> str:
    where = "/".join(str(part) for part in error.instance_path)
    said = "it has a key that is not declared" if isinstance(error.kind, _STRAY_KEYS) else error.message
    return f"{where or 'the answer'}: {said}"[:MAX_PROBLEM_CHARS]


@lru_cache(maxsize=MAX_VALIDATORS)
def _validator(text: str) -> Any:
    return jsonschema_rs.validator_for(
        dict(schema_of(text)), offline=True, mask=_MASK, pattern_options=jsonschema_rs.RegexOptions()
    )

"""A task: what requests are for, as their key, header or prompt names it, and what an answer to one must be.

An answer's shape is a JSON Schema. What models make of it instead (other names of keys, other words for a
value, numbers as text) is brought to it by what the task declares here, which a release holds: see
routing.core.normalise. A name that no task has stays a label.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MAX_FIELDS = 100
MAX_NAMES_PER_FIELD = 20
MAX_SYNONYMS_PER_FIELD = 200
MAX_PATH_PARTS = 8
MAX_SCHEMA_CHARS = 64_000
UNKNOWN_KEYS = ("drop", "keep", "refuse")
EACH = "[]"  # the step of a path into every item of a list
_PART = re.compile(r"[^.\[\]\s]{1,128}")


@dataclass(frozen=True, slots=True)
class OutputField:
    """One key of the answer. `names` are what models call it instead, from where it stands (dotted: further
    down); `synonyms` map a folded text to the value that is meant; `default` holds one value, or none."""

    path: tuple[str, ...]  # ("lines", "[]", "amount")
    names: tuple[tuple[str, ...], ...] = ()
    synonyms: Mapping[str, Any] = field(default_factory=dict)
    default: tuple[Any, ...] = ()

    @property
    def written(self) -> str:
        return ".".join(self.path).replace("." + EACH, EACH)


@dataclass(frozen=True, slots=True)
class Output:
    """What an answer must be, and how it may be brought to that."""

    schema: Mapping[str, Any]
    schema_text: str
    fields: tuple[OutputField, ...] = ()
    envelopes: tuple[str, ...] = ()  # keys in which some models wrap the whole answer
    unknown_keys: str = "refuse"
    coerces: bool = True  # "12.5" → 12.5 and "true" → true, where the schema says so
    asked: bool = False  # whether models are told the schema; else answers are only held to it


@dataclass(frozen=True, slots=True)
class Task:
    name: str
    output: Output | None = None


def path_of(text: str) -> tuple[str, ...]:
    """The parts of `lines[].amount`. Raises ValueError."""
    parts: list[str] = []
    for piece in text.strip().split("."):
        name = piece.removesuffix(EACH)
        if not _PART.fullmatch(name):
            raise ValueError(f"“{text}” is no path: write keys with dots between them, and [] after a list.")
        parts.extend((name, EACH) if piece.endswith(EACH) else (name,))
    if len(parts) > MAX_PATH_PARTS or parts[-1] == EACH:
        raise ValueError(f"“{text}” must end with a key, and have at most {MAX_PATH_PARTS} parts.")
    return tuple(parts)


def name_of(text: str) -> tuple[str, ...]:
    """The parts of another name, which may be further down but not in a list. Raises ValueError."""
    parts = path_of(text)
    if EACH in parts:
        raise ValueError(f"“{text}” can't be taken out of a list.")
    return parts


def value_of(text: str) -> Any:
    """JSON where `text` is that, else the text itself."""
    try:
        return json.loads(text, parse_constant=_refused)
    except (ValueError, RecursionError):
        return text


def folded(text: str) -> str:
    """By this, texts are compared with synonyms: without case and outer blanks."""
    return text.strip().casefold()


def synonyms_of(text: str) -> dict[str, Any]:
    """Lines such as `open = offen, opened`: the value, then what else is said for it. Raises ValueError."""
    found: dict[str, Any] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        value, equals, others = line.partition("=")
        words = [word for word in map(folded, others.split(",")) if word]
        if not equals or not value.strip() or not words:
            raise ValueError(f"“{line}” must be a value, “=”, and its synonyms with commas between them.")
        meant = value_of(value.strip())
        for word in (folded(value), *words):
            if found.setdefault(word, meant) != meant:
                raise ValueError(f"“{word}” is a synonym of two values.")
    if len(found) > MAX_SYNONYMS_PER_FIELD:
        raise ValueError(f"At most {MAX_SYNONYMS_PER_FIELD} synonyms.")
    return found


def schema_of(text: str) -> Mapping[str, Any]:
    """The JSON object in `text`. Raises ValueError; whether it is a schema is for routing.schemas to say."""
    if len(text) > MAX_SCHEMA_CHARS:
        raise ValueError(f"A schema has at most {MAX_SCHEMA_CHARS} characters.")
    try:
        schema = json.loads(text, parse_constant=_refused)
    except RecursionError:
        raise ValueError("This is nested too deeply.") from None
    except ValueError as error:
        raise ValueError(f"This is no JSON: {error}.") from error
    if not isinstance(schema, dict):
        raise ValueError("A schema is a JSON object.")
    return schema


def task_from(value: Mapping[str, Any]) -> Task:
    """Of a release's document. Raises ValueError, KeyError or TypeError for what can't be read."""
    output = value.get("output")
    return Task(value["name"], None if output is None else _output(output))


def _output(value: Mapping[str, Any]) -> Output:
    if value["unknown_keys"] not in UNKNOWN_KEYS:
        raise ValueError(f"no such way with unknown keys: {value['unknown_keys']!r}")
    return Output(
        schema=schema_of(value["schema"]),
        schema_text=value["schema"],
        fields=tuple(_field(field) for field in value["fields"]),
        envelopes=tuple(value["envelopes"]),
        unknown_keys=value["unknown_keys"],
        coerces=bool(value["coerces"]),
        asked=bool(value["asked"]),
    )


def _field(value: Mapping[str, Any]) -> OutputField:
    default = value["default"].strip()
    return OutputField(
        path=path_of(value["key"]),
        names=tuple(name_of(name) for name in value["names"]),
        synonyms=synonyms_of(value["synonyms"]),
        default=(value_of(default),) if default else (),
    )


def _refused(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")

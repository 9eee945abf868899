"""What a model wrote, brought to what its task declares: pure, and never by guessing.

1. The JSON is found: the whole text, or what stands between the first opening and the last closing bracket of
   the answer's kind, so that code fences and prose around it go, and two answers in one text are none.
2. A declared envelope is taken off; keys under other declared names get their own; declared synonyms become
   the value they stand for; declared defaults fill what is absent.
3. Where the schema says number, integer or boolean, text that is exactly one becomes one.
4. Keys that the schema does not know are dropped, kept or refused, as the task says.

`steps` name what was done, by the schema's own keys: nothing that the model wrote is in them. `problems` say
why the text is no answer; the value of one with problems is not to be used. Whether the value meets the
schema is for a validator to say.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from routing.core.tasks import EACH, Output, OutputField, folded

MAX_ANSWER_CHARS = 4 * 1024 * 1024
MAX_DEPTH = 32
MAX_STEPS = 32
MAX_PROBLEMS = 8
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,30})(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,3})?")
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,30})")
_BRACKETS = {"object": ("{", "}"), "array": ("[", "]")}
# With one of these, what a value may be is not told by `type` and `properties` alone.
_COMBINED = frozenset(("allOf", "anyOf", "oneOf", "not", "if", "patternProperties", "dependentSchemas"))


@dataclass(frozen=True, slots=True)
class Normalised:
    value: Any
    steps: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def normalise(text: str, output: Output) -> Normalised:
    """What `text` comes to under `output`; linear in its length, and no exception whatever it is."""
    work = _Work(output)
    try:
        value = work.found(text)
        if not work.problems:
            value = work.shaped(value)
    except RecursionError:
        return Normalised(None, (), ("it is nested too deeply",))
    return Normalised(value, tuple(work.steps), tuple(work.problems[:MAX_PROBLEMS]))


class _Work:
    def __init__(self, output: Output) -> None:
        self.output = output
        self.steps: dict[str, None] = {}  # in the order in which they were first taken
        self.problems: list[str] = []

    def step(self, name: str) -> None:
        if len(self.steps) < MAX_STEPS:
            self.steps.setdefault(name)

    def problem(self, what: str) -> None:
        if what not in self.problems:
            self.problems.append(what)

    def found(self, text: str) -> Any:
        """The JSON value in `text`."""
        text = text.strip().removeprefix("\ufeff").strip()
        if len(text) > MAX_ANSWER_CHARS:
            return self.problem(f"it is longer than {MAX_ANSWER_CHARS} characters")
        kind = self._type(self.output.schema)
        value, is_json = self._read(text)
        if is_json and isinstance(value, str) and kind in _BRACKETS:
            inner, was_quoted = self._read(value)
            if was_quoted:
                self.step("quoted")
                return inner
        if is_json:
            return value
        if kind not in _BRACKETS and kind:
            return self._bare(text)
        return self._cut_out(text, kind or _first_kind(text))

    def _cut_out(self, text: str, kind: str) -> Any:
        opening, closing = _BRACKETS[kind]
        start, end = text.find(opening), text.rfind(closing)
        value, is_json = self._read(text[start : end + 1]) if 0 <= start < end else (None, False)
        if not is_json:
            return self.problem("it holds no JSON, or more than one" if start >= 0 else "it holds no JSON")
        self.step("fence" if "```" in text[:start] or "```" in text[end:] else "prose")
        return value

    def _bare(self, text: str) -> Any:
        """An answer that is one word or number, perhaps in a fence."""
        lines = text.splitlines()
        if len(lines) > 2 and lines[0].startswith("```") and lines[-1].strip() == "```":
            self.step("fence")
            text = "\n".join(lines[1:-1]).strip()
        value, is_json = self._read(text)
        return value if is_json else text

    def _read(self, text: str) -> tuple[Any, bool]:
        try:
            value = json.loads(
                text, object_pairs_hook=self._once, parse_float=_finite, parse_constant=_refused
            )
        except ValueError:
            return None, False
        return value, True

    def _once(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            self.problem("a key is given twice")
        return found

    def shaped(self, value: Any) -> Any:
        value = self._unwrapped(value)
        for declared in sorted(self.output.fields, key=lambda each: len(each.path)):
            for parent in _parents(value, declared.path[:-1]):
                self._rename(parent, declared)
                self._translate(parent, declared)
                if declared.default and declared.path[-1] not in parent:
                    parent[declared.path[-1]] = _copied(declared.default[0])
                    self.step(f"default:{declared.written}")
        return self._fitted(value, self.output.schema, "", MAX_DEPTH)

    def _unwrapped(self, value: Any) -> Any:
        if isinstance(value, dict) and len(value) == 1:
            (key,) = value
            if key in self.output.envelopes and key not in (self.output.schema.get("properties") or {}):
                self.step(f"unwrapped:{key}")
                return value[key]
        return value

    def _rename(self, parent: dict[str, Any], declared: OutputField) -> None:
        key = declared.path[-1]
        if key in parent:
            return
        given = [name for name in declared.names if _has(parent, name)]
        if len(given) > 1:
            others = " and ".join(".".join(name) for name in given)
            self.problem(f"{declared.written} is given twice, as {others}")
        elif given:
            parent[key] = _taken(parent, given[0])
            self.step(f"renamed:{'.'.join(given[0])}>{declared.written}")

    def _translate(self, parent: dict[str, Any], declared: OutputField) -> None:
        key = declared.path[-1]
        said = parent.get(key)
        if isinstance(said, list):
            parent[key] = [self._meant(item, declared) for item in said]
        elif key in parent:
            parent[key] = self._meant(said, declared)

    def _meant(self, said: Any, declared: OutputField) -> Any:
        if not isinstance(said, str) or folded(said) not in declared.synonyms:
            return said
        meant = declared.synonyms[folded(said)]
        if meant != said:
            self.step(f"synonym:{declared.written}")
        return meant

    def _fitted(self, value: Any, schema: Any, path: str, depth: int) -> Any:
        """`value` with text turned into numbers and booleans, and unknown keys dealt with, as far as the
        schema says plainly what a value is."""
        schema = self._plain(schema)
        if schema is None or depth == 0:
            return value
        if isinstance(value, dict):
            return self._fitted_object(value, schema, path, depth)
        if isinstance(value, list):
            items = schema.get("items")
            if "prefixItems" in schema or not isinstance(items, dict):
                return value
            return [self._fitted(item, items, path + EACH, depth - 1) for item in value]
        return self._coerced(value, schema, path) if self.output.coerces else value

    def _fitted_object(self, value: dict[str, Any], schema: Any, path: str, depth: int) -> dict[str, Any]:
        properties = schema.get("properties")
        if not isinstance(properties, dict):
            return value
        closed = not schema.get("additionalProperties") and _COMBINED.isdisjoint(schema)
        unknown = [key for key in value if key not in properties] if closed else []
        if unknown and self.output.unknown_keys == "refuse":
            self.problem(f"it has a key that is not declared{' in ' + path if path else ''}")
        elif unknown and self.output.unknown_keys == "drop":
            self.step(f"dropped:{path or 'root'}")
            value = {key: inner for key, inner in value.items() if key in properties}
        return {
            key: self._fitted(inner, properties[key], f"{path}.{key}" if path else key, depth - 1)
            if key in properties
            else inner
            for key, inner in value.items()
        }

    def _coerced(self, value: Any, schema: Any, path: str) -> Any:
        kind = self._type(schema)
        if not isinstance(value, str) or kind not in ("number", "integer", "boolean"):
            return value
        text = value.strip()
        meant: Any = value
        if kind == "boolean" and text.lower() in ("true", "false"):
            meant = text.lower() == "true"
        elif kind != "boolean" and _WHOLE.fullmatch(text):
            meant = int(text)
        elif kind == "number" and _NUMBER.fullmatch(text) and math.isfinite(float(text)):
            meant = float(text)
        if meant is not value:
            self.step(f"{kind}:{path or 'root'}")
        return meant

    def _plain(self, schema: Any) -> Mapping[str, Any] | None:
        """The schema behind local references and beside a null; None where there is no single one."""
        for _ in range(MAX_DEPTH):
            if not isinstance(schema, dict):
                return None
            if isinstance(schema.get("$ref"), str):
                schema = _pointed(self.output.schema, schema["$ref"])
                continue
            options = schema.get("anyOf") or schema.get("oneOf")
            if not isinstance(options, list):
                return schema
            real = [each for each in options if not (isinstance(each, dict) and each.get("type") == "null")]
            if len(real) != 1:
                return None
            schema = real[0]
        return None

    def _type(self, schema: Any) -> str:
        """The one type that is not null; "" where there are several, or none is said."""
        plain = self._plain(schema) or {}
        said = plain.get("type")
        kinds = [kind for kind in (said if isinstance(said, list) else [said]) if kind != "null"]
        return kinds[0] if len(kinds) == 1 and isinstance(kinds[0], str) else ""


def _first_kind(text: str) -> str:
    """Of an answer whose schema does not say: by the bracket that comes first."""
    array, brace = text.find("["), text.find("{")
    return "array" if array >= 0 and (brace < 0 or array < brace) else "object"


def _parents(value: Any, path: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The objects at `path`, in every item of a list."""
    if not path:
        if isinstance(value, dict):
            yield value
    elif path[0] == EACH:
        for item in value if isinstance(value, list) else ():
            yield from _parents(item, path[1:])
    elif isinstance(value, dict) and path[0] in value:
        yield from _parents(value[path[0]], path[1:])


def _has(parent: Any, name: tuple[str, ...]) -> bool:
    for key in name:
        if not isinstance(parent, dict) or key not in parent:
            return False
        parent = parent[key]
    return True


def _taken(parent: dict[str, Any], name: tuple[str, ...]) -> Any:
    """What stands under `name`, taken out; an object that is empty by that goes too."""
    if len(name) == 1:
        return parent.pop(name[0])
    value = _taken(parent[name[0]], name[1:])
    if not parent[name[0]]:
        del parent[name[0]]
    return value


def _pointed(root: Any, reference: str) -> Any:
    """What a local JSON pointer points to; None where it points nowhere, or elsewhere."""
    if not reference.startswith("#"):
        return None
    for part in filter(None, reference[1:].split("/")):
        key = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(root, dict) or key not in root:
            return None
        root = root[key]
    return root


def _copied(value: Any) -> Any:
    return json.loads(json.dumps(value)) if isinstance(value, dict | list) else value


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _refused(constant: str) -> Any:
    raise ValueError(constant)

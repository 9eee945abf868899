"""What the editor posts, read by its table: the route as a document holds it, or what is wrong where.

The notation has the last word: what it would not read back is refused here too, at the smallest route that it
refuses.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from routing.core.editing.fields import Field, Form, Kind, is_asked
from routing.core.editing.gates import GATES
from routing.core.editing.nodes import CONDITION, NODES
from routing.core.notation import NotationProblem, parse_conditions, parse_route, render_route
from routing.core.notation.conditions import render_conditions
from routing.core.routes import MAX_ROUTE_DEPTH, MAX_TEXT_CHARS

Path = tuple[str | int, ...]
Value = dict[str, Any]
MAX_LINE_CHARS = 1_000
MAX_TROUBLES = 50
_DECIMAL = re.compile(r"-?\d{1,12}(\.\d{1,9})?")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Trouble:
    """`path` leads to the part of the document that it is about."""

    path: Path
    message: str

    @property
    def at(self) -> str:
        return ".".join(map(str, self.path))


@dataclass(frozen=True, slots=True)
class Read:
    """`route` is whole where there are no troubles; None refuses what the rule matches."""

    route: Value | None
    troubles: tuple[Trouble, ...] = ()


def read_route(value: Any) -> Read:
    if value is None:
        return Read(None)
    reader = _Reader()
    route = reader.node(value, (), 1)
    if reader.troubles:
        return Read(route, tuple(reader.troubles[:MAX_TROUBLES]))
    try:
        return Read(parse_route(render_route(route)))
    except NotationProblem:
        return Read(route, (_smallest(route),))


def walk(value: Any, path: Path = ()) -> Iterator[tuple[Path, Value]]:
    """Every node under `value`, the innermost first, with the path to each."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from walk(part, (*path, name))
        if "node" in value:
            yield path, value
    elif isinstance(value, list):
        for place, part in enumerate(value):
            yield from walk(part, (*path, place))


def _smallest(route: Value) -> Trouble:
    for path, node in walk(route):
        try:
            parse_route(render_route(node))
        except NotationProblem as problem:
            _, _, message = str(problem).partition(": ")
            return Trouble(path, f"{message[:1].upper()}{message[1:]}")
    return Trouble((), "This can't be written down as a route.")


class _Reader:
    def __init__(self) -> None:
        self.troubles: list[Trouble] = []

    def node(self, value: Any, path: Path, depth: int) -> Value:
        form = NODES.get(_tag(value, "node"))
        if form is None:
            self._wrong(path, "Choose what is done here.")
            return {}
        if depth > MAX_ROUTE_DEPTH:
            self._wrong(path, f"A route is at most {MAX_ROUTE_DEPTH} levels deep.")
            return {}
        return {"node": value["node"], **self.form(form, value, path, depth, "node")}

    def gate(self, value: Any, path: Path, depth: int) -> Value:
        form = GATES.get(_tag(value, "gate"))
        if form is None:
            self._wrong(path, "Choose a gate.")
            return {}
        return {"gate": value["gate"], **self.form(form, value, path, depth, "gate")}

    def form(self, form: Form, value: Any, path: Path, depth: int, tag: str = "") -> Value:
        if not isinstance(value, Mapping):
            self._wrong(path, "This is no part of a route.")
            return {}
        known = {tag, *(field.name for field in form.fields)}
        for name in value:
            if name not in known:
                self._wrong(path, f"“{name}” is not known here.")
        read: Value = {}
        for field in form.fields:
            if is_asked(field, dict(value), form):
                given = self.field(field, value.get(field.name), (*path, field.name), depth)
                if given is not None:
                    read[field.name] = given
        return self._condition(read, path) if form is CONDITION else read

    def field(self, field: Field, given: Any, path: Path, depth: int) -> Any:
        """What is kept of an answer; None keeps nothing."""
        if given is None or given == "" or given == [] or given is False:
            if field.default is not None and field.kept:
                return field.default
            if field.required:
                self._wrong(path, _missing(field))
            return None
        read = _READ[field.kind](self, field, given, path, depth)
        return None if read == field.default and not field.kept else read

    def text(self, field: Field, given: Any, path: Path, depth: int) -> str | None:
        most = MAX_TEXT_CHARS if field.kind in (Kind.PROSE, Kind.JSON) else MAX_LINE_CHARS
        if not isinstance(given, str) or len(given) > most:
            self._wrong(path, f"{field.label}: a text of at most {most} characters.")
            return None
        if field.kind is Kind.PROSE:
            return given.replace("\r\n", "\n").strip() or None
        text = " ".join(given.splitlines()).strip()
        if field.name == "name" and not _NAME.fullmatch(text):
            self._wrong(path, f"{field.label}: letters, digits, dots and dashes, 64 at most.")
            return None
        return text or None

    def named(self, field: Field, given: Any, path: Path, depth: int) -> str | None:
        if not isinstance(given, str) or not 0 < len(given) <= MAX_LINE_CHARS or len(given.split()) != 1:
            self._wrong(path, f"{field.label}: choose one of the list.")
            return None
        return given

    def whole(self, field: Field, given: Any, path: Path, depth: int) -> int | None:
        number = int(given) if isinstance(given, str) and given.isascii() and given.isdigit() else given
        least, most = field.least or 0, field.most or 0
        if type(number) is not int or not least <= number <= most:
            if number == field.default and not field.kept:
                return None
            self._wrong(path, f"{field.label}: a whole number from {least} to {most}.")
            return None
        return number

    def decimal(self, field: Field, given: Any, path: Path, depth: int) -> int | str | None:
        text = str(given).strip()
        if isinstance(given, bool) or not _DECIMAL.fullmatch(text):
            self._wrong(path, f"{field.label}: a number.")
            return None
        return text if "." in text else int(text)

    def choice(self, field: Field, given: Any, path: Path, depth: int) -> str | None:
        if given not in [value for value, _ in field.choices]:
            self._wrong(path, f"{field.label}: choose one of the list.")
            return None
        return str(given)

    def flag(self, field: Field, given: Any, path: Path, depth: int) -> bool | None:
        if given is not True:
            self._wrong(path, f"{field.label}: yes or no.")
        return given is True or None

    def many(self, field: Field, given: Any, path: Path, depth: int) -> list[str] | None:
        known = [value for value, _ in field.choices]
        if not isinstance(given, list) or any(value not in known for value in given):
            self._wrong(path, f"{field.label}: choose some of the list.")
            return None
        if set(given) == set(field.default or ()):
            return list(field.default)
        return list(dict.fromkeys(given))

    def words(self, field: Field, given: Any, path: Path, depth: int) -> list[str | int] | None:
        values = given.split(",") if isinstance(given, str) else given
        if not isinstance(values, list) or not all(isinstance(value, str | int) for value in values):
            self._wrong(path, f"{field.label}: words with commas between them.")
            return None
        kept = [" ".join(value.split()) if isinstance(value, str) else value for value in values]
        found = [value for value in kept if value != ""]
        if not found:
            self._wrong(path, _missing(field))
        return found or None

    def json(self, field: Field, given: Any, path: Path, depth: int) -> str | None:
        try:
            found = json.loads(given)
        except (ValueError, TypeError) as error:
            self._wrong(path, f"{field.label}: this is no JSON ({error}).")
            return None
        return json.dumps(found, separators=(",", ":"), sort_keys=True)

    def route(self, field: Field, given: Any, path: Path, depth: int) -> Value:
        return self.node(given, path, depth + 1)

    def record(self, field: Field, given: Any, path: Path, depth: int) -> Value:
        assert field.of is not None
        return self.form(field.of, given, path, depth)

    def members(self, field: Field, given: Any, path: Path, depth: int) -> list[Value] | None:
        """Of routes, records or gates."""
        least, most = field.least or 0, field.most or 0
        if not isinstance(given, list) or not least <= len(given) <= most:
            self._wrong(path, f"{field.label}: {least} to {most} of them.")
            return None
        read = _EACH[field.kind]
        return [read(self, field, value, (*path, place), depth) for place, value in enumerate(given)]

    def _condition(self, read: Value, path: Path) -> Value:
        if len(read) < len(CONDITION.fields):
            return read
        try:
            return parse_conditions(render_conditions([read]))[0]
        except NotationProblem as problem:
            _, _, message = str(problem).partition(": ")
            self._wrong(path, f"{message[:1].upper()}{message[1:]}")
            return read

    def _wrong(self, path: Path, message: str) -> Any:
        """None, for a reader to keep nothing by: the trouble is told."""
        self.troubles.append(Trouble(path, message))
        return None


Reading = Callable[[_Reader, Field, Any, Path, int], Any]

_EACH: dict[Kind, Reading] = {
    Kind.ROUTES: _Reader.route,
    Kind.RECORDS: _Reader.record,
    Kind.GATES: lambda reader, _, value, path, depth: reader.gate(value, path, depth),
}
_READ: dict[Kind, Reading] = {
    Kind.TEXT: _Reader.text,
    Kind.PROSE: _Reader.text,
    Kind.WHOLE: _Reader.whole,
    Kind.DECIMAL: _Reader.decimal,
    Kind.CHOICE: _Reader.choice,
    Kind.FLAG: _Reader.flag,
    Kind.MANY: _Reader.many,
    Kind.WORDS: _Reader.words,
    Kind.NAMED: _Reader.named,
    Kind.JSON: _Reader.json,
    Kind.ROUTE: _Reader.route,
    Kind.RECORD: _Reader.record,
    **dict.fromkeys(_EACH, _Reader.members),
}


def _tag(value: Any, name: str) -> str:
    return str(value.get(name)) if isinstance(value, Mapping) else ""


def _missing(field: Field) -> str:
    if field.kind in (Kind.ROUTES, Kind.RECORDS):
        return f"{field.label}: add a {field.each}."
    return f"{field.label}: this is needed."

"""What a form of the editor consists of."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    TEXT = "text"  # one line
    PROSE = "prose"  # a prompt, a rubric
    WHOLE = "whole"  # a whole number
    DECIMAL = "decimal"  # a number; one with a point stays text
    CHOICE = "choice"
    FLAG = "flag"
    MANY = "many"  # some of the choices
    WORDS = "words"  # values with commas between
    NAMED = "named"  # something that is registered: `source` says what
    JSON = "json"  # kept as canonical text
    ROUTE = "route"
    ROUTES = "routes"
    RECORD = "record"  # `of` says which form
    RECORDS = "records"
    GATES = "gates"


NESTED = frozenset({Kind.ROUTE, Kind.ROUTES, Kind.RECORD, Kind.RECORDS, Kind.GATES})


@dataclass(frozen=True, slots=True)
class Field:
    """One entry of a node's document.

    `default` is what is meant where it is left out; a `kept` one is written all the same. `when` names
    another field and the values of it for which this one is asked. `least` and `most` bound a number, or how
    many members there are; `each` is what one member is called.
    """

    name: str
    label: str
    kind: Kind
    help: str = ""
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    default: Any = None
    kept: bool = False
    least: int | None = None
    most: int | None = None
    source: str = ""
    narrowed_by: str = ""  # the field that the registered names must belong to
    of: "Form | None" = None
    each: str = ""
    when: tuple[str, tuple[str, ...]] | None = None

    def only_when(self, name: str, *values: str) -> "Field":
        return replace(self, when=(name, values))


@dataclass(frozen=True, slots=True)
class Form:
    label: str
    help: str
    fields: tuple[Field, ...]
    group: str = ""  # under which it is offered

    def field(self, name: str) -> Field | None:
        return next((field for field in self.fields if field.name == name), None)


def is_asked(field: Field, value: dict[str, Any], form: Form) -> bool:
    """Whether the form asks for `field`, given its other answers."""
    if field.when is None:
        return True
    name, values = field.when
    other = form.field(name)
    given = value.get(name) or (other.default if other else None)
    return given in values

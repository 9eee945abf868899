"""Configurations as documents that people keep in files: names in place of ids, in one stable order.

A document maps section → (nested) natural key → fields. Which sections there are, what names their rows, and
which fields hold a text notation, is said by a `Schema`; nothing here knows what a deployment is. Reading a
document on top of a state gives the state that it describes: rows known by their names keep their ids.

    deployments:
      gpt-eu:
        version: [gpt, "1"]
        provider: openai
        timeout_s: 60
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from registry.core.changes import Record, State

FORMAT = 1
FORMAT_KEY = "signalbox"
MAX_ROWS = 20_000
NOTHING: tuple[Any, ...] = (None, "", [], {})

NaturalKey = tuple[str, ...]
Document = dict[str, Any]
Ids = dict[str, dict[NaturalKey, str]]  # kind → natural key → id


class DocumentInvalid(ValueError):
    """The document says something that can't be. `path` is where: "deployments.gpt-eu.timeout_s"."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}" if path else problem)
        self.path = path


@dataclass(frozen=True, slots=True)
class Column:
    """A field of a section. `refers_to` is the kind whose row it names; `empty` is what a missing one means;
    it is left out where it holds nothing. `write` and `read` change its form: `read` raises ValueError."""

    name: str
    refers_to: str = ""
    empty: Any = None
    required: bool = False
    write: Callable[[Any], Any] = field(default=lambda value: value)
    read: Callable[[Any], Any] = field(default=lambda value: value)


@dataclass(frozen=True, slots=True)
class Section:
    """One kind. `key` names the fields that are a row's natural key; rows nest by them. Where `ordered_by`
    names a field, the order in the document is that field, and it isn't written."""

    name: str
    kind: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    ordered_by: str = ""

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


@dataclass(frozen=True, slots=True)
class Schema:
    """Sections in the order in which they refer to each other. `outside` resolves names of rows that no
    document holds, such as credentials: kind → name → id."""

    sections: tuple[Section, ...]
    outside: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def section_of(self, kind: str) -> Section | None:
        return next((section for section in self.sections if section.kind == kind), None)

    def length_of(self, kind: str) -> int:
        """How many names a row of `kind` has."""
        section = self.section_of(kind)
        return 1 if section is None else self.key_length(section)

    def key_length(self, section: Section) -> int:
        columns = [section.column(name) for name in section.key]
        return sum(self.length_of(column.refers_to) if column.refers_to else 1 for column in columns)


def to_document(state: State, schema: Schema) -> Document:
    """`state` as a document; reading it on top of `state` gives `state` again."""
    names = _Names(state, schema)
    document: Document = {FORMAT_KEY: FORMAT}
    for section in schema.sections:
        rows = sorted(
            state.get(section.kind, {}).items(),
            key=lambda item: _order(section, item[0], item[1], names.key(section, item[1])),
        )
        content: dict[str, Any] = {}
        for _, record in rows:
            *parents, last = names.key(section, record)
            under = content
            for part in parents:
                under = under.setdefault(part, {})
            under[last] = _written(section, record, names)
        document[section.name] = content
    return document


def from_document(document: Any, schema: Schema, current: State, new_id: Callable[[], str]) -> State:
    """The state that `document` describes. A section that it doesn't hold stays as it is in `current`; in one
    that it holds, a row that isn't there is gone. Raises DocumentInvalid for the first thing wrong."""
    sections = _sections(document, schema)
    known = _Names(current, schema)
    ids: Ids = {
        section.kind: {
            known.key(section, record): row_id for row_id, record in current.get(section.kind, {}).items()
        }
        for section in schema.sections
    }
    rows: dict[str, list[tuple[str, NaturalKey, Any]]] = {}
    for section in schema.sections:
        if section.name in sections:
            found = list(_rows(section, schema, sections[section.name], section.name))
            if len(found) > MAX_ROWS:
                raise DocumentInvalid(section.name, f"at most {MAX_ROWS} rows.")
            ids[section.kind] = {key: ids[section.kind].get(key) or new_id() for _, key, _ in found}
            rows[section.kind] = found
    state: dict[str, dict[str, Any]] = {kind: dict(records) for kind, records in current.items()}
    for section in schema.sections:
        if section.kind in rows:
            state[section.kind] = {
                ids[section.kind][key]: _record(section, schema, ids, path, key, value)
                for path, key, value in rows[section.kind]
            }
            if section.ordered_by:
                _number(section, state[section.kind], current.get(section.kind, {}))
    return state


class _Names:
    """Ids → natural keys."""

    def __init__(self, state: State, schema: Schema) -> None:
        self._state, self._schema = state, schema
        self._outside = {
            kind: {row_id: name for name, row_id in names.items()} for kind, names in schema.outside.items()
        }

    def key(self, section: Section, record: Record) -> NaturalKey:
        parts: list[str] = []
        for name in section.key:
            column = section.column(name)
            if column.refers_to:
                parts.extend(self.of(column.refers_to, record[name]))
            else:
                parts.append(str(record[name]))
        return tuple(parts)

    def of(self, kind: str, row_id: str) -> NaturalKey:
        section = self._schema.section_of(kind)
        if section is None:
            return (self._outside.get(kind, {}).get(row_id, row_id),)
        record = self._state.get(kind, {}).get(row_id)
        return (row_id,) if record is None else self.key(section, record)


def _order(section: Section, row_id: str, record: Record, key: NaturalKey) -> tuple[Any, ...]:
    if not section.ordered_by:
        return key
    return (*key[:-1], record[section.ordered_by], row_id)


def _written(section: Section, record: Record, names: _Names) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for column in section.columns:
        held = record.get(column.name)
        hidden = column.name in section.key or column.name == section.ordered_by
        nothing = not column.required and held == column.empty and held in NOTHING
        if hidden or nothing:
            continue
        if column.refers_to and held is not None:
            key = names.of(column.refers_to, held)
            held = key[0] if len(key) == 1 else list(key)
        else:
            held = column.write(held)
        value[column.name] = held
    return value


def _sections(document: Any, schema: Schema) -> Mapping[str, Any]:
    if not isinstance(document, dict):
        raise DocumentInvalid("", "a configuration is a mapping of sections.")
    if document.get(FORMAT_KEY) != FORMAT:
        raise DocumentInvalid(FORMAT_KEY, f"say “{FORMAT_KEY}: {FORMAT}”: it is the only format there is.")
    known = {section.name for section in schema.sections}
    for name in document:
        if name != FORMAT_KEY and name not in known:
            raise DocumentInvalid(
                str(name), f"there is no such section. There are: {', '.join(sorted(known))}."
            )
    return document


def _rows(
    section: Section, schema: Schema, value: Any, path: str, key: NaturalKey = ()
) -> Iterator[tuple[str, NaturalKey, Any]]:
    """(path, natural key, fields) of each row of the section, as deep as its key is long."""
    if not isinstance(value, dict):
        raise DocumentInvalid(path, "must be a mapping.")
    for name, item in value.items():
        if not isinstance(name, str):
            raise DocumentInvalid(f"{path}.{name}", "names are text: put it in quotes.")
        whole = (*key, name)
        if len(whole) < schema.key_length(section):
            yield from _rows(section, schema, item, f"{path}.{name}", whole)
        else:
            yield f"{path}.{name}", _normalised(section, schema, f"{path}.{name}", whole), item


def _normalised(section: Section, schema: Schema, path: str, key: NaturalKey) -> NaturalKey:
    """The key as a state writes it: a time, say, in one form."""
    left, found = list(key), []
    for name in section.key:
        column = section.column(name)
        if column.refers_to:
            length = schema.length_of(column.refers_to)
            found.extend(left[:length])
            left = left[length:]
            continue
        try:
            found.append(str(column.read(left.pop(0))))
        except ValueError as error:
            raise DocumentInvalid(path, str(error)) from error
    return tuple(found)


def _number(section: Section, rows: dict[str, dict[str, Any]], current: Mapping[str, Record]) -> None:
    """Give rows of the same parents their places in the document's order. A row keeps the place that it has
    while it comes after the one before it, so that what was not moved is not changed."""
    last: dict[tuple[Any, ...], int] = {}
    for row_id, record in rows.items():
        parents = tuple(record[name] for name in section.key[:-1])
        held = current.get(row_id, {}).get(section.ordered_by)
        before = last.get(parents, -1)
        place = held if isinstance(held, int) and held > before else before + 1
        record[section.ordered_by] = last[parents] = place


def _record(
    section: Section, schema: Schema, ids: Ids, path: str, key: NaturalKey, value: Any
) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise DocumentInvalid(path, "must be a mapping of fields.")
    columns = {column.name: column for column in section.columns}
    free = [name for name in columns if name not in section.key and name != section.ordered_by]
    for name in value:
        if name not in free:
            raise DocumentInvalid(f"{path}.{name}", f"there is no such field. There are: {', '.join(free)}.")
    record: dict[str, Any] = dict(_key_fields(section, schema, ids, path, key))
    for name in free:
        column, here = columns[name], f"{path}.{name}"
        if name not in value:
            if column.required:
                raise DocumentInvalid(here, "is missing.")
            record[name] = column.empty
        elif column.refers_to:
            record[name] = _reference(column, schema, ids, here, value[name])
        else:
            try:
                record[name] = column.read(value[name])
            except ValueError as error:
                raise DocumentInvalid(here, str(error)) from error
    return {column.name: record.get(column.name) for column in section.columns}


def _key_fields(
    section: Section, schema: Schema, ids: Ids, path: str, key: NaturalKey
) -> Iterator[tuple[str, Any]]:
    left = list(key)
    for name in section.key:
        column = section.column(name)
        if not column.refers_to:
            yield name, column.read(left.pop(0))
            continue
        length = schema.length_of(column.refers_to)
        part, left = tuple(left[:length]), left[length:]
        yield name, _reference(column, schema, ids, path, list(part))


def _reference(column: Column, schema: Schema, ids: Ids, path: str, value: Any) -> str | None:
    if value is None:
        return None
    parts = value if isinstance(value, list) else [value]
    if not all(isinstance(part, str) for part in parts):
        raise DocumentInvalid(path, "names a row: give its name as text, or its names as a list.")
    if column.refers_to in schema.outside:
        found = schema.outside[column.refers_to].get(parts[0]) if len(parts) == 1 else None
    else:
        found = ids.get(column.refers_to, {}).get(tuple(parts))
    if found is None:
        raise DocumentInvalid(path, f"there is no “{' '.join(parts)}”.")
    return found

"""Change sets in words, for the people who approve them: no ids, no JSON.

What a kind's rows are called, and how its fields read, is registered by the app that owns the kind; whatever
is not registered is worded from the model itself: verbose names, choices, the names of rows referred to.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models

from registry.core.changes import Change, ChangeSet, Op, Record, State, patched
from registry.governed import Kind, kind_of, read_rows, read_state

MAX_CHANGES_SHOWN = 200
MAX_LINES = 60
MAX_VALUE_LENGTH = 200
OP_WORDS = {Op.CREATE: "added", Op.UPDATE: "changed", Op.DELETE: "removed"}


class Names:
    """What rows are called, before and after the changes: a row that goes still has a name."""

    def __init__(self, before: State, after: State) -> None:
        self._before, self._after = before, after

    def was(self, label: str, row_id: str) -> Record:
        """The row before the changes; empty where it was not there."""
        return self._before.get(label, {}).get(row_id, {})

    def becomes(self, label: str, row_id: str) -> Record:
        """The row after the changes; empty where it goes."""
        return self._after.get(label, {}).get(row_id, {})

    def record(self, label: str, row_id: str) -> Record:
        """The row as it becomes, or as it was where it goes; empty where it is unknown."""
        found = self._after.get(label, {}).get(row_id) or self._before.get(label, {}).get(row_id)
        return found or {}

    def of(self, label: str, row_id: str | None) -> str:
        if row_id is None:
            return "none"
        record = self.record(label, row_id)
        return words_of(label).name(record, self) if record else "a row that is gone"


@dataclass(frozen=True, slots=True)
class Words:
    """How a kind is worded: what a row is called, how single values read, which fields are never told, and
    what comes before the lines of single fields: one sentence that says several of them."""

    name: Callable[[Record, Names], str]
    fields: Mapping[str, Callable[[Any, Names], str]] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    sentence: "Callable[[Record, Record, Names], str | None] | None" = None


@dataclass(frozen=True, slots=True)
class Worded:
    """One changed row: `op` is added, changed or removed; `lines` say what about it."""

    op: str
    noun: str
    name: str
    lines: tuple[str, ...] = ()
    kind: str = ""
    id: str = ""


# Says more about a whole change set than its rows do one by one, such as the new order of rules.
Summary = Callable[[ChangeSet, State, State, Names], Iterable[Worded]]

_words: dict[str, Words] = {}
_summaries: list[Summary] = []


def register_words(
    model: type[models.Model],
    *,
    name: Callable[[Record, Names], str] | None = None,
    fields: Mapping[str, Callable[[Any, Names], str]] | None = None,
    hidden: Iterable[str] = (),
    sentence: Callable[[Record, Record, Names], str | None] | None = None,
) -> None:
    """`sentence` is given the row as it was and as it becomes; the fields that it tells are `hidden`."""
    _words[model._meta.label_lower] = Words(name or _plain_name, fields or {}, frozenset(hidden), sentence)


def register_summary(summary: Summary) -> None:
    if summary not in _summaries:
        _summaries.append(summary)


def words_of(label: str) -> Words:
    return _words.get(label, Words(_plain_name))


def in_words(changes: ChangeSet, current: State | None = None) -> tuple[Worded, ...]:
    """What `changes` do to what is in force now (or to `current`), in the order in which people read it."""
    before = current if current is not None else {**read_state(), **_live_rows(changes)}
    after = patched(before, changes)
    names = Names(before, after)
    told = [found for summary in _summaries for found in summary(changes, before, after, names)]
    for change in changes:
        worded = _worded(change, names)
        if worded.lines or change.op is not Op.UPDATE:
            told.append(worded)
    told.sort(key=lambda item: (item.noun, item.name))
    return tuple(told[:MAX_CHANGES_SHOWN])


def _live_rows(changes: ChangeSet) -> State:
    live = ChangeSet(tuple(change for change in changes if kind_of(change.kind).live))
    return read_rows(live) if live else {}


def _worded(change: Change, names: Names) -> Worded:
    kind = kind_of(change.kind)
    record = names.record(change.kind, change.id)
    name = words_of(change.kind).name(record, names) if record else change.id
    lines = list(_lines(kind, change, names))
    if len(lines) > MAX_LINES:
        lines = [*lines[:MAX_LINES], f"and {len(lines) - MAX_LINES} more"]
    noun = str(kind.model._meta.verbose_name)
    return Worded(OP_WORDS[change.op], noun, name, tuple(lines), change.kind, change.id)


def _lines(kind: Kind, change: Change, names: Names) -> Iterator[str]:
    words = words_of(kind.label)
    hidden = words.hidden
    if words.sentence is not None:
        said = words.sentence(names.was(*change.key), names.becomes(*change.key), names)
        if said:
            yield said
    for name in change.fields:
        if name in hidden or change.op is Op.DELETE:
            continue
        title = title_of(kind, name)
        after = value_in_words(kind, name, (change.after or {}).get(name), names)
        if change.op is Op.UPDATE:
            before = value_in_words(kind, name, (change.before or {}).get(name), names)
            yield f"{title}: {before} → {after}"
        elif (change.after or {}).get(name) not in (None, "", [], {}):
            yield f"{title}: {after}"


def value_in_words(kind: Kind, name: str, value: Any, names: Names) -> str:
    """One value of a field, cut to what a line can hold."""
    own = words_of(kind.label).fields.get(name)
    text = own(value, names) if own is not None else _plain_value(_column(kind, name), value, names)
    return text if len(text) <= MAX_VALUE_LENGTH else text[: MAX_VALUE_LENGTH - 1] + "…"


def title_of(kind: Kind, name: str) -> str:
    column = _column(kind, name)
    return name.replace("_", " ") if column is None else str(getattr(column, "verbose_name", name))


def _column(kind: Kind, name: str) -> Any:
    """The field; None for one that an earlier version had."""
    try:
        return kind.model._meta.get_field(name)
    except FieldDoesNotExist:
        return None


def _plain_name(record: Record, names: Names) -> str:
    return str(record.get("name") or "unnamed")


def _plain_value(column: Any, value: Any, names: Names) -> str:
    if isinstance(column, models.ForeignKey):
        return names.of(column.related_model._meta.label_lower, value)
    if value is None or value == "" or value == []:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if column is not None and column.choices:
        return str(dict(column.flatchoices).get(value, value))
    if isinstance(column, models.DateTimeField):
        return f"{datetime.fromisoformat(value):%Y-%m-%d %H:%M} UTC"
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return str(value)

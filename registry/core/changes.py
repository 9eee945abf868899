"""Configurations as values: what differs between two, what a change set makes of one, and where two meet.

A `State` maps kind → id → record; a record maps a field to its value, which is what canonical JSON can hold.
A `ChangeSet` says for each row that it touches what each field was and becomes. It is what a person approves,
with the reason that was given for it; applying it to another state than it was made on shows where they
conflict.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from audit.core.canonical import canonical_json, sha256_hex

SCHEMA = 1
MAX_CHANGES = 20_000
MAX_CHANGE_SET_BYTES = 8 * 1024 * 1024

Record = Mapping[str, Any]
State = Mapping[str, Mapping[str, Record]]


class ChangeSetUnreadable(ValueError):
    """The text is no change set of a schema that this version reads."""


class Op(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Change:
    """One row. `before` and `after` hold the same fields for an update, and only those that differ; a created
    row has no `before`, a deleted one no `after`, and the other one is the whole record."""

    kind: str
    id: str
    before: Record | None
    after: Record | None

    @property
    def op(self) -> Op:
        if self.before is None:
            return Op.CREATE
        return Op.DELETE if self.after is None else Op.UPDATE

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.id

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(sorted(set(self.before or ()) | set(self.after or ())))


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Changes in the order of kind and id: equal change sets have equal bytes."""

    changes: tuple[Change, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changes)

    def __iter__(self) -> Iterator[Change]:
        return iter(self.changes)

    def __len__(self) -> int:
        return len(self.changes)

    @property
    def text(self) -> str:
        """Canonical JSON."""
        rows = [
            {"kind": change.kind, "id": change.id, "before": change.before, "after": change.after}
            for change in self.changes
        ]
        return canonical_json({"schema": SCHEMA, "changes": rows}).decode()

    @property
    def digest(self) -> str:
        """SHA-256 of `text`, in hexadecimal."""
        return sha256_hex(self.text.encode())


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field of which the change set says that it was `expected`, while it is `current` now and would become
    `proposed`. `field` is empty where the row itself is gone, or is there already."""

    kind: str
    id: str
    field: str
    expected: Any
    current: Any
    proposed: Any


def digest_of(title: str, reason: str, changes: ChangeSet) -> str:
    """What an approval names: SHA-256 of what is changed and of what was said of it, in hexadecimal."""
    return sha256_hex(canonical_json({"changes": changes.digest, "reason": reason, "title": title}))


def read(text: str) -> ChangeSet:
    """The change set of its canonical text. Raises ChangeSetUnreadable."""
    if len(text) > MAX_CHANGE_SET_BYTES:
        raise ChangeSetUnreadable(f"A change set has at most {MAX_CHANGE_SET_BYTES} bytes.")
    try:
        value = json.loads(text)
        if value["schema"] != SCHEMA:
            raise ChangeSetUnreadable(f"Schema {value['schema']!r} is not known.")
        changes = [Change(row["kind"], row["id"], row["before"], row["after"]) for row in value["changes"]]
    except (ValueError, KeyError, TypeError) as error:
        raise ChangeSetUnreadable(str(error)) from error
    return ordered(changes)


def diff(before: State, after: State) -> ChangeSet:
    """What turns `before` into `after`."""
    changes = []
    for kind in set(before) | set(after):
        old, new = before.get(kind, {}), after.get(kind, {})
        for row_id in set(old) | set(new):
            change = _compared(kind, row_id, old.get(row_id), new.get(row_id))
            if change is not None:
                changes.append(change)
    return ordered(changes)


def patched(state: State, changes: ChangeSet) -> State:
    """`state` as `changes` make it, whatever it was before: look for `conflicts` first."""
    rows = {kind: dict(records) for kind, records in state.items()}
    for change in changes:
        of_kind = rows.setdefault(change.kind, {})
        if change.after is None:
            of_kind.pop(change.id, None)
        else:
            of_kind[change.id] = {**of_kind.get(change.id, {}), **change.after}
    return rows


def conflicts(current: State, changes: ChangeSet) -> tuple[Conflict, ...]:
    """Where `current` is not what the change set was made on. A field that already says what is proposed, and
    a row that is already gone, is no conflict; neither is a change to another field of the same row."""
    return tuple(found for change in changes for found in _conflicts(current, change))


def pending(current: State, changes: ChangeSet) -> ChangeSet:
    """What of `changes` still differs from `current`."""
    return diff(current, patched(current, changes))


def _compared(kind: str, row_id: str, old: Record | None, new: Record | None) -> Change | None:
    if old is None or new is None:
        return Change(kind, row_id, old, new)
    fields = [name for name in sorted(set(old) | set(new)) if old.get(name) != new.get(name)]
    if not fields:
        return None
    return Change(
        kind, row_id, {name: old.get(name) for name in fields}, {name: new.get(name) for name in fields}
    )


def _conflicts(current: State, change: Change) -> Iterator[Conflict]:
    row = current.get(change.kind, {}).get(change.id)
    match change.op:
        case Op.CREATE:
            if row is not None and row != change.after:
                yield Conflict(change.kind, change.id, "", None, row, change.after)
        case Op.DELETE:
            if row is not None:
                yield from _field_conflicts(change, row, change.before or {})
        case Op.UPDATE:
            if row is None:
                yield Conflict(change.kind, change.id, "", change.before, None, change.after)
            else:
                yield from _field_conflicts(change, row, change.before or {})


def _field_conflicts(change: Change, row: Record, expected: Record) -> Iterator[Conflict]:
    for name, before in expected.items():
        now, proposed = row.get(name), (change.after or {}).get(name)
        if now != before and (change.after is None or now != proposed):
            yield Conflict(change.kind, change.id, name, before, now, proposed)


def ordered(changes: list[Change]) -> ChangeSet:
    """The change set of these rows. Raises ChangeSetUnreadable where they are too many."""
    if len(changes) > MAX_CHANGES:
        raise ChangeSetUnreadable(f"A change set has at most {MAX_CHANGES} changes.")
    return ChangeSet(tuple(sorted(changes, key=lambda change: change.key)))

"""Change sets on another state than they were made on: taken up again, or taken back."""

from collections.abc import Collection

from audit.core.canonical import canonical_json, sha256_hex
from registry.core.changes import Change, ChangeSet, Conflict, Op, Record, State, conflicts, pending

Place = tuple[str, str, str]  # kind, id, field ("" for the row as a whole)


def place_of(conflict: Conflict) -> Place:
    return conflict.kind, conflict.id, conflict.field


def fingerprint(found: Collection[Conflict]) -> str:
    """Names what somebody saw before they chose: other conflicts have another one."""
    rows = [[item.kind, item.id, item.field, item.expected, item.current, item.proposed] for item in found]
    return sha256_hex(canonical_json(rows))


def rebased(current: State, changes: ChangeSet, kept: Collection[Place]) -> ChangeSet:
    """`changes` as they are to be made on `current`, which holds the rows that they touch.

    1. Where the two conflict, what is in force stays at the places in `kept`; elsewhere the change wins.
    2. A deletion of which one place is kept is dropped, and so is a change to a row that is gone.
    3. What `current` says already is left out.
    """
    clashes = {place_of(item) for item in conflicts(current, changes)}
    left = (_left(change, clashes, clashes & set(kept)) for change in changes)
    return pending(current, ChangeSet(tuple(change for change in left if change is not None)))


def inverse(changes: ChangeSet) -> ChangeSet:
    """What takes `changes` back."""
    return ChangeSet(tuple(Change(item.kind, item.id, item.after, item.before) for item in changes))


def taken_back(current: State, changes: ChangeSet) -> ChangeSet:
    """What takes `changes` back from `current`, but for what somebody has changed since."""
    back = inverse(changes)
    return rebased(current, back, {place_of(item) for item in conflicts(current, back)})


def _left(change: Change, clashes: set[Place], kept: set[Place]) -> Change | None:
    """What remains of one change."""
    here = change.kind, change.id
    fields = {field for kind, row_id, field in kept if (kind, row_id) == here}
    if change.op is not Op.UPDATE:
        return None if fields else change
    if (*here, "") in clashes:
        return None
    wanted = [name for name in change.fields if name not in fields]
    if not wanted:
        return None
    before, after = ({name: record[name] for name in wanted} for record in _both(change))
    return Change(change.kind, change.id, before, after)


def _both(change: Change) -> tuple[Record, Record]:
    return change.before or {}, change.after or {}

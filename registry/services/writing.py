"""Change sets → rows. The caller holds the permit and the transaction."""

from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError

from registry.core.changes import Change, ChangeSet, Op
from registry.errors import ChangesUnwritable
from registry.governed import Kind, every_kind, kind_of, values_of
from registry.models import User


def write(changes: ChangeSet, *, actor: User | None = None, reason: str = "") -> None:
    """Make the rows say what `changes` say, whatever they said before.

    1. Rows that go are deleted first, those that refer to others before these.
    2. Rows that change or come are written, those that others refer to first; each leaves its row of history.
    3. At the end every written row is validated as a form would, against its new surroundings.

    Raises ChangesUnwritable where a row to change is gone or still in use, ValidationError where a row would
    not be valid.
    """
    order = {kind.label: place for place, kind in enumerate(every_kind())}
    by_order = sorted(changes, key=lambda change: (order.get(change.kind, 0), change.id))
    for change in reversed(by_order):
        if change.op is Op.DELETE:
            _delete(change, actor, reason)
    _validate(_save_all([change for change in by_order if change.op is not Op.DELETE], actor, reason))


def _delete(change: Change, actor: User | None, reason: str) -> None:
    row: Any = kind_of(change.kind).model._default_manager.filter(pk=change.id).first()
    if row is None:
        return
    _sign(row, actor, reason)
    try:
        row.delete()
    except ProtectedError as error:
        users = ", ".join(
            sorted({f"{used._meta.verbose_name} {used}" for used in error.protected_objects})[:5]
        )
        raise ChangesUnwritable(f"{row._meta.verbose_name} {row} is still in use by {users}.") from error


def _save_all(changes: list[Change], actor: User | None, reason: str) -> list[models.Model]:
    """Saved in order; a row that collides with one that has not been written yet waits for the next round."""
    written: list[models.Model] = []
    while changes:
        waiting, problem = [], None
        for change in changes:
            try:
                with transaction.atomic():
                    written.append(_save(kind_of(change.kind), change, actor, reason))
            except IntegrityError as error:
                waiting.append(change)
                problem = error
        if len(waiting) == len(changes):
            raise ChangesUnwritable(f"Two rows would collide: {problem}") from problem
        changes = waiting
    return written


def _save(kind: Kind, change: Change, actor: User | None, reason: str) -> models.Model:
    values = values_of(kind, change.after or {})
    if change.op is Op.CREATE:
        row: Any = kind.model(pk=change.id, **values)
    else:
        row = kind.model._default_manager.filter(pk=change.id).first()
        if row is None:
            raise ChangesUnwritable(f"The {kind.model._meta.verbose_name} to change is gone.")
        for name, value in values.items():
            setattr(row, name, value)
    _sign(row, actor, reason)
    row.save(force_insert=change.op is Op.CREATE)
    return row  # type: ignore[no-any-return]


def _sign(row: Any, actor: User | None, reason: str) -> None:
    row._history_user = actor
    row._change_reason = reason


def _validate(rows: Iterable[models.Model]) -> None:
    for row in rows:
        row.refresh_from_db()
        row.full_clean(validate_constraints=False)

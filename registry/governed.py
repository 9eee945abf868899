"""Which tables steer decisions, who owns each, and how their rows become records of a configuration.

An app registers its models in `AppConfig.ready`. The order of registration is the order in which rows are
created, so that what is referred to comes first; rows are deleted in the reverse order.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models

from registry.core.changes import Change, ChangeSet, Record, State
from registry.errors import NotGoverned
from registry.models.proposal import Proposal
from registry.models.review import Area

AreaOf = Callable[[Record], Area]
Applied = Callable[[Change, Proposal], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """One governed table.

    `area` owns its changes (for some tables it depends on the row). `restored` says whether a rollback to an
    earlier release takes its rows back too: prices are facts, which stay. `fields` are those of the record;
    for a live table only those whose loosening is reviewed, and `live` is true; `field_areas` name those of
    its fields that another area owns. `applied` is called for each change, in its transaction, when the
    proposal (its number, id, author, reason) has written it.
    """

    label: str
    model: type[models.Model] = field(repr=False)
    area: AreaOf = field(repr=False)
    fields: tuple[str, ...] = ()
    restored: bool = True
    live: bool = False
    applied: "Applied | None" = field(default=None, repr=False)
    field_areas: Mapping[str, Area] = field(default_factory=dict, repr=False)

    @property
    def table(self) -> str:
        return self.model._meta.db_table


_kinds: dict[str, Kind] = {}


def register(
    model: type[models.Model],
    *,
    area: Area | AreaOf,
    restored: bool = True,
    live_fields: tuple[str, ...] | None = None,
    applied: Applied | None = None,
    field_areas: Mapping[str, Area] | None = None,
) -> None:
    """Govern `model`; doing it again changes nothing. `live_fields` name what is reviewed of a live table,
    which everyone else may write."""
    label = model._meta.label_lower
    of = area if callable(area) and not isinstance(area, Area) else (lambda _record, owner=area: owner)
    live = live_fields is not None
    _kinds.setdefault(
        label,
        Kind(
            label,
            model,
            of,
            live_fields if live_fields is not None else _fields(model),
            restored,
            live,
            applied,
            field_areas or {},
        ),
    )


def kinds() -> tuple[Kind, ...]:
    """The tables that are governed as a whole, those that are referred to first."""
    return tuple(kind for kind in _kinds.values() if not kind.live)


def every_kind() -> tuple[Kind, ...]:
    """With the live tables of which some fields are reviewed."""
    return tuple(_kinds.values())


def kind_of(label: str) -> Kind:
    """Raises NotGoverned."""
    try:
        return _kinds[label]
    except KeyError:
        raise NotGoverned(f"“{label}” is not something that proposals change.") from None


def is_governed(model: type[models.Model]) -> bool:
    kind = _kinds.get(model._meta.label_lower)
    return kind is not None and not kind.live


def read_state(only: Iterable[Kind] | None = None) -> State:
    """Every governed row, as a record."""
    return {kind.label: _read(kind, kind.model._default_manager.all()) for kind in only or kinds()}


def read_rows(changes: ChangeSet) -> State:
    """The rows that `changes` touch, as they are now; live ones too."""
    wanted: dict[str, list[str]] = {}
    for change in changes:
        wanted.setdefault(change.kind, []).append(change.id)
    found: dict[str, Mapping[str, Record]] = {}
    for label, ids in wanted.items():
        kind = kind_of(label)
        found[label] = _read(kind, kind.model._default_manager.filter(pk__in=ids))
    return found


def record_of(kind: Kind, row: models.Model) -> Record:
    return {name: plain(_attribute(kind.model, row, name)) for name in kind.fields}


def values_of(kind: Kind, record: Record) -> dict[str, Any]:
    """The record's values as the model's attributes take them. Raises NotGoverned for a field that is not
    reviewed here, and django's ValidationError for a value that the field can't hold."""
    values = {}
    for name, value in record.items():
        if name not in kind.fields:
            raise NotGoverned(f"{kind.label} has no reviewed field “{name}”.")
        column = kind.model._meta.get_field(name)
        assert isinstance(column, models.Field)
        values[column.attname] = _python(column, value)
    return values


def _fields(model: type[models.Model]) -> tuple[str, ...]:
    """Every stored field but the key, and what is derived from others on saving (`derived` on the model)."""
    derived: frozenset[str] = getattr(model, "derived", frozenset())
    return tuple(
        field.name
        for field in model._meta.concrete_fields
        if not field.primary_key and field.name not in derived
    )


def _read(kind: Kind, rows: "models.QuerySet[Any]") -> dict[str, Record]:
    columns = [kind.model._meta.get_field(name).attname for name in kind.fields]  # type: ignore[union-attr]
    return {
        str(key): {name: plain(value) for name, value in zip(kind.fields, values, strict=True)}
        for key, *values in rows.order_by().values_list("pk", *columns)
    }


def _attribute(model: type[models.Model], row: models.Model, name: str) -> Any:
    return getattr(row, model._meta.get_field(name).attname)  # type: ignore[union-attr]


def plain(value: Any) -> Any:
    """A field's value as canonical JSON holds it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, UUID | date):
        return str(value)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value


def _python(column: "models.Field[Any, Any]", value: Any) -> Any:
    if value is None or isinstance(column, models.JSONField):
        return value
    if isinstance(column, models.ForeignKey):
        column = column.target_field
    return column.to_python(value)

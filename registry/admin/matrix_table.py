"""The matrix as a table: deployments grouped by model and provider, one column for each class of data."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from django.utils.safestring import SafeString, mark_safe

from registry.admin.matrix_page_cells import LABELS, CellWriter
from registry.admin.matrix_page_filters import SOON_DAYS, Filters, ends_within
from registry.core.changes import ChangeSet
from registry.core.matrix_state import CellState
from registry.matrix_state import states_of_tables
from registry.models import DataClass, Deployment, MatrixCell

MAX_DEPLOYMENTS = 500

Pair = tuple[UUID, UUID]  # a deployment's id and a class's


@dataclass(frozen=True, slots=True)
class RowView:
    """`cells` are what is in the row of `name`; of them `soon` end soon."""

    name: str
    cells: SafeString
    soon: int


@dataclass(frozen=True, slots=True)
class GroupView:
    model: str
    provider: str
    rows: tuple[RowView, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """`soon` counts the cells shown that end soon."""

    classes: tuple[DataClass, ...]
    groups: tuple[GroupView, ...]
    labels: tuple[tuple[str, str], ...]
    deployments: int
    cut: bool
    soon: int


@dataclass(frozen=True, slots=True)
class _Facts:
    states: Mapping[str, Mapping[str, CellState]]
    drafted: Collection[Pair]
    ticked: Collection[str]
    now: datetime


def build_table(
    filters: Filters,
    *,
    now: datetime,
    draft: ChangeSet,
    editable: bool,
    ticked: Collection[str] = (),
) -> Table:
    """At most MAX_DEPLOYMENTS rows of what `filters` leave; cells that `draft` changes say so. A fixed number
    of queries, however many rows."""
    facts = _Facts(states_of_tables(now), drafted_pairs(draft), ticked, now)
    classes = tuple(
        each
        for each in DataClass.objects.order_by("rank")
        if not filters.data_class or each.name == filters.data_class
    )
    shown = _rows(filters, classes, facts)
    kept, writer = shown[:MAX_DEPLOYMENTS], CellWriter(editable, frozenset(ticked))
    groups = tuple(
        GroupView(model, provider, tuple(_row(each, classes, facts, writer) for each in members))
        for (model, provider), members in groupby(
            kept, key=lambda row: (row.version.model.name, row.provider.name)
        )
    )
    soon, cut = sum(row.soon for group in groups for row in group.rows), len(shown) > MAX_DEPLOYMENTS
    return Table(classes, groups, tuple(LABELS.items()), len(kept), cut, soon)


def drafted_pairs(draft: ChangeSet) -> frozenset[Pair]:
    """The cells that a draft creates, changes or removes."""
    label = MatrixCell._meta.label_lower
    changes = [change for change in draft if change.kind == label]
    whole = [change.before or change.after or {} for change in changes]
    found = {
        (UUID(record["deployment"]), UUID(record["data_class"]))
        for record in whole
        if "deployment" in record and "data_class" in record
    }
    ids = [change.id for change in changes if change.before is not None and change.after is not None]
    if ids:
        rows = MatrixCell.objects.filter(pk__in=ids).order_by()
        found.update(rows.values_list("deployment_id", "data_class_id"))
    return frozenset(found)


def _rows(filters: Filters, classes: tuple[DataClass, ...], facts: _Facts) -> list[Deployment]:
    """One more than are shown, where there are more."""
    found = (
        Deployment.objects.select_related("version__model", "provider")
        .filter(filters.deployments())
        .order_by("version__model__name", "provider__name", "name")
    )
    if not filters.by_cells():
        return list(found[: MAX_DEPLOYMENTS + 1])
    return [
        row
        for row in found
        if filters.shows((facts.states[row.name][each.name] for each in classes), facts.now)
    ][: MAX_DEPLOYMENTS + 1]


def _row(
    deployment: Deployment, classes: tuple[DataClass, ...], facts: _Facts, writer: CellWriter
) -> RowView:
    states, soon = facts.states[deployment.name], 0
    cells = [writer.head(deployment, ticked=deployment.name in facts.ticked)]
    for data_class in classes:
        state = states[data_class.name]
        ends = ends_within(state, facts.now, SOON_DAYS)
        drafted = (deployment.pk, data_class.pk) in facts.drafted
        cells.append(writer.write(deployment.name, data_class.name, state, drafted=drafted, soon=ends))
        soon += ends
    html = mark_safe("".join(cells))  # noqa: S308  (CellWriter escapes what people wrote)
    return RowView(deployment.name, html, soon)

"""The matrix as a table: deployments grouped by model and provider, one column for each class of data."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from django.db.models import Max
from django.utils.safestring import SafeString, mark_safe

from registry.admin.matrix_page_cells import LABELS, CellWriter, Decided
from registry.admin.matrix_page_filters import SOON_DAYS, Filters, ends_within
from registry.core.changes import ChangeSet
from registry.core.matrix_state import CellState
from registry.matrix_state import states_of_tables
from registry.models import DataClass, Deployment, MatrixCell

MAX_DEPLOYMENTS = 500

Pair = tuple[UUID, UUID]  # a deployment's id and a class's


@dataclass(frozen=True, slots=True)
class RowView:
    """`cells` are the row's `td` elements."""

    deployment: Deployment
    ticked: bool
    cells: SafeString


@dataclass(frozen=True, slots=True)
class GroupView:
    model: str
    provider: str
    rows: tuple[RowView, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """`lines` are what the cells' details are made of; `soon` counts the cells shown that end soon."""

    classes: tuple[DataClass, ...]
    groups: tuple[GroupView, ...]
    labels: tuple[tuple[str, str], ...]
    lines: tuple[str, ...]
    deployments: int
    cut: bool
    soon: int


@dataclass(frozen=True, slots=True)
class _Facts:
    states: Mapping[str, Mapping[str, CellState]]
    decided: Mapping[Pair, Decided]
    drafted: Collection[Pair]
    ticked: Collection[str]
    now: datetime

    def ends_soon(self, deployment: Deployment, data_class: DataClass) -> bool:
        return ends_within(self.states[deployment.name][data_class.name], self.now, SOON_DAYS)


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
    facts = _Facts(states_of_tables(now), _decided(), drafted_pairs(draft), ticked, now)
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
    soon = sum(facts.ends_soon(row, data_class) for row in kept for data_class in classes)
    lines, cut = tuple(writer.lines.known), len(shown) > MAX_DEPLOYMENTS
    return Table(classes, groups, tuple(LABELS.items()), lines, len(kept), cut, soon)


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
    states = facts.states[deployment.name]
    cells = [
        writer.write(
            (deployment.name, deployment.pk, data_class.name, data_class.pk),
            facts.decided.get((deployment.pk, data_class.pk)),
            states[data_class.name],
            drafted=(deployment.pk, data_class.pk) in facts.drafted,
            soon=facts.ends_soon(deployment, data_class),
        )
        for data_class in classes
    ]
    html = mark_safe("".join(cells))  # noqa: S308  (CellWriter escapes what people wrote)
    return RowView(deployment, deployment.name in facts.ticked, html)


def _decided() -> dict[Pair, Decided]:
    history = MatrixCell.history.model.objects  # type: ignore[attr-defined]
    last = history.order_by().values("id").annotate(last=Max("history_id")).values("last")
    who = {
        key: said
        for key, *said in history.filter(history_id__in=last)
        .order_by()
        .values_list("id", "history_actor", "history_date", "history_change_reason")
    }
    rows = MatrixCell.objects.order_by().values_list(
        "deployment_id", "data_class_id", "pk", "decision", "conditions", "evidence", "valid_from", "valid_to"
    )
    found: dict[Pair, Decided] = {}
    for deployment, data_class, pk, decision, conditions, evidence, begins, ends in rows:
        actor, when, reason = who.get(pk, ("", None, ""))
        found[deployment, data_class] = Decided(
            pk, decision, tuple(conditions), evidence, begins, ends, actor, when, reason or ""
        )
    return found

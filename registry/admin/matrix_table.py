"""The matrix as a table: deployments grouped by model, one column for each class of data."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from registry.models import DataClass, Deployment, MatrixCell

MAX_DEPLOYMENTS = 500
LABELS = {
    "approved": "Approved",
    "conditional": "Conditional",
    "denied": "Denied",
    "expired": "Expired",
    "upcoming": "Not yet",
    "absent": "Absent",
}


@dataclass(frozen=True, slots=True)
class CellView:
    """`state` is what holds now: what has ended is `expired`, what is missing `absent`."""

    id: str
    state: str
    label: str
    detail: str
    url: str
    data_class: str


@dataclass(frozen=True, slots=True)
class RowView:
    deployment: Deployment
    cells: tuple[CellView, ...]


@dataclass(frozen=True, slots=True)
class GroupView:
    model: str
    rows: tuple[RowView, ...]


@dataclass(frozen=True, slots=True)
class Table:
    classes: tuple[DataClass, ...]
    groups: tuple[GroupView, ...]
    labels: tuple[tuple[str, str], ...]
    cut: bool


def build_table(search: str = "") -> Table:
    """At most MAX_DEPLOYMENTS rows; `search` narrows them by deployment, model, provider or region."""
    classes, now = tuple(DataClass.objects.order_by("rank")), timezone.now()
    deployments = (
        Deployment.objects.select_related("version__model", "provider")
        .prefetch_related("cells__data_class")
        .order_by("version__model__name", "provider__name", "name")
    )
    if search:
        deployments = deployments.filter(
            Q(name__icontains=search)
            | Q(version__model__name__icontains=search)
            | Q(provider__name__icontains=search)
            | Q(region__iexact=search)
        )
    shown = list(deployments[: MAX_DEPLOYMENTS + 1])
    groups = tuple(
        GroupView(model, tuple(_row(deployment, classes, now) for deployment in members))
        for model, members in groupby(shown[:MAX_DEPLOYMENTS], key=lambda row: row.version.model.name)
    )
    return Table(classes, groups, tuple(LABELS.items()), len(shown) > MAX_DEPLOYMENTS)


def _row(deployment: Deployment, classes: tuple[DataClass, ...], now: datetime) -> RowView:
    known = {cell.data_class_id: cell for cell in deployment.cells.all()}
    cells = tuple(_cell(deployment, data_class, known.get(data_class.pk), now) for data_class in classes)
    return RowView(deployment, cells)


def _cell(deployment: Deployment, data_class: DataClass, cell: MatrixCell | None, now: datetime) -> CellView:
    state = _state(cell, now)
    if cell is None:
        query = urlencode({"deployment": deployment.pk, "data_class": data_class.pk})
        url = f"{reverse('admin:registry_matrixcell_add')}?{query}"
    else:
        url = reverse("admin:registry_matrixcell_change", args=[cell.pk])
    place = f"{deployment.pk}-{data_class.pk}"
    return CellView(place, state, LABELS[state], _detail(cell), url, data_class.name)


def _state(cell: MatrixCell | None, now: datetime) -> str:
    if cell is None:
        return "absent"
    if cell.expired(now):
        return "expired"
    return cell.decision if cell.in_force(now) else "upcoming"


def _detail(cell: MatrixCell | None) -> str:
    """What a cell says beside its decision, for the second line and for screen readers."""
    if cell is None:
        return ""
    parts = [", ".join(cell.conditions)]
    if cell.valid_to is not None:
        parts.append(f"until {cell.valid_to:%Y-%m-%d}")
    return "; ".join(part for part in parts if part)

"""What of the matrix is shown: read from the URL, so that a view can be sent to somebody as a link."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.http import QueryDict

from registry.core.matrix_state import CellState, State
from registry.models import DataClass, Deployment
from registry.releases.clock import to_us

MAX_TEXT_CHARS = 100
MAX_WITHIN_DAYS = 3650
SOON_DAYS = 30


@dataclass(frozen=True, slots=True)
class Filters:
    """Empty means all. `within` is in days; None where it does not matter when a cell ends."""

    q: str = ""
    model: str = ""
    provider: str = ""
    region: str = ""
    data_class: str = ""
    state: str = ""
    within: int | None = None

    @property
    def any(self) -> bool:
        return self != Filters()

    def deployments(self) -> Q:
        """Those that may be shown; which of them have a cell to show is for `shows` to say."""
        wanted = Q()
        if self.q:
            wanted &= (
                Q(name__icontains=self.q)
                | Q(version__model__name__icontains=self.q)
                | Q(provider__name__icontains=self.q)
                | Q(region__iexact=self.q)
            )
        for field, value in (
            ("version__model__name", self.model),
            ("provider__name", self.provider),
            ("region", self.region),
        ):
            if value:
                wanted &= Q(**{field: value})
        return wanted

    def by_cells(self) -> bool:
        return bool(self.state) or self.within is not None

    def shows(self, cells: Iterable[CellState], now: datetime) -> bool:
        """Whether one of a row's cells is of the state, and ends soon enough."""
        return any(self._fits(cell, now) for cell in cells)

    def _fits(self, cell: CellState, now: datetime) -> bool:
        return (not self.state or cell.state == self.state) and (
            self.within is None or ends_within(cell, now, self.within)
        )


def ends_within(cell: CellState, now: datetime, days: int) -> bool:
    return cell.ends_us is not None and cell.ends_us <= to_us(now + timedelta(days=days))


def read_filters(query: QueryDict) -> Filters:
    """What the URL says; what makes no sense is left out."""

    def text(name: str) -> str:
        return query.get(name, "").strip()[:MAX_TEXT_CHARS]

    state, within = text("state"), text("within")
    days = int(within) if within.isascii() and within.isdigit() else None
    return Filters(
        q=text("q"),
        model=text("model"),
        provider=text("provider"),
        region=text("region"),
        data_class=text("class"),
        state=state if state in list(State) else "",
        within=days if days is not None and days <= MAX_WITHIN_DAYS else None,
    )


def choices_of(filters: Filters) -> list[dict[str, Any]]:
    """The selects of the filter bar."""

    def names(path: str) -> list[str]:
        return list(Deployment.objects.order_by(path).values_list(path, flat=True).distinct())

    classes = list(DataClass.objects.order_by("rank").values_list("name", flat=True))
    return [
        {"name": name, "label": label, "options": options, "chosen": chosen}
        for name, label, options, chosen in (
            ("model", "Model", names("version__model__name"), filters.model),
            ("provider", "Provider", names("provider__name"), filters.provider),
            ("region", "Region", names("region"), filters.region),
            ("class", "Class", classes, filters.data_class),
            ("state", "State", list(State), filters.state),
        )
    ]

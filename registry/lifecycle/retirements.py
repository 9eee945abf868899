"""When versions end: in what order, how soon, and what then has no model any more."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from registry.core.expiry import notice_days
from registry.lifecycle.dependants import Dependant, Use, dependants_of, uses_of
from registry.models import Deployment, Lifecycle, ModelVersion
from registry.releases.clock import day_begins_us, to_us

MAX_ENDS = 200


@dataclass(frozen=True, slots=True)
class End:
    """The day on which a version is turned off: everywhere, or, with `deployment`, by its provider in its
    region, where that comes first."""

    version: ModelVersion
    deployment: Deployment | None
    on: date

    @property
    def id(self) -> UUID:
        return self.version.pk if self.deployment is None else self.deployment.pk

    @property
    def lifecycle(self) -> Lifecycle:
        found = self.version.lifecycle if self.deployment is None else self.deployment.effective_lifecycle
        return Lifecycle(found)

    @property
    def place(self) -> str:
        """“azure, eu”; empty where it ends everywhere."""
        return "" if self.deployment is None else f"{self.deployment.provider}, {self.deployment.region}"

    def __str__(self) -> str:
        return f"{self.version} ({self.deployment})" if self.deployment else str(self.version)


@dataclass(frozen=True, slots=True)
class Retirement:
    """`within_days` is the least of 90, 30 and 7 days within which it ends; 0 where it has, None where it is
    further off."""

    end: End
    within_days: int | None
    dependants: tuple[Dependant, ...]
    uses: tuple[Use, ...]

    @property
    def is_free(self) -> bool:
        """Whether nothing depends on it any more."""
        return not self.dependants and not self.uses


def ending() -> list[End]:
    """What has a last day and is not retired yet, the first to end first; at most MAX_ENDS."""
    found = sorted([*_everywhere(), *_in_one_place()], key=lambda end: (end.on, str(end)))
    return found[:MAX_ENDS]


def _everywhere() -> Iterator[End]:
    dated = ModelVersion.objects.filter(retires_on__isnull=False).exclude(lifecycle=Lifecycle.RETIRED)
    for version in dated.select_related("model").order_by("retires_on")[:MAX_ENDS]:
        if version.retires_on is not None:
            yield End(version, None, version.retires_on)


def _in_one_place() -> Iterator[End]:
    """Deployments that are turned off before their version is."""
    dated = Deployment.objects.filter(retires_on__isnull=False).exclude(lifecycle=Lifecycle.RETIRED)
    alive = dated.exclude(version__lifecycle=Lifecycle.RETIRED)
    for row in alive.select_related("version__model", "provider").order_by("retires_on")[:MAX_ENDS]:
        if row.retires_on is not None and row.ends_on != row.version.retires_on:
            yield End(row.version, row, row.retires_on)


def within(on: date | None, now: datetime) -> int | None:
    """See Retirement.within_days; the provider turns it off as its day begins, UTC."""
    return None if on is None else notice_days(day_begins_us(on), to_us(now))


def calendar(now: datetime) -> Iterator[Retirement]:
    """What depends on something is looked up only where it ends within 90 days."""
    for end in ending():
        days = within(end.on, now)
        if days is None:
            yield Retirement(end, None, (), ())
        else:
            depends = dependants_of(end.version, end.deployment)
            yield Retirement(end, days, tuple(depends), tuple(uses_of(end.version, now, end.deployment)))

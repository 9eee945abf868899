"""When versions end: in what order, how soon, and what then has no model any more."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from registry.core.expiry import notice_days
from registry.lifecycle.dependants import Dependant, Use, dependants_of, uses_of
from registry.models import Lifecycle, ModelVersion
from registry.releases.clock import day_begins_us, to_us

MAX_VERSIONS = 200


@dataclass(frozen=True, slots=True)
class Retirement:
    """`within_days` is the least of 90, 30 and 7 days within which it ends; 0 where it has, None where it is
    further off."""

    version: ModelVersion
    within_days: int | None
    dependants: tuple[Dependant, ...]
    uses: tuple[Use, ...]

    @property
    def is_free(self) -> bool:
        """Whether nothing depends on it any more."""
        return not self.dependants and not self.uses


def ending() -> QuerySet[ModelVersion]:
    """Versions with a last day that are not retired yet, the first to end first."""
    dated = ModelVersion.objects.filter(retires_on__isnull=False).exclude(lifecycle=Lifecycle.RETIRED)
    return dated.select_related("model").order_by("retires_on", "model__name", "name")


def within(version: ModelVersion, now: datetime) -> int | None:
    """See Retirement.within_days; the provider turns it off as its day begins, UTC."""
    if version.retires_on is None:
        return None
    return notice_days(day_begins_us(version.retires_on), to_us(now))


def calendar(now: datetime) -> Iterator[Retirement]:
    """At most MAX_VERSIONS. What depends on a version is looked up only where it ends within 90 days."""
    for version in ending()[:MAX_VERSIONS]:
        days = within(version, now)
        if days is None:
            yield Retirement(version, None, (), ())
        else:
            yield Retirement(version, days, tuple(dependants_of(version)), tuple(uses_of(version, now)))

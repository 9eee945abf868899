"""What still depends on a version, or on one deployment of it. Apps say what of theirs
does, in `AppConfig.ready`."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.db.models import Count, Max, QuerySet
from django.urls import reverse

from audit.models import Request
from registry.models import Deployment, ModelVersion

MAX_OF_A_KIND = 50
USED_WITHIN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Dependant:
    """`noun` says what it is; `detail` how much it depends."""

    noun: str
    name: str
    detail: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Use:
    """What one application did with a version lately."""

    application: str
    requests: int
    last_at: datetime


Find = Callable[[ModelVersion, Deployment | None], Iterable[Dependant]]

_finders: dict[str, Find] = {}


def register(name: str, find: Find) -> None:
    """`find` answers what of an app depends on a version, or on that deployment of it
    alone; registering a name again changes nothing."""
    _finders.setdefault(name, find)


def dependants_of(version: ModelVersion, only: Deployment | None = None) -> list[Dependant]:
    """Deployments and routes that would no longer serve, at most MAX_OF_A_KIND of each."""
    return [found for find in _finders.values() for found in islice(find(version, only), MAX_OF_A_KIND)]


def uses_of(version: ModelVersion, now: datetime, only: Deployment | None = None) -> list[Use]:
    """The applications that it answered within USED_WITHIN, those that asked most first."""
    answered = Request.objects.filter(
        model_version=version.name, model=version.model.name, accepted_at__gte=now - USED_WITHIN
    )
    if only is not None:
        answered = answered.filter(deployment=only.name)
    rows = answered.order_by().values("application").annotate(number=Count("id"), last=Max("accepted_at"))
    ordered = rows.order_by("-number", "application")[:MAX_OF_A_KIND]
    return [Use(row["application"], row["number"], row["last"]) for row in ordered]


def enabled(version: ModelVersion, only: Deployment | None) -> "QuerySet[Deployment]":
    """The deployments that would no longer serve."""
    rows = version.deployments.filter(enabled=True)
    return rows if only is None else rows.filter(pk=only.pk)


def deployments_of(version: ModelVersion, only: Deployment | None) -> Iterator[Dependant]:
    """Those that are enabled."""
    for row in enabled(version, only).select_related("provider").order_by("name"):
        page = reverse("admin:registry_deployment_change", args=[row.pk])
        yield Dependant("deployment", row.name, f"{row.provider}, {row.region}", page)

"""What must catch the eye on the first page: emergency changes, suspensions in force, drift, and
fallbacks that serve too much."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest
from django.utils import timezone

from registry.models import Deployment, Drift, Proposal, Suspension
from registry.selectors import suspensions_in_force
from registry.services import emergencies
from routing.models import FallbackAlert

MAX_SHOWN = 10
DRIFT_SHOWN_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Alarms:
    """`more_suspensions` counts those that are not listed."""

    suspensions: tuple[Suspension, ...] = ()
    more_suspensions: int = 0
    drifts: tuple[Drift, ...] = ()
    fallbacks: tuple[FallbackAlert, ...] = ()
    emergencies: tuple[Proposal, ...] = ()  # applied, and not reviewed yet


def alarms_for(request: HttpRequest) -> Alarms:
    """Without what this person may not see."""
    in_force = suspensions_in_force()
    placed: tuple[Suspension, ...] = ()
    more = 0
    if request.user.has_perm("registry.view_suspension"):
        placed = tuple(in_force[:MAX_SHOWN])
        more = in_force.count() - len(placed)
    drifts = drifts_since(timezone.now() - DRIFT_SHOWN_FOR) if _sees_drift(request) else ()
    unreviewed: tuple[Proposal, ...] = ()
    if request.user.has_perm("registry.view_proposal"):
        unreviewed = tuple(emergencies.waiting()[:MAX_SHOWN])
    quiet: tuple[FallbackAlert, ...] = ()
    if request.user.has_perm("routing.view_policy"):
        quiet = tuple(FallbackAlert.objects.filter(closed_at__isnull=True)[:MAX_SHOWN])
    return Alarms(placed, more, drifts, quiet, unreviewed)


def drifts_since(moment: datetime) -> tuple[Drift, ...]:
    """Of what is still pinned as it was; a version that was corrected drifts no more."""
    pinned = dict(Deployment.objects.values_list("name", "version__upstream_id"))
    recent = Drift.objects.filter(seen_at__gte=moment)
    return tuple(drift for drift in recent if pinned.get(drift.deployment) == drift.sent)[:MAX_SHOWN]


def _sees_drift(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("registry.view_drift"))

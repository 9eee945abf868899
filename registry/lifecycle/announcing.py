"""Telling people that a version ends, everywhere or in one place: 90, 30 and 7 days ahead, and when it has,
once each."""

from datetime import datetime

from django.db import transaction

from audit.services import entries
from registry.lifecycle import retirements
from registry.lifecycle.dependants import dependants_of
from registry.lifecycle.retirements import End
from registry.models import RetirementWarning
from registry.services import telling


def announce_due(now: datetime) -> int:
    """Tell of each that came nearer to its end than was told; how many were told of. Another date is another
    end."""
    soon = ((end, retirements.within(end.on, now)) for end in retirements.ending())
    return sum(_announce(end, days, now) for end, days in soon if days is not None)


@transaction.atomic
def _announce(end: End, days: int, now: datetime) -> bool:
    _, is_news = RetirementWarning.objects.get_or_create(
        subject_id=end.id, retires_on=end.on, days=days, defaults={"told_at": now}
    )
    if is_news:
        depends = [f"{found.noun} {found.name}" for found in dependants_of(end.version, end.deployment)]
        telling.retiring(end, days, depends)
        version = end.version
        body = {"model": version.model.name, "version": version.name, "retires_on": str(end.on)}
        here = {"deployment": end.deployment.name} if end.deployment else {}
        told = {"actor": entries.actor_of(None), **body, **here, "within_days": days, "dependants": depends}
        entries.record("model.retiring", told)
    return is_news

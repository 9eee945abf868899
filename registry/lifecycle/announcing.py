"""Telling people that a version ends: 90, 30 and 7 days ahead, and when it has, once each."""

from datetime import datetime

from django.db import transaction

from audit.services import entries
from registry.lifecycle import retirements
from registry.lifecycle.dependants import dependants_of
from registry.models import ModelVersion, RetirementWarning
from registry.services import telling


def announce_due(now: datetime) -> int:
    """Tell of each version that came nearer to its end than was told; how many were told of. Another date is
    another end."""
    soon = ((version, retirements.within(version, now)) for version in _bounded())
    return sum(_announce(version, days, now) for version, days in soon if days is not None)


def _bounded() -> "list[ModelVersion]":
    return list(retirements.ending()[: retirements.MAX_VERSIONS])


@transaction.atomic
def _announce(version: ModelVersion, days: int, now: datetime) -> bool:
    ends = version.retires_on
    assert ends is not None
    _, is_news = RetirementWarning.objects.get_or_create(
        version_id=version.pk, retires_on=ends, days=days, defaults={"told_at": now}
    )
    if is_news:
        depends = [f"{found.noun} {found.name}" for found in dependants_of(version)]
        telling.retiring(version, days, depends)
        body = {"model": version.model.name, "version": version.name, "retires_on": str(ends)}
        told = {"actor": entries.actor_of(None), **body, "within_days": days, "dependants": depends}
        entries.record("model.retiring", told)
    return is_news

"""Rows → frozen dataclasses: what the data plane holds in memory, and what admin pages show."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from audit.core.canonical import sha256_hex
from registry.directory import Consumer, Directory
from registry.errors import ReleaseCorrupt
from registry.models import ApiKey, Deployment, Pointer, Price, Release, Suspension
from registry.releases.clock import to_us_or_none


@dataclass(frozen=True, slots=True)
class PointerState:
    """What every process watches."""

    release_id: UUID | None
    directory_version: int


@dataclass(frozen=True, slots=True)
class PublishedRelease:
    """A release as it was published; `document` has the digest that it says."""

    id: UUID
    number: int
    digest: str
    document: dict[str, Any] = field(repr=False)


def read_pointer() -> PointerState:
    row = Pointer.objects.filter(pk=1).values_list("release_id", "directory_version").first()
    return PointerState(*row) if row else PointerState(None, 0)


def load_release(release_id: UUID) -> PublishedRelease:
    """The release, after its text was hashed again: one that was tampered with is never loaded."""
    row = Release.objects.get(pk=release_id)
    if sha256_hex(row.document.encode()) != row.digest:
        raise ReleaseCorrupt(f"The document of release {row.number} does not have its digest.")
    return PublishedRelease(row.id, row.number, row.digest, json.loads(row.document))


def live_release() -> PublishedRelease | None:
    release_id = read_pointer().release_id
    return None if release_id is None else load_release(release_id)


def release_at(moment: datetime) -> Release | None:
    """What was in force at `moment`: the last release that was published by then, or None."""
    return Release.objects.filter(published_at__lte=moment).order_by("-number").first()


def load_directory(version: int) -> Directory:
    """All keys that may be used now. `version` is the pointer's, read before the keys."""
    keys = ApiKey.objects.filter(
        revoked_at__isnull=True, application__is_active=True, application__team__is_active=True
    ).select_related("application__team", "clearance", "default_data_class")
    by_prefix = {key.prefix: _consumer(key) for key in keys.iterator(chunk_size=2000)}
    placed = list(suspensions_in_force())
    return Directory(
        version,
        by_prefix,
        suspended=frozenset(each.subject for each in placed),
        cancelled=frozenset(each.subject for each in placed if each.cancel_in_flight),
    )


def suspensions_in_force() -> QuerySet[Suspension]:
    """The latest first."""
    return Suspension.objects.filter(in_force=True)


def _consumer(key: ApiKey) -> Consumer:
    application = key.application
    return Consumer(
        key_id=str(key.id),
        key_prefix=key.prefix,
        key_sha256=key.sha256,
        application=application.name,
        application_id=str(application.id),
        team=application.team.name,
        team_id=str(application.team_id),
        scopes=frozenset(key.scopes),
        clearance=key.clearance.name,
        default_data_class=key.default_data_class.name if key.default_data_class else None,
        requests_per_min=key.requests_per_min,
        tokens_per_min=key.tokens_per_min,
        expires_at_us=to_us_or_none(key.expires_at),
    )


def price_in_force(deployment: Deployment, moment: datetime) -> Price | None:
    """The row that holds at `moment`; there is never more than one."""
    windows = Q(valid_to__isnull=True) | Q(valid_to__gt=moment)
    return deployment.prices.filter(windows, valid_from__lte=moment).first()

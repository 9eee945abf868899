"""Drift: what a provider reports is not what is pinned. Told once, and where its version says so, stopped."""

from dataclasses import dataclass
from typing import Self
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.services import entries
from registry.core.subjects import SubjectKind
from registry.errors import NothingToSuspend
from registry.models import Drift
from registry.models.drift import REPORTED_LENGTH
from registry.services import suspensions, telling

# A provider that makes up a name for each answer fills neither the table nor the register.
MAX_PER_DEPLOYMENT = 50


@dataclass(frozen=True, slots=True)
class Seen:
    """What makes one drift another than the next."""

    deployment: str
    sent: str
    reported: str
    fingerprint: str

    @classmethod
    def of(cls, *, deployment: str, sent: str, reported: str, fingerprint: str | None) -> Self:
        return cls(deployment, sent, reported[:REPORTED_LENGTH], (fingerprint or "")[:REPORTED_LENGTH])


def observe(*, seen: Seen, model: str, model_version: str, blocks: bool, request_id: UUID) -> None:
    """Keep and record the drift, the first time only; where `blocks`, suspend the deployment, once as well.

    Once, because who lifts that suspension has seen the drift and takes it for good. One that was only told
    blocks when it is seen again under a version that says so.
    """
    with transaction.atomic():
        kept, first = _keep(seen, model, model_version, request_id)
        if kept is None:
            if blocks:
                _suspend(seen)
            return
        if blocks and not kept.blocked and _suspend(seen):
            kept.blocked = True
            kept.save(update_fields=["blocked"])
        if first:
            entries.record("model.drift", _body(kept), request_id)
            telling.drifted(kept)


def _keep(seen: Seen, model: str, model_version: str, request_id: UUID) -> tuple[Drift | None, bool]:
    """(row, whether it is new); no row where there are too many of the deployment."""
    known = Drift.objects.filter(deployment=seen.deployment)
    same = known.filter(sent=seen.sent, reported=seen.reported, fingerprint=seen.fingerprint).first()
    if same is not None or known.count() >= MAX_PER_DEPLOYMENT:
        return same, False
    try:
        with transaction.atomic():
            made = Drift.objects.create(
                deployment=seen.deployment,
                model=model,
                model_version=model_version,
                sent=seen.sent,
                reported=seen.reported,
                fingerprint=seen.fingerprint,
                request_id=request_id,
                seen_at=timezone.now(),
            )
    except IntegrityError:  # another worker was first
        return None, False
    return made, True


def _suspend(seen: Seen) -> bool:
    """Whether the deployment is suspended by this. One that is gone needs no suspension."""
    what = f"the fingerprint {seen.fingerprint}" if seen.fingerprint else f"“{seen.reported}”"
    reason = f"Drift: the provider reports {what} where “{seen.sent}” is pinned."
    try:
        placed = suspensions.suspend_by_system(
            kind=SubjectKind.DEPLOYMENT, target=seen.deployment, reason=reason
        )
    except NothingToSuspend:
        return False
    return placed is not None


def _body(found: Drift) -> dict[str, object]:
    return {
        "actor": entries.actor_of(None),
        "deployment": found.deployment,
        "model": found.model,
        "version": found.model_version,
        "sent": found.sent,
        "reported": found.reported,
        "fingerprint": found.fingerprint,
        "blocked": found.blocked,
    }

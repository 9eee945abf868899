"""Placing a suspension: one person, at once. Lifting one is for registry.services.lifting."""

from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils import timezone

from audit.services import entries
from registry import suspendable
from registry.errors import AlreadySuspended, ReasonMissing, SuspendNotPermitted
from registry.models import Suspension, User
from registry.services import directory, telling

PERMISSION = "registry.suspend"
MAX_REASON_CHARS = 2000


@transaction.atomic
def suspend(
    *, actor: User, kind: str, target: str, reason: str, cancel_in_flight: bool = False
) -> Suspension:
    """Stop everything that goes to, comes from or is routed by the target, in every process within a second.

    Raises SuspendNotPermitted, ReasonMissing, NothingToSuspend, and AlreadySuspended where it adds nothing.
    """
    if not actor.is_active or not actor.has_perm(PERMISSION):
        raise SuspendNotPermitted
    return _place(actor, kind, target, reason, cancel_in_flight)


@transaction.atomic
def suspend_by_system(*, kind: str, target: str, reason: str) -> Suspension | None:
    """As `suspend`, where the configuration says that this stops by itself. None where it is stopped."""
    try:
        return _place(None, kind, target, reason, cancel_in_flight=False)
    except AlreadySuspended:
        return None


def _place(actor: User | None, kind: str, target: str, reason: str, cancel_in_flight: bool) -> Suspension:
    reason = reason.strip()[:MAX_REASON_CHARS]
    if not reason:
        raise ReasonMissing
    found, text, row = suspendable.find(kind, target)
    in_force = Suspension.objects.filter(kind=found.value, target=text, in_force=True)
    if any(placed.cancel_in_flight or not cancel_in_flight for placed in in_force):
        raise AlreadySuspended
    suspension = _insert(actor, found.value, text, row, reason, cancel_in_flight)
    directory.bump()
    entries.record("suspension.placed", body_of(suspension, actor, reason))
    telling.suspended(suspension)
    return suspension


def _insert(
    actor: User | None, kind: str, target: str, row: Model, reason: str, cancel_in_flight: bool
) -> Suspension:
    """Of two who suspend the same at the same moment, the second is told that it is suspended."""
    try:
        with transaction.atomic():
            return Suspension.objects.create(
                kind=kind,
                target=target,
                target_id=row.pk,
                reason=reason,
                cancel_in_flight=cancel_in_flight,
                placed_at=timezone.now(),
                placed_by=actor,
                placed_by_name=name_of(actor),
            )
    except IntegrityError as error:
        raise AlreadySuspended from error


def name_of(actor: User | None) -> str:
    return actor.get_username() if actor is not None else ""


def body_of(suspension: Suspension, actor: User | None, reason: str) -> dict[str, object]:
    return {
        "actor": entries.actor_of(actor),
        "suspension": str(suspension.pk),
        "kind": suspension.kind,
        "target": suspension.target,
        "cancel_in_flight": suspension.cancel_in_flight,
        "reason": reason,
    }

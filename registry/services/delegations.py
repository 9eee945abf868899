"""Letting somebody else approve in one's place, for a time. Each person delegates their own right alone."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from audit.services import entries
from registry.errors import DelegationRefused, NotYours, ReasonMissing
from registry.models import Delegation, User
from registry.services import approving

MAX_DAYS = 90


@transaction.atomic
def delegate(
    *, principal: User, to: User, ends_at: datetime, reason: str, starts_at: datetime | None = None
) -> Delegation:
    """`to` may approve in the principal's place until `ends_at`, at most MAX_DAYS.

    Who acts for the author of a proposal approves nothing of it, whatever rights they have of their own.
    Raises DelegationRefused, ReasonMissing.
    """
    if not reason.strip():
        raise ReasonMissing
    starts_at = starts_at or timezone.now()
    check(principal, to, starts_at, ends_at)
    made = Delegation.objects.create(
        principal=principal, delegate=to, starts_at=starts_at, ends_at=ends_at, reason=reason.strip()
    )
    _record("delegation.made", made, principal)
    return made


@transaction.atomic
def revoke(*, delegation: Delegation, actor: User) -> Delegation:
    """End it now. Only its principal may. Raises NotYours; once it has ended nothing changes."""
    held = Delegation.objects.select_for_update(of=("self",)).get(pk=delegation.pk)
    if held.principal_id != actor.pk:
        raise NotYours("Only whoever delegated may revoke it.")
    if held.revoked_at is not None or held.ends_at <= timezone.now():
        return held
    held.revoked_at = timezone.now()
    held.save(update_fields=["revoked_at"])
    _record("delegation.revoked", held, actor)
    return held


def check(principal: User, to: User, starts_at: datetime, ends_at: datetime) -> None:
    """Raises DelegationRefused, which says why."""
    now = timezone.now()
    if to.pk == principal.pk:
        raise DelegationRefused("Delegate to somebody else than yourself.")
    if not to.is_active:
        raise DelegationRefused(f"{to} can't sign in.")
    if not approving.areas_of(principal):
        raise DelegationRefused("You have no right to approve that you could delegate.")
    if ends_at <= max(starts_at, now):
        raise DelegationRefused("It must end after it begins, and in the future.")
    if ends_at - starts_at > timedelta(days=MAX_DAYS):
        raise DelegationRefused(f"A delegation lasts at most {MAX_DAYS} days.")


def _record(event_type: str, delegation: Delegation, actor: User) -> None:
    entries.record(
        event_type,
        {
            "actor": entries.actor_of(actor),
            "delegation": str(delegation.pk),
            "principal": delegation.principal.get_username(),
            "delegate": delegation.delegate.get_username(),
            "starts_at": delegation.starts_at.isoformat(timespec="seconds"),
            "ends_at": delegation.ends_at.isoformat(timespec="seconds"),
            "reason": delegation.reason[:2000],
        },
    )

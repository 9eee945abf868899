"""Locked logins: after too many wrong passwords from one address, that login is shut for that address."""

from axes.models import AccessAttempt
from axes.utils import reset
from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from audit.services import entries
from registry.models import User

MAX_LOCKS = 1_000


def locked_addresses(user: User) -> list[str]:
    """The addresses from which the person's login is locked at this moment."""
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    recent = AccessAttempt.objects.filter(username=user.username, attempt_time__gte=since)
    counted = recent.values("ip_address").annotate(failures=Sum("failures_since_start"))
    full = counted.filter(failures__gte=settings.AXES_FAILURE_LIMIT).order_by("ip_address")
    return [str(row["ip_address"]) for row in full[:MAX_LOCKS]]


@transaction.atomic
def unlock(*, actor: User, user: User) -> int:
    """Forget the failures of the person's login, from everywhere; from how many addresses it was locked."""
    locked = locked_addresses(user)
    reset(username=user.username)
    if locked:
        told = {"actor": entries.actor_of(actor), "account": user.username, "from": locked}
        entries.record("login.unlocked", told)
    return len(locked)

"""What routing puts into inboxes: answers that wait for a person, and the notices of them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.models import Permission
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from audit import scopes
from registry import inbox
from registry.inbox import Item
from registry.models import NoticeKind, User
from registry.services import notices
from routing.models import HeldAnswer, HeldState
from routing.services import reviews

PRESSING = timedelta(hours=12)
MAX_TOLD = 1_000  # rows that one notice tells of
MAX_REVIEWERS = 1_000


def install() -> None:
    inbox.register("Answers to review", to_review, order=15)


def to_review(user: User) -> Iterator[Item]:
    """Answers that the person may decide on; the one whose time is over first comes first."""
    now = timezone.now()
    rows = reviews.within_reach(user).filter(state=HeldState.HELD, expires_at__gt=now).order_by("expires_at")
    for row in rows[: inbox.MAX_ITEMS + 1]:
        yield Item(
            f"{row.application}: rule {row.rule} of {row.policy}",
            f"{row.reason}. It is refused on {row.expires_at:%d %B %Y at %H:%M} UTC.",
            reverse("admin:routing_heldanswer_change", args=[row.pk]),
            row.held_at,
            "error" if row.expires_at <= now + PRESSING else "warning",
        )


@transaction.atomic
def tell_of_new(now: datetime) -> int:
    """One notice of all that came since the last one, to whoever may decide on some of it; how many came."""
    new = HeldAnswer.objects.filter(state=HeldState.HELD, told_at__isnull=True)
    ids = list(new.order_by("held_at").values_list("pk", flat=True)[:MAX_TOLD])
    if not ids:
        return 0
    told = HeldAnswer.objects.filter(pk__in=ids, told_at__isnull=True)
    teams = sorted(set(told.values_list("team", flat=True)))
    count = told.update(told_at=now)
    if count:
        answers = "An answer waits" if count == 1 else f"{count} answers wait"
        notices.tell(
            kind=NoticeKind.REVIEW_WAITING,
            subject=f"{answers} for a person: {', '.join(teams)}",
            text="A verifier did not let it pass; nobody has it until it is released.",
            url=reverse("admin:routing_heldanswer_changelist"),
            to_users=_reviewers(ids),
        )
    return count


def _reviewers(ids: list[UUID]) -> list[User]:
    app, codename = reviews.PERMISSION.split(".")
    right = Permission.objects.filter(content_type__app_label=app, codename=codename)
    able = User.objects.filter(
        Q(groups__permissions__in=right) | Q(user_permissions__in=right), is_active=True
    ).distinct()
    rows = HeldAnswer.objects.filter(pk__in=ids)
    return [user for user in able.order_by("pk")[:MAX_REVIEWERS] if scopes.visible(user, rows).exists()]

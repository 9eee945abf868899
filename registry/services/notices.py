"""Telling people and webhooks: written in the transaction of what is told, sent later by whoever empties
the outbox (registry.services.delivery)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from registry.models import Notice, NoticeKind, User, Webhook
from registry.models.notice import MAX_SUBJECT_CHARS

MAX_RECIPIENTS = 1_000  # of one notice, people and webhooks each
MAX_TEXT_CHARS = 10_000
MAX_MARKED = 10_000


@transaction.atomic
def tell(
    *,
    kind: NoticeKind | str,
    subject: str,
    text: str = "",
    url: str = "",
    to_groups: Sequence[str] = (),
    to_users: Iterable[User] = (),
) -> list[Notice]:
    """One notice for each active person of `to_groups` and `to_users`, and for each webhook of this kind.

    1. Nobody hears of the same thing twice, however many roles they have; the first that fits is noted.
    2. Nothing is sent here: a rollback takes the notices back with what they told.
    3. Who wants no e-mail, or has no address, finds the notice in the inbox alone.

    `url` is a path of ours, such as `reverse(...)` gives. Raises ValueError for a kind that does not exist.
    """
    kind, now = NoticeKind(kind), timezone.now()
    said = {
        "kind": kind.value,
        "subject": " ".join(subject.split())[:MAX_SUBJECT_CHARS],
        "body": text[:MAX_TEXT_CHARS],
        "path": url,
        "created_at": now,
    }
    told = [
        Notice(**said, user=user, group=group, due_at=_due(user, now))
        for user, group in _people(to_groups, to_users)[:MAX_RECIPIENTS]
    ]
    told += [Notice(**said, webhook=webhook, due_at=now) for webhook in _webhooks(kind)]
    return Notice.objects.bulk_create(told)


def unread_of(user: User) -> QuerySet[Notice]:
    return Notice.objects.filter(user=user, read_at__isnull=True)


def mark_read(*, user: User, ids: Sequence[str] | None = None) -> int:
    """Take notices for read, all of the person's or those with `ids`; how many were unread."""
    rows = unread_of(user) if ids is None else unread_of(user).filter(pk__in=list(ids)[:MAX_MARKED])
    return rows.update(read_at=timezone.now())


def put_away(*, kind: NoticeKind, url: str) -> int:
    """Take for read what of `kind` about the page at `url` is over; how many notices were unread."""
    return _unread_about(kind, url).update(read_at=timezone.now())


def restate(*, kind: NoticeKind, url: str, text: str) -> int:
    """Say how it stands now, where nobody has read yet how it stood; how many notices were unread."""
    return _unread_about(kind, url).update(body=text[:MAX_TEXT_CHARS])


def _unread_about(kind: NoticeKind, url: str) -> QuerySet[Notice]:
    return Notice.objects.filter(kind=kind.value, path=url, user__isnull=False, read_at__isnull=True)


@transaction.atomic
def prefer_email(*, user: User, wanted: bool) -> None:
    """Whether the person's notices are e-mailed from now on. Where they are not, what waits is not sent."""
    user.email_notices = wanted
    user._history_user = user
    user.save(update_fields=["email_notices"])
    if not wanted:
        Notice.objects.filter(user=user, due_at__isnull=False).update(due_at=None)


def _people(groups: Sequence[str], users: Iterable[User]) -> list[tuple[User, str]]:
    """Each active person once, with the role through which they hear."""
    found: dict[object, tuple[User, str]] = {}
    for user in users:
        if user.is_active:
            found.setdefault(user.pk, (user, ""))
    for group in groups:
        members = User.objects.filter(groups__name=group, is_active=True).order_by("pk")
        for user in members[:MAX_RECIPIENTS]:
            found.setdefault(user.pk, (user, group))
    return list(found.values())


def _webhooks(kind: NoticeKind) -> list[Webhook]:
    enabled = Webhook.objects.filter(enabled=True).order_by("name")[:MAX_RECIPIENTS]
    return [webhook for webhook in enabled if not webhook.kinds or kind.value in webhook.kinds]


def _due(user: User, now: datetime) -> datetime | None:
    return now if settings.EMAIL_NOTICES and user.email_notices and user.email else None

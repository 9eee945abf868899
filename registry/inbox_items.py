"""What the registry itself puts into inboxes: notices, evidence that expires, drift."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from django.urls import reverse
from django.utils import timezone

from audit.models import Attempt
from registry import inbox
from registry.inbox import Item
from registry.models import Certification, MatrixCell, User
from registry.scopes import EVERY_TEAM
from registry.services import notices

EXPIRY_WARNING = timedelta(days=30)
RENEWAL_WARNING = timedelta(days=90)
EXPIRY_PRESSING = timedelta(days=7)
DRIFT_CALLS = 2_000  # the latest, among which drift is looked for


def install() -> None:
    inbox.register("Notices", unread_notices, order=10)
    inbox.register("Evidence that expires", expiring_cells, order=30)
    inbox.register("Certifications that end", ending_certifications, order=31)
    inbox.register("Models that answered as others", drifted, order=40)


def unread_notices(user: User) -> Iterator[Item]:
    for notice in notices.unread_of(user)[: inbox.MAX_ITEMS + 1]:
        yield Item(notice.subject, notice.body, notice.path, notice.created_at, key=str(notice.pk))


def expiring_cells(user: User) -> Iterator[Item]:
    """Approvals that end soon, for whoever decides cells, or agrees to them."""
    if not _answers_for_privacy(user):
        return
    now = timezone.now()
    ending = MatrixCell.objects.filter(valid_to__gt=now, valid_to__lte=now + EXPIRY_WARNING)
    rows = ending.exclude(decision="denied").select_related("deployment", "data_class").order_by("valid_to")
    for cell in rows[: inbox.MAX_ITEMS + 1]:
        assert cell.valid_to is not None
        yield Item(
            f"{cell.deployment} for {cell.data_class}",
            f"Approved until {cell.valid_to:%d %B %Y}; after that it denies. Evidence: {cell.evidence}",
            reverse("admin:registry_matrixcell_change", args=[cell.pk]),
            cell.valid_to,
            "error" if cell.valid_to <= now + EXPIRY_PRESSING else "warning",
        )


def ending_certifications(user: User) -> Iterator[Item]:
    """Those that end soon, for the same people: what relies on them then denies."""
    if not _answers_for_privacy(user):
        return
    today = timezone.now().date()
    ending = Certification.objects.filter(expires_on__gte=today, expires_on__lte=today + RENEWAL_WARNING)
    for row in ending.select_related("provider", "deployment").order_by("expires_on")[: inbox.MAX_ITEMS + 1]:
        assert row.expires_on is not None
        yield Item(
            f"{row.kind} of {row.holder}",
            f"{row.name} counts until the end of {row.expires_on:%d %B %Y}; what relies on it then denies.",
            reverse("admin:registry_certification_change", args=[row.pk]),
            datetime.combine(row.expires_on, time.max, UTC),
            "error" if row.expires_on <= today + EXPIRY_PRESSING else "warning",
        )


def _answers_for_privacy(user: User) -> bool:
    return user.has_perm("registry.change_matrixcell") or user.has_perm("registry.approve_privacy")


def drifted(user: User) -> Iterator[Item]:
    """Deployments that named another model than the one they were asked for, among the latest calls."""
    if not user.has_perms(["audit.view_attempt", EVERY_TEAM]):
        return
    latest = Attempt.objects.order_by("-id").values("pk")[:DRIFT_CALLS]
    seen: set[tuple[str, str]] = set()
    for attempt in Attempt.objects.filter(pk__in=latest, drift=True).order_by("-id")[:DRIFT_CALLS]:
        pair = (attempt.deployment, attempt.reported_model)
        if pair in seen:
            continue
        seen.add(pair)
        yield Item(
            f"{attempt.deployment} answered as {attempt.reported_model}",
            f"It was asked for {attempt.sent_model}.",
            reverse("admin:audit_request_change", args=[attempt.request_id]),
            attempt.finished_at,
            "warning",
        )

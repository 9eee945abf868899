"""Emptying the outbox: each notice is claimed by a conditional update, sent outside any transaction, and
tried again with growing pauses until it is given up.

At least once: a process that dies between sending and noting it leaves the claim, which runs out; webhooks
carry the notice's id, by which a receiver knows a repetition.
"""

import json
import logging
import smtplib
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F
from django.utils import timezone

from registry import outbound
from registry.core import signing
from registry.errors import RegistryError
from registry.models import Notice, Webhook
from registry.models.notice import MAX_ERROR_CHARS
from registry.services import webhooks

BATCH = 100  # of one run; the next goes on
MAX_ATTEMPTS = 8
FIRST_PAUSE_S = 30
MAX_PAUSE_S = 6 * 3600
CLAIM_S = 120  # longer than one sending may take

logger = logging.getLogger(__name__)


def deliver_due(now: datetime | None = None) -> int:
    """Send what is due, at most BATCH; how many were sent."""
    now = now or timezone.now()
    due = Notice.objects.filter(due_at__lte=now).select_related("user", "webhook").order_by("due_at")
    return sum(_deliver(notice) for notice in due[:BATCH] if _claim(notice))


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts: doubling, bounded."""
    return timedelta(seconds=min(FIRST_PAUSE_S * 2 ** (attempts - 1), MAX_PAUSE_S))


def send_again(notice: Notice) -> bool:
    """Try a notice once more that was given up; False where it was not."""
    given_up = Notice.objects.filter(pk=notice.pk, due_at__isnull=True, sent_at__isnull=True, attempts__gt=0)
    return bool(given_up.update(due_at=timezone.now(), attempts=0, last_error=""))


def _claim(notice: Notice) -> bool:
    """Whether this process may send it: the update finds it as it was read, for one caller alone."""
    until = timezone.now() + timedelta(seconds=CLAIM_S)
    mine = Notice.objects.filter(pk=notice.pk, due_at=notice.due_at, attempts=notice.attempts)
    if not mine.update(due_at=until, attempts=F("attempts") + 1):
        return False
    notice.attempts += 1
    return True


def _deliver(notice: Notice) -> bool:
    row = Notice.objects.filter(pk=notice.pk)
    try:
        _post(notice, notice.webhook) if notice.webhook else _mail(notice)
    except (RegistryError, smtplib.SMTPException, OSError) as error:
        last = notice.attempts >= MAX_ATTEMPTS
        due = None if last else timezone.now() + pause_after(notice.attempts)
        row.update(due_at=due, last_error=f"{type(error).__name__}: {error}"[:MAX_ERROR_CHARS])
        logger.warning("a notice was not sent", extra={"notice": str(notice.pk), "given_up": last})
        return False
    row.update(due_at=None, sent_at=timezone.now(), last_error="")
    return True


def _post(notice: Notice, webhook: Webhook) -> None:
    body = json.dumps(
        {
            "type": notice.kind,
            "timestamp": notice.created_at.isoformat(),
            "data": {"subject": notice.subject, "text": notice.body, "url": address(notice)},
        }
    ).encode()
    secret, sent_s = webhooks.secret_of(webhook), int(time.time())
    signed = signing.headers(secret=secret, message_id=str(notice.pk), at_s=sent_s, body=body)
    headers = {"content-type": "application/json", **signed}
    outbound.post(webhook.url, body, headers, allowed_hosts=settings.INSECURE_ENDPOINT_HOSTS)


def _mail(notice: Notice) -> None:
    assert notice.user is not None
    link = address(notice)
    text = "\n\n".join(part for part in (notice.body, link) if part) or notice.subject
    EmailMessage(f"[Signalbox] {notice.subject}", text, to=[notice.user.email]).send()


def address(notice: Notice) -> str:
    """The page that it is about, as a link from outside; the path alone where our own address is not set."""
    return f"{settings.PUBLIC_URL}{notice.path}" if notice.path else ""

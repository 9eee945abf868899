"""Telling that fallbacks serve more than their band, once, and that it is over."""

import logging
from datetime import datetime

from django.db import IntegrityError, transaction
from django.urls import reverse

from audit.services import entries
from registry.models import NoticeKind
from registry.selectors import live_release
from registry.services import notices, roles
from routing.health.fallbacks import LEFT_ALONE, NONE, WINDOW, Place, Share, bands_of, cause_of, shares
from routing.models import FallbackAlert

logger = logging.getLogger(__name__)

MAX_ALERTS = 200  # opened by one run; the next goes on
REASONS = {LEFT_ALONE: "its breaker is open"}


def check(now: datetime) -> list[FallbackAlert]:
    """Open an alert for every rule whose fallbacks serve more than its band, and close those that are over;
    what was opened or closed comes back. A rule that is gone is over."""
    published = live_release()
    bands = dict(bands_of(published.document)) if published is not None else {}
    found = shares(now)
    waiting = list(FallbackAlert.objects.filter(closed_at__isnull=True))
    known = {(alert.policy, alert.rule) for alert in waiting}
    opened = [
        _open(place, share, bands[place], now)
        for place, share in sorted(found.items())
        if place in bands and place not in known and share.passes(bands[place])
    ][:MAX_ALERTS]
    closed = [alert for alert in waiting if _is_over(alert, found, bands) and _close(alert, now)]
    return [*(alert for alert in opened if alert is not None), *closed]


def _is_over(alert: FallbackAlert, found: dict[Place, Share], bands: dict[Place, int]) -> bool:
    place = (alert.policy, alert.rule)
    return place not in bands or found.get(place, NONE).is_over(bands[place])


def _open(place: Place, share: Share, band_percent: int, now: datetime) -> FallbackAlert | None:
    """The alert, its entry and its notices, together; None where another run was first."""
    cause = cause_of(place, now)
    try:
        with transaction.atomic():
            alert = FallbackAlert.objects.create(
                policy=place[0],
                rule=place[1],
                opened_at=now,
                band_percent=band_percent,
                answers=share.answers,
                fallbacks=share.fallbacks,
                failing=cause.failing,
                reason=cause.reason,
                serving=cause.serving,
            )
            _record("fallback.opened", alert)
            _tell(f"Fallbacks serve {alert.policy}#{alert.rule}", in_words(alert))
    except IntegrityError:
        return None
    logger.warning("fallbacks serve more than their band", extra={"policy": place[0], "rule": place[1]})
    return alert


@transaction.atomic
def _close(alert: FallbackAlert, now: datetime) -> bool:
    if not FallbackAlert.objects.filter(pk=alert.pk, closed_at__isnull=True).update(closed_at=now):
        return False
    alert.closed_at = now
    _record("fallback.closed", alert)
    since = f"{alert.opened_at:%Y-%m-%d %H:%M} UTC"
    _tell(
        f"Over: fallbacks served {alert.policy}#{alert.rule}",
        f"They are within the band of {alert.band_percent} % again, or not asked any more. Since {since}.",
    )
    return True


def in_words(alert: FallbackAlert) -> str:
    minutes = int(WINDOW.total_seconds() // 60)
    served = f"{alert.fallbacks} of {alert.answers} answers of {minutes} minutes came from a fallback"
    said = f"{served}, where at most {alert.band_percent} % should."
    if alert.failing:
        why = REASONS.get(alert.reason, alert.reason.replace("_", " "))
        said += f" {alert.failing} was passed over most ({why})."
    return f"{said} {alert.serving} answered most of them." if alert.serving else said


def _tell(subject: str, text: str) -> None:
    notices.tell(
        kind=NoticeKind.FALLBACK_BAND,
        subject=subject,
        text=text,
        url=reverse("admin:routing_health"),
        to_groups=(roles.ADMIN, roles.POLICY_AUTHOR),
    )


def _record(event: str, alert: FallbackAlert) -> None:
    told = {
        "policy": alert.policy,
        "rule": alert.rule,
        "band_percent": alert.band_percent,
        "answers": alert.answers,
        "fallbacks": alert.fallbacks,
        "window_s": int(WINDOW.total_seconds()),
        "failing": alert.failing,
        "reason": alert.reason,
        "serving": alert.serving,
    }
    entries.record(event, {"schema": 1, "actor": entries.actor_of(None), "fallback": told})

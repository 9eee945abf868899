"""Quiet failures of a primary: rules whose answers come from fallbacks more often than their band allows."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from audit.models import Attempt, Request
from routing.core.bands import fallback_band
from routing.core.decision import Reason
from routing.models import FailoverDrill

WINDOW = timedelta(minutes=15)
LEAST_ANSWERS = 20  # of fewer, nothing is concluded
MAX_DRILLS = 20
MAX_REQUESTS = 20_000  # the latest of the window
LOOKED_AT = 100  # of a rule's fallbacks, for who failed and who served
LEFT_ALONE = Reason.BREAKER_OPEN.value

Place = tuple[str, str]  # policy, rule


@dataclass(frozen=True, slots=True)
class Share:
    """How many answers of a rule there were, and how many of those a fallback gave."""

    answers: int
    fallbacks: int

    def passes(self, band_percent: int) -> bool:
        """Whether enough is known to say that it is more than the band."""
        return self.answers >= LEAST_ANSWERS and self.fallbacks * 100 > band_percent * self.answers

    def is_over(self, band_percent: int) -> bool:
        """Whether it is not more than the band any more; of few answers only where none is a fallback's."""
        if not self.fallbacks:
            return True
        return self.answers >= LEAST_ANSWERS and not self.passes(band_percent)


NONE = Share(0, 0)


@dataclass(frozen=True, slots=True)
class Cause:
    """Who was passed over most, why, and who answered instead."""

    failing: str = ""
    reason: str = ""
    serving: str = ""


def shares(now: datetime) -> dict[Place, Share]:
    """Of every rule that answered within the window."""
    recent = Request.objects.filter(accepted_at__gte=now - WINDOW).order_by("-accepted_at")
    recent = recent.exclude(pk__in=_drilled(now - WINDOW))
    rows = Request.objects.filter(
        pk__in=recent.values("pk")[:MAX_REQUESTS], outcome=Request.Outcome.SUCCEEDED
    )
    counted = rows.order_by().values_list("policy", "rule")
    given = counted.annotate(answers=Count("pk"), fallbacks=Count("pk", filter=Q(fallback_used=True)))
    return {(policy, rule): Share(answers, stood) for policy, rule, answers, stood in given}


def _drilled(since: datetime) -> list[str]:
    """Requests whose primary failed on purpose say nothing of it."""
    reports = FailoverDrill.objects.filter(held_at__gte=since).values_list("report", flat=True)[:MAX_DRILLS]
    return [request for report in reports for request in report["requests"]]


def cause_of(place: Place, now: datetime) -> Cause:
    policy, rule = place
    rows = Request.objects.filter(
        policy=policy, rule=rule, fallback_used=True, accepted_at__gte=now - WINDOW
    ).order_by("-accepted_at")
    latest = list(rows.values_list("pk", "deployment", "decision")[:LOOKED_AT])
    failed = Attempt.objects.filter(
        request_id__in=[pk for pk, _, _ in latest], outcome=Attempt.Outcome.FAILED
    ).values_list("deployment", "error_kind")
    passed = Counter(failed)
    passed.update((name, LEFT_ALONE) for _, _, decision in latest for name in _left_alone(decision))
    served = Counter(deployment for _, deployment, _ in latest)
    (failing, reason), _ = passed.most_common(1)[0] if passed else (("", ""), 0)
    return Cause(failing, reason, served.most_common(1)[0][0] if served else "")


def bands_of(document: Mapping[str, object]) -> Iterator[tuple[Place, int]]:
    """Each rule of a release's document, with its band in percent."""
    policies = document.get("policies")
    for policy in policies if isinstance(policies, list) else ():
        for rule in policy["rules"]:
            yield (policy["name"], rule["name"]), fallback_band(policy)


def _left_alone(decision: str) -> Iterator[str]:
    """The candidates that a decision left out because their breaker was open."""
    value = json.loads(decision or "{}")
    for name, *why in value.get("candidates", ()):
        if why and why[0] == LEFT_ALONE:
            yield name

"""Failover drills that are held by themselves, every so many hours."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse

from audit.services import entries
from registry.models import NoticeKind, User
from registry.services import notices, roles
from routing.errors import DrillImpossible
from routing.models import FailoverDrill, FailoverPlan
from routing.services import failovers

logger = logging.getLogger(__name__)

MAX_AT_ONCE = 2  # of one run; the next goes on
MAX_TRIALS = 40  # of one drill: a task has its time
MAX_TOLD = 10  # problems in a notice


@transaction.atomic
def plan(*, provider: str, key: str, every_h: int, actor: User) -> FailoverPlan:
    """Hold it from now on; one plan of each provider."""
    given = {"key": key, "every_h": every_h, "planned_by": actor.get_username()}
    saved, _ = FailoverPlan.objects.update_or_create(provider=provider, defaults=given)
    saved.full_clean()
    _record("failover.planned", saved, actor)
    return saved


@transaction.atomic
def drop(*, plan: FailoverPlan, actor: User) -> None:
    _record("failover.unplanned", plan, actor)
    plan.delete()


def hold_due(now: datetime) -> list[FailoverDrill]:
    """Hold the drills that are due, and tell of those that fail or can't be held; those that were held."""
    held = []
    for due in [plan for plan in FailoverPlan.objects.all() if _is_due(plan, now)][:MAX_AT_ONCE]:
        if not FailoverPlan.objects.filter(pk=due.pk, held_at=due.held_at).update(held_at=now):
            continue  # another worker holds it
        try:
            drill = failovers.hold(provider=due.provider, keys=[due.key], limit=MAX_TRIALS)
        except DrillImpossible as error:
            _tell(due, f"It could not be held: {error}")
            continue
        held.append(drill)
        if not drill.passed:
            _tell(due, " ".join(drill.report["problems"][:MAX_TOLD]))
    return held


def _is_due(plan: FailoverPlan, now: datetime) -> bool:
    return plan.held_at is None or plan.held_at + timedelta(hours=plan.every_h) <= now


def _tell(plan: FailoverPlan, text: str) -> None:
    logger.warning("a failover drill failed", extra={"provider": plan.provider})
    notices.tell(
        kind=NoticeKind.FAILOVER_DRILL,
        subject=f"Without {plan.provider} not everything would be served",
        text=text,
        url=reverse("admin:routing_failover"),
        to_groups=(roles.ADMIN, roles.POLICY_AUTHOR),
    )


def _record(event: str, plan: FailoverPlan, actor: User) -> None:
    told = {"provider": plan.provider, "key": plan.key, "every_h": plan.every_h}
    entries.record(event, {"schema": 1, "actor": entries.actor_of(actor), "plan": told})

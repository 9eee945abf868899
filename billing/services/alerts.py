"""Telling of thresholds: each once per budget and window (and end user, where each has his own limit)."""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse

from audit.services import entries
from billing.core.money import to_usd
from billing.core.windows import start_of
from billing.models import Budget, BudgetAlert
from billing.selectors import book_of
from billing.standing import Standing, standings
from registry.models import NoticeKind
from registry.services import memberships, notices, roles

logger = logging.getLogger(__name__)

EVENT = "budget.breached"
MAX_ALERTS = 1_000  # of one run; the next goes on

Mark = tuple[int, datetime, str, int]  # budget, start of the window, end user, threshold


def check(now: datetime) -> list[BudgetAlert]:
    """Record an alert for every threshold that was passed and not told yet; what was recorded comes back.

    What counts is what was spent, as the ledger has it. Budgets that only alert are looked at like others.
    """
    budgets = {
        budget.pk: budget
        for budget in Budget.objects.filter(enabled=True).select_related("team", "application")
    }
    passed = list(
        _passed(standings(book_of(budgets.values()), (), now, slack=timedelta(0)).values(), budgets, now)
    )
    known = _told(passed)
    new = [(mark, standing) for mark, standing in passed if mark not in known][:MAX_ALERTS]
    alerts = [_tell(budgets[mark[0]], mark, standing, now) for mark, standing in new]
    return [alert for alert in alerts if alert is not None]


def _passed(
    found: Iterable[Standing], budgets: Mapping[int, Budget], now: datetime
) -> Iterable[tuple[Mark, Standing]]:
    for standing in found:
        rule, spent = standing.rule, standing.settled_nano
        if spent <= 0 or standing.window_start != start_of(rule.window, now):
            continue
        for threshold in budgets[rule.id].thresholds:
            if spent * 100 >= threshold * rule.limit_nano:
                yield (rule.id, standing.window_start, standing.end_user, threshold), standing


def _told(passed: list[tuple[Mark, Standing]]) -> set[Mark]:
    starts = {mark[1] for mark, _ in passed}
    rows = BudgetAlert.objects.filter(window_start__in=starts)
    return set(rows.values_list("budget_id", "window_start", "end_user", "threshold"))


@transaction.atomic
def _tell(budget: Budget, mark: Mark, standing: Standing, now: datetime) -> BudgetAlert | None:
    """The alert and its entry, together; None where another run was first."""
    _, window_start, end_user, threshold = mark
    figures = {"spent_nano": standing.settled_nano, "limit_nano": standing.rule.limit_nano}
    alert, created = BudgetAlert.objects.get_or_create(
        budget=budget,
        window_start=window_start,
        end_user=end_user,
        threshold=threshold,
        defaults={**figures, "at": now},
    )
    if not created:
        return None
    what = {"id": budget.pk, "name": budget.name, "window": budget.window, "scope": budget.scope_text}
    when = window_start.strftime("%Y-%m-%dT%H:%M:%SZ")
    told = {**what, "window_start": when, "end_user": end_user, "threshold_percent": threshold, **figures}
    entries.record(EVENT, {"schema": 1, "actor": entries.actor_of(None), "budget": told})
    notices.tell(
        kind=NoticeKind.BUDGET_THRESHOLD,
        subject=f"The budget {budget.name} passed {threshold}%",
        text=_in_words(budget, mark, standing),
        url=reverse("admin:billing_budget_change", args=[budget.pk]),
        to_groups=(roles.ADMIN,),
        to_users=memberships.administrators(team=budget.team or getattr(budget.application, "team", None)),
    )
    logger.warning("budget threshold passed", extra={"budget": budget.name, "threshold": threshold})
    return alert


def _in_words(budget: Budget, mark: Mark, standing: Standing) -> str:
    _, window_start, end_user, _ = mark
    spent, limit = to_usd(standing.settled_nano), to_usd(standing.rule.limit_nano)
    whose = f" by {end_user}" if end_user else ""
    since = f"{window_start:%Y-%m-%d %H:%M} UTC"
    refuses = budget.enforcement == Budget.Enforcement.HARD
    then = "What would pass the limit is refused." if refuses else "Nothing is refused: it only tells."
    covers = f"{budget.scope_text}, {budget.get_window_display()}"
    return f"${spent:,.2f} of ${limit:,.2f} were spent{whose} since {since} ({covers}). {then}"

"""What billing puts into inboxes: budgets that passed a threshold."""

from collections.abc import Iterator
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from audit import scopes
from billing.core.money import to_usd
from billing.models import BudgetAlert
from registry import inbox
from registry.inbox import Item
from registry.models import User

LOOK_BACK = timedelta(days=7)
SPENT_PERCENT = 100


def install() -> None:
    inbox.register("Budgets", passed_thresholds, order=60)


def passed_thresholds(user: User) -> Iterator[Item]:
    """The highest threshold that each budget passed in its window lately, for whoever keeps budgets."""
    if not user.has_perm("billing.change_budget"):
        return
    recent = BudgetAlert.objects.filter(at__gte=timezone.now() - LOOK_BACK).select_related("budget")
    seen: set[tuple[int, object, str]] = set()
    for alert in scopes.visible(user, recent).order_by("-at", "-threshold")[: 10 * inbox.MAX_ITEMS]:
        mark = (alert.budget_id, alert.window_start, alert.end_user)
        if mark in seen:
            continue
        seen.add(mark)
        whose = f" by {alert.end_user}" if alert.end_user else ""
        yield Item(
            f"{alert.budget} passed {alert.threshold}%",
            f"${to_usd(alert.spent_nano):,.2f} of ${to_usd(alert.limit_nano):,.2f} were spent{whose}.",
            reverse("admin:billing_budget_change", args=[alert.budget_id]),
            alert.at,
            "error" if alert.threshold >= SPENT_PERCENT else "warning",
        )

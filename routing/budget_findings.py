"""What budgets have to say about a release: live rows, so this section compiles nothing and only warns."""

from collections.abc import Iterator
from typing import Any

from billing.core.money import to_nano
from billing.models import Budget
from registry.releases import Document, Finding, warning
from routing.core.document import DocumentUnreadable, release_from
from routing.core.lint.budgets import Limit, budget_problems

SECTION = "budgets"
MAX_BUDGETS = 500


def nothing() -> dict[str, Any]:
    return {}


def validate_budgets(document: Document, now_us: int) -> Iterator[Finding]:
    try:
        release = release_from(0, "", document)
    except DocumentUnreadable:  # which the section of the policies says
        return
    hard = Budget.objects.filter(enabled=True, enforcement=Budget.Enforcement.HARD).order_by("name")
    limits = [_limit(budget) for budget in hard.select_related("team", "application")[:MAX_BUDGETS]]
    for found in budget_problems(release, limits, now_us):
        yield warning(found.code, found.subject, found.message)


def _limit(budget: Budget) -> Limit:
    return Limit(
        name=budget.name,
        limit_nano=to_nano(budget.limit_usd),
        team=budget.team.name if budget.team else "",
        application=budget.application.name if budget.application else "",
        model=budget.model,
    )

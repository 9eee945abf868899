"""What budgets have to say about a release: live rows, so this section compiles nothing and only warns."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from billing.core.budgets import EVERY_EXPERIMENT
from billing.core.money import to_nano
from billing.models import Budget
from registry.releases import Document, Finding, warning
from routing.core.document import DocumentUnreadable, release_from
from routing.core.lint.budgets import Limit, budget_problems, shadow_problems

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
    of_callers = hard.filter(experiment="").select_related("team", "application")[:MAX_BUDGETS]
    of_shadows = set(hard.filter(model="").exclude(experiment="").values_list("experiment", flat=True))
    problems = budget_problems(release, [_limit(budget) for budget in of_callers], now_us)
    shadows = shadow_problems(release, of_shadows, all_are=EVERY_EXPERIMENT in of_shadows)
    for found in chain(problems, shadows):
        yield warning(found.code, found.subject, found.message)


def _limit(budget: Budget) -> Limit:
    return Limit(
        name=budget.name,
        limit_nano=to_nano(budget.limit_usd),
        team=budget.team.name if budget.team else "",
        application=budget.application.name if budget.application else "",
        model=budget.model,
    )

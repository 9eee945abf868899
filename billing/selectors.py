"""Rows → the frozen values that the data plane holds in memory."""

from billing.core.budgets import BudgetBook, BudgetRule
from billing.core.money import to_nano
from billing.core.windows import Window
from billing.models import Budget, BudgetEpoch
from registry.models import Pointer

FIRST_EPOCH = 1


def current_epoch() -> int:
    return BudgetEpoch.objects.values_list("epoch", flat=True).filter(pk=1).first() or FIRST_EPOCH


def load_budgets() -> BudgetBook:
    """The hard budgets in force.

    Epoch and version are read before the budgets: a change in between makes this book look older than it is,
    never newer, so it is read again instead of being trusted.
    """
    epoch = current_epoch()
    version = Pointer.objects.values_list("directory_version", flat=True).filter(pk=1).first() or 0
    budgets = Budget.objects.filter(enabled=True, enforcement=Budget.Enforcement.HARD)
    rules = tuple(rule_of(budget) for budget in budgets.select_related("team", "application").order_by("id"))
    return BudgetBook(epoch=epoch, version=version, rules=rules)


def rule_of(budget: Budget) -> BudgetRule:
    """The budget as pure code reads it."""
    return BudgetRule(
        id=budget.pk,
        name=budget.name,
        window=Window(budget.window),
        limit_nano=to_nano(budget.limit_usd),
        team=budget.team.name if budget.team else "",
        application=budget.application.name if budget.application else "",
        api_key=budget.api_key,
        end_user=budget.end_user,
        each_end_user=budget.each_end_user,
        model=budget.model,
    )

"""Rows → the frozen values that the data plane holds in memory."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from billing.core.budgets import BudgetBook, BudgetRule
from billing.core.money import to_nano, to_usd
from billing.core.windows import Window, start_of
from billing.models import Budget, BudgetEpoch
from billing.standing import open_holds, standings
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


def book_of(budgets: Iterable[Budget]) -> BudgetBook:
    """A book to look things up in, not to hold money by: of any budgets, also those that only alert."""
    return BudgetBook(epoch=0, rules=tuple(rule_of(budget) for budget in budgets))


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
        experiment=budget.experiment,
    )


@dataclass(frozen=True, slots=True)
class Usage:
    """How a budget stands in its present window; of a limit for each end user, the fullest one's."""

    spent_nano: int
    held_nano: int
    limit_nano: int
    end_user: str | None = None

    @property
    def spent_usd(self) -> Decimal:
        return to_usd(self.spent_nano)

    @property
    def held_usd(self) -> Decimal:
        return to_usd(self.held_nano)

    @property
    def limit_usd(self) -> Decimal:
        return to_usd(self.limit_nano)

    @property
    def full(self) -> bool:
        return self.spent_nano + self.held_nano >= self.limit_nano

    @property
    def spent_bar(self) -> float:
        """Per cent of the limit, as far as a bar can show it."""
        return _percent(self.spent_nano, self.limit_nano)

    @property
    def held_bar(self) -> float:
        return _percent(self.spent_nano + self.held_nano, self.limit_nano)


def usage_of(budgets: Sequence[Budget], now: datetime) -> dict[int, Usage]:
    """How each of the budgets stands, by its id, from the ledger: one query per kind of window among them."""
    book = book_of(budgets)
    usage = {rule.id: Usage(0, 0, rule.limit_nano, "" if rule.each_end_user else None) for rule in book.rules}
    for standing in standings(book, open_holds(), now, slack=timedelta(0)).values():
        rule = standing.rule
        if standing.window_start != start_of(rule.window, now):
            continue  # held since a window that is over
        found = Usage(
            standing.settled_nano,
            standing.reserved_nano,
            rule.limit_nano,
            standing.end_user if rule.each_end_user else None,
        )
        if found.held_bar >= usage[rule.id].held_bar:
            usage[rule.id] = found
    return usage


def _percent(part: int, whole: int) -> float:
    return min(100.0, 100 * max(part, 0) / whole) if whole else 100.0

"""Budgets of one end user on a running stack, and what is held and settled of them behind its back."""

from decimal import Decimal
from typing import Any

import httpx

from billing.core.money import to_nano
from tests.promises.told import body, run
from tests.stack import Stack, wait_until

OPEN_MONEY = """
SELECT COALESCE(SUM(CASE WHEN l.kind = 'settled' THEN l.amount_nano
                         WHEN l.kind = 'reserved' AND e.request_id IS NULL THEN l.amount_nano
                         ELSE 0 END), 0) AS held
FROM billing_ledgerentry l
LEFT JOIN (SELECT DISTINCT request_id FROM billing_ledgerentry WHERE kind <> 'reserved') e
       ON e.request_id = l.request_id
WHERE l.end_user = %s
"""
GIVE_BUDGET = """
from decimal import Decimal
from billing.models import Budget
from billing.services import budgets
limit_usd = Decimal({limit_nano}).scaleb(-9)
budget = Budget(name="{name}", end_user="{name}", window="total", limit_usd=limit_usd)
budgets.save(budget=budget, actor=None)
"""


def give_budget(stack: Stack, end_user: str, limit_nano: int) -> None:
    """A hard budget of one end user, in force once this returns."""
    run(stack, GIVE_BUDGET.format(name=end_user, limit_nano=limit_nano))
    wait_until(lambda: end_user in _budgets_of(stack, end_user), "the budget to be in force", 10)


def _budgets_of(stack: Stack, end_user: str) -> list[str]:
    return [str(budget["name"]) for budget in route(stack, user=end_user)["budgets"]]


def route(stack: Stack, **asked: Any) -> dict[str, Any]:
    preview = httpx.post(stack.api_url + "/route", json=body(**asked), headers=stack.headers(), timeout=30)
    return dict(preview.json())


def worst_nano(stack: Stack, **asked: Any) -> int:
    return to_nano(Decimal(route(stack, **asked)["worst_case_usd"]))


def held_nano(stack: Stack, end_user: str) -> int:
    """What is settled, and what is held by requests that are not."""
    return int(stack.rows(OPEN_MONEY, end_user)[0]["held"])

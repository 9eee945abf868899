"""What the tests of live money share: a payer, budgets, lines, and a look at the counters; no tables."""

from dataclasses import dataclass

import redis

from billing.core.budgets import BudgetRule, HoldLine
from billing.core.windows import Window
from billing.live import Reservation
from billing.scripts import TOKEN_KEY, space, token


@dataclass(frozen=True)
class Payer:
    team: str = "payments"
    application: str = "invoices"
    key_prefix: str = "abcdefghijkl"


def rule(number: int = 1, limit: int = 100, **scope) -> BudgetRule:
    return BudgetRule(
        id=number,
        name=f"budget-{number}",
        window=scope.pop("window", Window.TOTAL),
        limit_nano=limit,
        **scope,
    )


def line(amount: int, limit: int | None = 100, counter: str = "b1:0", **more) -> HoldLine:
    return HoldLine(counter_key=counter, limit_nano=limit, amount_nano=amount, budget_id=1, **more)


def trust(url: str, epoch: int = 1) -> None:
    """What a rebuild of an empty ledger leaves behind."""
    with redis.Redis.from_url(url) as client:
        client.set(TOKEN_KEY, token(client.info("server")["run_id"], epoch))


def sums(url: str, counter: str = "b1:0", epoch: int = 1) -> tuple[int, int]:
    """(settled, reserved) of a counter."""
    with redis.Redis.from_url(url) as client:
        settled, reserved = client.hmget(space(epoch) + counter, "s", "r")
    return int(settled or 0), int(reserved or 0)


def reservation(name: str, *lines: HoldLine, **more) -> Reservation:
    return Reservation(request_id=name, epoch=more.pop("epoch", 1), lines=lines, **more)

"""What shadows cost has budgets of its own: exact in the counters, the ledger, and after a loss of either."""

import pytest
from billing_cast import budget, charged, finish, held
from billing_live_cast import Payer, line, reservation, rule, sums
from django.core.exceptions import ValidationError
from django.utils import timezone

from billing.core.accounts import account_of, parts_of, totals
from billing.core.budgets import BudgetBook
from billing.core.windows import to_us
from billing.live import Denied, LiveMoney, Reserved
from billing.services import rebuild
from billing.services.reconcile import compare

NOW_US = to_us(timezone.now())
MIXED = {"gpt": 20, "new#gpt": 5, "new#claude": 7}


def test_an_account_says_whose_money_it_is() -> None:
    assert [parts_of(account_of("gpt", name)) for name in ("", "new")] == [("", "gpt"), ("new", "gpt")]
    assert totals(MIXED) == (20, {**MIXED, "new#": 12})


@pytest.mark.parametrize(
    ("scope", "held_nano"),
    [
        ({}, [20, 12]),
        ({"team": "payments"}, [20]),
        ({"application": "invoices"}, [20]),
        ({"each_end_user": True}, [20]),
        ({"experiment": "new"}, [12]),
        ({"experiment": "*"}, [12]),
        ({"experiment": "old"}, []),
        ({"model": "gpt"}, [20, 5]),
        ({"experiment": "new", "model": "claude"}, [7]),
        ({"team": "payments", "model": "claude"}, []),
    ],
)
def test_shadows_are_held_on_what_is_theirs_and_on_nothing_of_who_asks(scope, held_nano) -> None:
    book = BudgetBook(epoch=1, rules=(rule(**scope),))
    assert [each.amount_nano for each in book.lines(Payer(), "anna", 32, MIXED, NOW_US)] == held_nano


async def test_two_lines_on_one_counter_are_refused_where_only_one_fits(valkey, money: LiveMoney) -> None:
    lines = (line(60), line(41, model="new#"))
    assert await money.reserve(reservation("a", *lines)) == Denied("budget", "budget-1", remaining_nano=40)
    assert sums(valkey) == (0, 0)
    assert isinstance(await money.reserve(reservation("b", line(60), line(40, model="new#"))), Reserved)
    assert sums(valkey) == (0, 100)


async def test_each_line_is_settled_with_what_its_account_cost(valkey, money: LiveMoney) -> None:
    everything, shadows, one = (
        line(20, counter="b1:0"),
        line(12, counter="b2:0", model="new#"),
        line(5, counter="b3:0", model="new#gpt"),
    )
    await money.reserve(reservation("a", everything, shadows, one))
    await money.settle("a", {"gpt": 11, "new#gpt": 3, "new#claude": 4})
    assert [sums(valkey, f"b{number}:0") for number in (1, 2, 3)] == [(11, 0), (7, 0), (3, 0)]


@pytest.mark.django_db(transaction=True)
def test_a_rebuild_and_a_comparison_tell_shadows_apart(valkey) -> None:
    apps, theirs = budget("apps", team=None), budget("theirs", experiment="new")
    everyone = budget("each", each_end_user=True)
    over = held(amount=32, by_model=MIXED)
    charged(over, amount=9)
    charged(amount=4, shadow_of="new")
    finish(over)
    held(amount=32, by_model=MIXED)
    book = rebuild.ensure_trusted(valkey)
    keys = {each.budget_id: each.counter_key for each in book.lines(Payer(), "", 32, MIXED, NOW_US)}
    assert sums(valkey, keys[apps.pk], book.epoch) == (13, 32)
    assert sums(valkey, keys[theirs.pk], book.epoch) == (4, 12)
    assert sums(valkey, keys[everyone.pk], book.epoch) == (9, 20)
    assert compare(valkey, second_look_s=0) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "scope", [{"api_key": "abcdefghijkl"}, {"end_user": "anna"}, {"each_end_user": True}]
)
def test_a_budget_is_for_shadows_or_for_who_asks(scope) -> None:
    with pytest.raises(ValidationError):
        budget("both", experiment="new", **scope)

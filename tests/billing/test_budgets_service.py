"""A change of a budget takes effect at once, and starts from what was spent already."""

from decimal import Decimal

import pytest
from billing_cast import budget, charged
from billing_live_cast import sums
from django.core.exceptions import ValidationError

from billing.models import Budget
from billing.selectors import current_epoch, load_budgets
from billing.services import budgets, rebuild
from registry.models import Pointer, Team

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def pointer() -> None:
    Pointer.objects.get_or_create(pk=1)


def version() -> int:
    return Pointer.objects.get(pk=1).directory_version


def test_a_new_budget_starts_with_what_was_spent(valkey) -> None:
    rebuild.ensure_trusted(valkey)
    charged(amount=40)
    number = budget(window="total").pk
    book = rebuild.ensure_trusted(valkey)
    assert sums(valkey, f"b{number}:0", book.epoch) == (40, 0)


@pytest.mark.parametrize(
    ("change", "recounts"),
    [
        ({"limit_usd": Decimal(1)}, False),
        ({"name": "another"}, False),
        ({"enabled": False}, False),
        ({"window": "day"}, True),
        ({"each_end_user": True}, True),
        ({"end_user": "anna"}, True),
    ],
)
def test_counters_are_recounted_where_a_budget_counts_other_money(change, recounts: bool) -> None:
    saved = budget()
    epoch, seen = current_epoch(), version()
    for name, value in change.items():
        setattr(saved, name, value)
    budgets.save(budget=saved, actor=None)
    assert (current_epoch() > epoch) is recounts
    assert version() == seen + 1


def test_an_alert_only_budget_is_not_held_against_until_it_becomes_hard() -> None:
    saved = budget(enforcement="alert_only")
    epoch = current_epoch()
    assert load_budgets().rules == ()
    saved.enforcement = "hard"
    budgets.save(budget=saved, actor=None)
    assert [rule.id for rule in load_budgets().rules] == [saved.pk]
    assert current_epoch() == epoch + 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"limit_usd": Decimal(-1)},
        {"limit_usd": Decimal("9000000.01")},
        {"each_end_user": True, "end_user": "anna"},
        {"thresholds": [80, 50]},
        {"thresholds": ["80"]},
        {"window": "year"},
        {"model": "no-such-model"},
        {"api_key": "nosuchprefix"},
    ],
)
def test_nonsense_is_refused(wrong) -> None:
    with pytest.raises(ValidationError):
        budgets.save(budget=Budget(**{"name": "x", "limit_usd": Decimal(1), **wrong}), actor=None)


def test_history_keeps_the_actor(django_user_model) -> None:
    user = django_user_model.objects.create_user(username="author", password="correct horse battery")
    saved = Budget(name="x", limit_usd=Decimal(1), team=Team.objects.create(name="payments"))
    budgets.save(budget=saved, actor=user)
    assert saved.history.get().history_actor == "author"

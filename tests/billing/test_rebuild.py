"""The counters are counted anew from the ledger, and what was held before counts no longer."""

from datetime import timedelta

import pytest
import redis
from billing_cast import budget, charged, finish, held
from billing_live_cast import Payer, sums
from django.db import connection
from django.utils import timezone

from billing.core.windows import Window, end_of, to_us
from billing.errors import CountersUnavailable
from billing.models import BudgetEpoch
from billing.scripts import LEASES, TOKEN_KEY, space
from billing.selectors import current_epoch, load_budgets
from billing.services import rebuild
from billing.services.guard import claim_guard
from registry.models import Team

pytestmark = pytest.mark.django_db(transaction=True)


def counter_of(book, number: int, end_user: str = "", at=None) -> str:
    (line,) = (
        line
        for line in book.lines(Payer(), end_user, 1, {"gpt": 1}, to_us(at or timezone.now()))
        if line.budget_id == number
    )
    return line.counter_key


def test_counters_are_the_sums_of_the_ledger(valkey) -> None:
    number = budget(window="month").pk
    charged(amount=30)
    held(amount=50)
    over = held(amount=20)
    charged(over, amount=7)
    finish(over)
    book = rebuild.ensure_trusted(valkey)
    assert sums(valkey, counter_of(book, number), book.epoch) == (37, 50)


def test_scopes_count_their_own_money(valkey) -> None:
    team = Team.objects.create(name="payments")
    ours = budget("ours", team=team, window="total").pk
    anna = budget("each", each_end_user=True, window="total").pk
    charged(amount=5, end_user="anna")
    charged(amount=9, end_user="ben", team="research")
    held(amount=2, end_user="anna")
    book = rebuild.ensure_trusted(valkey)
    assert sums(valkey, counter_of(book, ours), book.epoch) == (5, 2)
    assert sums(valkey, counter_of(book, anna, "anna"), book.epoch) == (5, 2)
    assert sums(valkey, counter_of(book, anna, "ben"), book.epoch) == (9, 0)


def test_money_of_an_earlier_window_does_not_count_in_this_one(valkey) -> None:
    number = budget(window="day").pk
    charged(amount=30, at=timezone.now() - timedelta(days=2))
    book = rebuild.ensure_trusted(valkey)
    assert sums(valkey, counter_of(book, number), book.epoch) == (0, 0)


def test_near_the_end_of_a_window_both_sides_of_it_are_counted(valkey, monkeypatch) -> None:
    number = budget(window="day").pk
    before = timezone.now()
    after = end_of(Window.DAY, before) + timedelta(seconds=1)
    charged(amount=30, at=before)
    monkeypatch.setattr(rebuild, "_check_clock", lambda client: None)
    monkeypatch.setattr(rebuild.timezone, "now", lambda: after)
    book = rebuild.ensure_trusted(valkey)
    assert sums(valkey, counter_of(book, number, at=after - timedelta(seconds=2)), book.epoch) == (30, 0)
    assert sums(valkey, counter_of(book, number, at=after), book.epoch) == (0, 0)


def test_trusted_counters_are_left_alone(valkey) -> None:
    first = rebuild.ensure_trusted(valkey)
    assert rebuild.ensure_trusted(valkey).epoch == first.epoch


def test_a_wiped_server_raises_the_epoch(valkey) -> None:
    first = rebuild.ensure_trusted(valkey)
    with redis.Redis.from_url(valkey) as client:
        client.flushall()
    assert rebuild.ensure_trusted(valkey).epoch == first.epoch + 1
    with connection.cursor() as cursor:
        assert claim_guard(cursor) == first.epoch + 1


def test_keys_of_earlier_epochs_are_removed(valkey) -> None:
    held()
    first = rebuild.ensure_trusted(valkey)
    rebuild.rebuild_now(valkey)
    with redis.Redis.from_url(valkey) as client:
        assert client.keys(f"{space(first.epoch)}*") == []


def test_a_wipe_in_the_middle_of_a_rebuild_leaves_no_trust(valkey, monkeypatch) -> None:
    budget()
    charged(amount=10)

    def wiped(client, book) -> None:
        client.flushall()

    monkeypatch.setattr(rebuild, "_write", wiped)
    before = current_epoch()
    with pytest.raises(CountersUnavailable):
        rebuild.ensure_trusted(valkey)
    with redis.Redis.from_url(valkey) as client:
        assert client.get(TOKEN_KEY) is None
    assert current_epoch() == before


def test_open_holds_get_a_lease_so_that_the_sweeper_finds_them(valkey) -> None:
    request_id = held()
    book = rebuild.ensure_trusted(valkey)
    with redis.Redis.from_url(valkey) as client:
        assert client.zrange(space(book.epoch) + LEASES, 0, -1) == [str(request_id).encode()]


def test_a_host_with_a_wrong_clock_does_not_count(valkey, monkeypatch) -> None:
    monkeypatch.setattr(rebuild, "MAX_CLOCK_DIFFERENCE_S", -1)
    with pytest.raises(CountersUnavailable):
        rebuild.ensure_trusted(valkey)


def test_no_server_is_an_error_of_billing() -> None:
    with pytest.raises(CountersUnavailable):
        rebuild.ensure_trusted("redis://127.0.0.1:1/0")


def test_the_epoch_survives_a_missing_row(valkey) -> None:
    BudgetEpoch.objects.all().delete()
    assert load_budgets().epoch == 1
    assert rebuild.ensure_trusted(valkey).epoch == 2

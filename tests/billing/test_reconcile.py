"""Counters that differ from the ledger are named, and mended on demand."""

from io import StringIO

import pytest
import redis
from billing_cast import budget, charged, held
from billing_live_cast import line, reservation
from django.core.management import CommandError, call_command

from audit.core.ids import uuid7
from billing.core.budgets import BudgetBook
from billing.errors import CountersUnavailable
from billing.live import LiveMoney
from billing.scripts import space
from billing.services import rebuild, reconcile

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def counter(valkey, settings) -> str:
    """The key of a counter at 30 settled and 50 held."""
    settings.REDIS_URL = valkey
    number = budget(window="total").pk
    charged(amount=30)
    held(amount=50)
    book = rebuild.ensure_trusted(valkey)
    return f"{space(book.epoch)}b{number}:0"


def spoil(url: str, counter: str) -> None:
    with redis.Redis.from_url(url) as client:
        client.hincrby(counter, "s", 5)


def reconciled(*options: str) -> str:
    out = StringIO()
    call_command("reconcile_budgets", *options, stdout=out)
    return out.getvalue()


def test_counters_that_agree_say_so(counter) -> None:
    assert reconciled() == "All counters agree.\n"


def test_a_difference_is_named_and_fails(valkey, counter, monkeypatch) -> None:
    monkeypatch.setattr(reconcile, "SECOND_LOOK_S", 0)
    spoil(valkey, counter)
    with pytest.raises(CommandError, match="1 counters differ"):
        reconciled()


def test_a_difference_is_mended(valkey, counter) -> None:
    spoil(valkey, counter)
    assert "1 counters counted anew" in reconciled("--fix")
    assert reconciled() == "All counters agree.\n"


def test_a_lost_counter_is_a_difference(valkey, counter) -> None:
    with redis.Redis.from_url(valkey) as client:
        client.delete(counter)
    (found,) = reconcile.compare(valkey, second_look_s=0)
    assert (found.live, found.ledger) == ((0, 0), (30, 50))


def test_counters_that_are_not_trusted_are_not_compared(valkey) -> None:
    with pytest.raises(CountersUnavailable):
        reconcile.compare(valkey)


async def test_holds_that_are_not_claimed_yet_are_no_difference(valkey, pipeline) -> None:
    from test_loss import in_thread

    number = (await in_thread(lambda: budget(window="total"))).pk
    money = LiveMoney(pipeline)

    def make(book: BudgetBook):
        return reservation(str(uuid7()), line(60, counter=f"b{number}:0"), epoch=book.epoch)

    await money.hold(make)
    assert await in_thread(lambda: reconcile.compare(valkey, second_look_s=0)) == []

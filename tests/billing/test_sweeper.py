"""Holds that nobody ended are ended by what the record says."""

from uuid import UUID

import pytest
import redis
from billing_cast import budget, charged, finish, held
from billing_live_cast import line, reservation, sums

from audit.core.ids import uuid7
from billing.core.windows import Window
from billing.live import LiveMoney
from billing.scripts import LEASES, space
from billing.services import rebuild
from billing.services.sweeper import Swept, sweep

pytestmark = pytest.mark.django_db(transaction=True)
COUNTER = "b1:0"


def hold_with_a_lease_that_is_over(url: str, request_id: UUID, epoch: int, amount: int = 60) -> None:
    """As reserve.lua leaves it, long ago."""
    from billing.holds import hold_bytes

    with redis.Redis.from_url(url) as client:
        client.hset(space(epoch) + COUNTER, mapping={"s": 0, "r": amount})
        client.set(f"{space(epoch)}hold:{request_id}", hold_bytes([line(amount)], (), lease_s=1))
        client.zadd(space(epoch) + LEASES, {str(request_id): 1})


def leases(url: str, epoch: int) -> dict[bytes, float]:
    with redis.Redis.from_url(url) as client:
        return dict(client.zrange(space(epoch) + LEASES, 0, -1, withscores=True))


def test_a_finished_request_is_settled_as_the_ledger_says(valkey) -> None:
    epoch = rebuild.ensure_trusted(valkey).epoch
    request_id = held()
    charged(request_id, amount=25)
    finish(request_id)
    hold_with_a_lease_that_is_over(valkey, request_id, epoch)
    assert sweep(valkey) == Swept(settled=1)
    assert sums(valkey, COUNTER, epoch) == (25, 0)
    assert sweep(valkey) == Swept()


def test_a_request_that_was_never_claimed_is_released(valkey) -> None:
    epoch = rebuild.ensure_trusted(valkey).epoch
    hold_with_a_lease_that_is_over(valkey, uuid7(), epoch)
    assert sweep(valkey) == Swept(released=1)
    assert sums(valkey, COUNTER, epoch) == (0, 0)


def test_a_request_that_runs_keeps_its_hold(valkey) -> None:
    epoch = rebuild.ensure_trusted(valkey).epoch
    request_id = held()
    hold_with_a_lease_that_is_over(valkey, request_id, epoch)
    assert sweep(valkey) == Swept(running=1)
    assert sums(valkey, COUNTER, epoch) == (0, 60)
    assert leases(valkey, epoch)[str(request_id).encode()] > 1


def test_a_hold_whose_lease_runs_is_left_alone(valkey, money: LiveMoney) -> None:
    assert sweep(valkey) == Swept()


def test_without_counters_there_is_nothing_to_sweep(valkey) -> None:
    assert sweep(valkey) == Swept()


def test_a_crash_between_the_ledger_and_valkey_heals(valkey) -> None:
    """The finish was committed, the settlement never sent, and the counters rebuilt before it was."""
    number = budget(window=Window.TOTAL.value).pk
    request_id = held(amount=60)
    book = rebuild.ensure_trusted(valkey)
    charged(request_id, amount=25)
    finish(request_id)
    with redis.Redis.from_url(valkey) as client:
        client.zadd(space(book.epoch) + LEASES, {str(request_id): 1})
    assert sums(valkey, f"b{number}:0", book.epoch) == (0, 60)
    assert sweep(valkey) == Swept(settled=1)
    assert sums(valkey, f"b{number}:0", book.epoch) == (25, 0)


async def test_live_holds_are_found_by_their_lease(valkey, money: LiveMoney) -> None:
    await money.reserve(reservation(str(uuid7()), line(5), lease_s=300))
    assert len(leases(valkey, 1)) == 1

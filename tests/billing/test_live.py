"""Holds on live counters: all or nothing, once, and to the last cent."""

import asyncio

import pytest
import redis
from billing_live_cast import line, reservation, sums, trust

from billing.core.budgets import BudgetBook
from billing.core.money import MAX_NANO
from billing.errors import AmountInvalid, BookStale
from billing.live import Denied, Dispatch, LiveMoney, RateLine, Reserved
from billing.scripts import LEASES, space


async def test_the_last_cent_is_usable_and_not_one_more(valkey, money: LiveMoney) -> None:
    assert isinstance(await money.reserve(reservation("a", line(60))), Reserved)
    assert isinstance(await money.reserve(reservation("b", line(40))), Reserved)
    denied = await money.reserve(reservation("c", line(1)))
    assert denied == Denied("budget", "budget-1", remaining_nano=0)
    assert sums(valkey) == (0, 100)


async def test_a_hold_is_all_or_nothing(valkey, money: LiveMoney) -> None:
    lines = (line(10), line(10, limit=5, counter="b2:0"))
    rates = (RateLine("sb:rate:k:rpm", 60),)
    dispatch = Dispatch("sb:lane:x", b"call", 10)
    assert isinstance(await money.reserve(reservation("a", *lines, rates=rates, dispatch=dispatch)), Denied)
    with redis.Redis.from_url(valkey) as client:
        assert set(client.keys("*")) == {b"sb:budget:epoch"}


async def test_reserving_twice_holds_and_dispatches_once(valkey, money: LiveMoney) -> None:
    asked = reservation("a", line(60), dispatch=Dispatch("sb:lane:x", b"call", 10))
    assert await money.reserve(asked) == Reserved(1)
    assert await money.reserve(asked) == Reserved(1, again=True)
    assert sums(valkey) == (0, 60)
    with redis.Redis.from_url(valkey) as client:
        assert client.xlen("sb:lane:x") == 1


async def test_settling_twice_counts_once(valkey, money: LiveMoney) -> None:
    await money.reserve(reservation("a", line(60)))
    assert await money.settle("a", {"gpt": 25}) is True
    assert await money.settle("a", {"gpt": 25}) is False
    assert sums(valkey) == (25, 0)


async def test_holds_settled_at_one_moment_are_counted_to_the_last_nano(valkey, money: LiveMoney) -> None:
    amounts = [MAX_NANO, MAX_NANO - 1, MAX_NANO - 2, 1, 0]
    for at, amount in enumerate(amounts):
        await money.reserve(reservation(f"r{at}", line(amount, limit=None)))
    names = [*(f"r{at}" for at in range(len(amounts))), "r0", "unknown"]
    used = [*amounts, 5, 5]
    done = await asyncio.gather(
        *(money.settle(name, {"gpt": nano}) for name, nano in zip(names, used, strict=True))
    )
    assert done == [True] * len(amounts) + [False, False]
    assert sums(valkey) == (sum(amounts), 0)


async def test_a_released_hold_is_free_again(valkey, money: LiveMoney) -> None:
    await money.reserve(reservation("a", line(100)))
    await money.release("a")
    assert isinstance(await money.reserve(reservation("b", line(100))), Reserved)


async def test_a_hold_of_nothing_can_be_settled(valkey, money: LiveMoney) -> None:
    await money.reserve(reservation("a", line(0), line(30, counter="b2:0")))
    assert await money.settle("a", {"gpt": 7}) is True
    assert sums(valkey) == (7, 0)
    assert sums(valkey, "b2:0") == (7, 0)


async def test_a_budget_for_a_model_is_settled_with_what_that_model_cost(valkey, money: LiveMoney) -> None:
    await money.reserve(reservation("a", line(90), line(50, counter="b2:0", model="gpt")))
    await money.settle("a", {"gpt": 20, "claude": 30})
    assert sums(valkey) == (50, 0)
    assert sums(valkey, "b2:0") == (20, 0)


async def test_alert_only_lines_count_without_a_limit(valkey, money: LiveMoney) -> None:
    await money.reserve(reservation("a", line(MAX_NANO, limit=None)))
    await money.reserve(reservation("b", line(MAX_NANO, limit=None)))
    assert sums(valkey) == (0, 2 * MAX_NANO)


async def test_sums_are_exact_up_to_the_largest_limit(valkey, money: LiveMoney) -> None:
    await money.reserve(reservation("a", line(MAX_NANO - 1, limit=MAX_NANO)))
    assert isinstance(await money.reserve(reservation("b", line(2, limit=MAX_NANO))), Denied)
    assert isinstance(await money.reserve(reservation("c", line(1, limit=MAX_NANO))), Reserved)
    assert sums(valkey) == (0, MAX_NANO)


async def test_an_amount_past_what_can_be_counted_is_refused(money: LiveMoney) -> None:
    with pytest.raises(AmountInvalid):
        await money.reserve(reservation("a", line(MAX_NANO + 1, limit=None)))


@pytest.mark.parametrize("epoch", [0, 2])
async def test_a_book_of_another_epoch_holds_nothing(valkey, money: LiveMoney, epoch: int) -> None:
    with pytest.raises(BookStale):
        await money.reserve(reservation("a", line(1), epoch=epoch))


async def test_counters_of_another_run_of_the_server_are_not_trusted(valkey, money: LiveMoney) -> None:
    with redis.Redis.from_url(valkey) as client:
        client.set("sb:budget:epoch", "another-run:1")
    with pytest.raises(BookStale):
        await money.reserve(reservation("a", line(1)))


async def test_a_full_rate_says_when_to_come_back(money: LiveMoney) -> None:
    rate = (RateLine("sb:rate:k:rpm", 2),)
    for name in ("a", "b"):
        assert isinstance(await money.reserve(reservation(name, rates=rate)), Reserved)
    denied = await money.reserve(reservation("c", rates=rate))
    assert isinstance(denied, Denied)
    assert denied.kind == "rate"
    assert denied.name == "sb:rate:k:rpm"
    assert 29 < denied.retry_after_s <= 30


async def test_a_rate_refills_steadily(money: LiveMoney) -> None:
    rate = (RateLine("sb:rate:k:rpm", 1_200),)
    for number in range(1_200):
        await money.reserve(reservation(str(number), rates=rate))
    denied = await money.reserve(reservation("x", rates=rate))
    if isinstance(denied, Denied):
        await asyncio.sleep(denied.retry_after_s)
        assert isinstance(await money.reserve(reservation("y", rates=rate)), Reserved)


async def test_a_cost_beyond_the_whole_rate_never_passes(money: LiveMoney) -> None:
    denied = await money.reserve(reservation("a", rates=(RateLine("sb:rate:k:tpm", 10, 11),)))
    assert denied == Denied("rate", "sb:rate:k:tpm", retry_after_s=None)


async def test_tokens_that_were_not_used_go_back_into_the_rate(money: LiveMoney) -> None:
    rate = (RateLine("sb:rate:k:tpm", 1_000, 1_000, adjusts=True),)
    await money.reserve(reservation("a", rates=rate))
    await money.settle("a", {}, tokens=0)
    assert isinstance(await money.reserve(reservation("b", rates=rate)), Reserved)


async def test_what_has_drained_meanwhile_gives_no_room_to_others(valkey, money: LiveMoney) -> None:
    """A long call, or a line of a batch: what it held is none of what is in the bucket now."""
    rate = (RateLine("sb:rate:k:tpm", 1_000, 1_000, adjusts=True),)
    await money.reserve(reservation("long", rates=rate))
    with redis.Redis.from_url(valkey) as client:
        client.zincrby(space(1) + LEASES, -3_600_000, "long")  # an hour ago
        client.delete("sb:rate:k:tpm")
    await money.reserve(reservation("now", rates=rate))
    await money.settle("long", {}, tokens=0)
    assert isinstance(await money.reserve(reservation("more", rates=rate)), Denied)
    await money.settle("now", {}, tokens=0)
    assert isinstance(await money.reserve(reservation("more", rates=rate)), Reserved)


async def test_a_lane_that_is_full_pushes_back(money: LiveMoney) -> None:
    dispatch = Dispatch("sb:lane:x", b"call", 2)
    for name in ("a", "b"):
        await money.reserve(reservation(name, dispatch=dispatch))
    denied = await money.reserve(reservation("c", dispatch=dispatch))
    assert isinstance(denied, Denied)
    assert denied.kind == "busy"
    assert denied.retry_after_s is not None


async def test_hold_restores_the_counters_and_asks_again(valkey, pipeline) -> None:
    def restore(url: str) -> BudgetBook:
        trust(url, epoch=7)
        return BudgetBook(epoch=7)

    money = LiveMoney(pipeline, restore=restore)
    held = await money.hold(lambda book: reservation("a", line(5), epoch=book.epoch))
    assert held == Reserved(7)

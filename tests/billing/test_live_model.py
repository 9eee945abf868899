"""Any order of holds, settlements and releases leaves the counters where a plain sum has them."""

import asyncio
from dataclasses import dataclass, field

import redis
from billing_live_cast import line, reservation, sums, trust
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.core.budgets import BudgetBook
from billing.live import LiveMoney, Reserved
from billing.pipeline import Pipeline

LIMITS = {"b1:0": 100, "b2:0": 60}
names = st.sampled_from(["a", "b", "c", "d"])
amounts = st.integers(0, 70)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("reserve"), names, amounts, amounts),
        st.tuples(st.just("settle"), names, amounts, st.just(0)),
        st.tuples(st.just("release"), names, st.just(0), st.just(0)),
    ),
    max_size=25,
)


@dataclass
class Plain:
    """What must come out, by plain sums."""

    settled: dict[str, int] = field(default_factory=lambda: dict.fromkeys(LIMITS, 0))
    holds: dict[str, dict[str, int]] = field(default_factory=dict)

    def reserved(self, counter: str) -> int:
        return sum(hold[counter] for hold in self.holds.values())

    def reserve(self, name: str, asked: dict[str, int]) -> bool:
        if name in self.holds:
            return True
        fits = all(
            self.settled[counter] + self.reserved(counter) + amount <= LIMITS[counter]
            for counter, amount in asked.items()
        )
        if fits:
            self.holds[name] = asked
        return fits

    def end(self, name: str, used: int) -> bool:
        if self.holds.pop(name, None) is None:
            return False
        for counter in LIMITS:
            self.settled[counter] += used
        return True


async def follow(url: str, several) -> None:
    pipeline = Pipeline(url)
    await pipeline.start()
    money = LiveMoney(pipeline, restore=lambda url: BudgetBook(epoch=1))
    plain = Plain()
    for step, name, first, second in several:
        if step == "reserve":
            asked = dict(zip(LIMITS, (first, second), strict=True))
            lines = [line(amount, LIMITS[counter], counter) for counter, amount in asked.items()]
            held = await money.hold(lambda book, n=name, these=lines: reservation(n, *these))
            assert isinstance(held, Reserved) is plain.reserve(name, asked)
        elif step == "settle":
            assert await money.settle(name, {"gpt": first}) is plain.end(name, first)
        else:
            assert await money.release(name) is plain.end(name, 0)
        for counter in LIMITS:
            assert sums(url, counter) == (plain.settled[counter], plain.reserved(counter))
    await pipeline.stop()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_counters_follow_plain_sums(valkey: str, several) -> None:
    with redis.Redis.from_url(valkey) as client:
        client.flushall()
    trust(valkey)
    asyncio.run(follow(valkey, several))

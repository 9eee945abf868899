"""One budget raced by a thousand holds, from several processes, each with many tasks."""

import asyncio
import multiprocessing
import random
import threading
import time
from concurrent.futures import ProcessPoolExecutor

import pytest
import redis
from billing_live_cast import line, reservation, sums, trust

from billing.core.budgets import BudgetBook
from billing.live import LiveMoney, Reserved
from billing.pipeline import Pipeline
from billing.scripts import space

PROCESSES = 4
HOLDS_EACH = 250
LIMIT = 1_000_000
AMOUNT = 2_500  # 400 fit at once


def race(url: str, name: str) -> tuple[int, int]:
    """One process: hold, then settle at less, or release, or keep. How many were held, and what is left."""
    return asyncio.run(_race(url, name))


async def _race(url: str, name: str) -> tuple[int, int]:
    pipeline = Pipeline(url, timeout_s=20)
    await pipeline.start()
    money = LiveMoney(pipeline, restore=lambda url: BudgetBook(epoch=1))
    draw = random.Random(name)
    results = await asyncio.gather(*(one(money, f"{name}-{n}", draw.random()) for n in range(HOLDS_EACH)))
    await pipeline.stop()
    return sum(held for held, _ in results), sum(left for _, left in results)


async def one(money: LiveMoney, name: str, drawn: float) -> tuple[int, int]:
    if not isinstance(await money.hold(lambda book: reservation(name, line(AMOUNT, limit=LIMIT))), Reserved):
        return 0, 0
    await asyncio.sleep(drawn / 50)
    if drawn < 0.3:
        await money.release(name)
        return 1, 0
    if drawn < 0.6:
        await money.settle(name, {"gpt": 1_000})
        return 1, 1_000
    return 1, AMOUNT


class Watcher(threading.Thread):
    """Looks at the counter all the time and remembers the most it saw."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.most = self.looks = 0
        self._client = redis.Redis.from_url(url)
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.is_set():
            settled, reserved = self._client.hmget(f"{space(1)}b1:0", "s", "r")
            self.most = max(self.most, int(settled or 0) + int(reserved or 0))
            self.looks += 1
            time.sleep(0.0005)

    def stop(self) -> None:
        self._over.set()
        self.join(5)
        self._client.close()


@pytest.fixture
def watcher(valkey: str):
    trust(valkey)
    watcher = Watcher(valkey)
    watcher.start()
    yield watcher
    watcher.stop()


def test_a_thousand_holds_never_pass_the_limit_and_the_last_cent_is_usable(valkey, watcher) -> None:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=context) as pool:
        counts = list(pool.map(race, [valkey] * PROCESSES, [f"p{n}" for n in range(PROCESSES)]))
    watcher.stop()
    settled, reserved = sums(valkey)
    assert watcher.looks > 10
    assert watcher.most <= LIMIT
    assert sum(held for held, _ in counts) >= LIMIT // AMOUNT
    assert settled + reserved == sum(left for _, left in counts)
    assert asyncio.run(_take_the_rest(valkey, LIMIT - settled - reserved)) == (True, False)
    assert sum(sums(valkey)) == LIMIT


async def _take_the_rest(url: str, rest: int) -> tuple[bool, bool]:
    """Whether the rest could be held, and then one nano-dollar more."""
    pipeline = Pipeline(url)
    await pipeline.start()
    money = LiveMoney(pipeline, restore=lambda url: BudgetBook(epoch=1))
    answers = [
        await money.hold(lambda book, n=name, a=amount: reservation(n, line(a, limit=LIMIT)))
        for name, amount in (("rest", rest), ("more", 1))
    ]
    await pipeline.stop()
    return isinstance(answers[0], Reserved), isinstance(answers[1], Reserved)


async def test_holds_of_many_clients_in_one_process_never_pass_the_limit(valkey, watcher) -> None:
    results = await asyncio.gather(*(_race(valkey, f"c{n}") for n in range(4)))
    assert watcher.most <= LIMIT
    assert sum(sums(valkey)) == sum(left for _, left in results)

"""Comparing the live counters with the ledger."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import redis
from django.utils import timezone

from billing.core.budgets import BudgetBook
from billing.errors import CountersUnavailable
from billing.scripts import HOLD, TOKEN_KEY, space, token
from billing.selectors import load_budgets
from billing.services.rebuild import run_of, valkey
from billing.standing import open_holds, standings

SECOND_LOOK_S = 1.0  # what differs for longer than this was not just on its way
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Difference:
    """A counter that does not stand where the ledger says; amounts in nano-dollars."""

    budget: str
    counter: str
    live: tuple[int, int]  # settled, reserved
    ledger: tuple[int, int]


def compare(url: str, *, second_look_s: float = SECOND_LOOK_S) -> list[Difference]:
    """The counters of the present windows that differ from the ledger, twice and by the same.

    Holds that are on their way (not claimed yet, or finished and not settled in Valkey yet) are allowed for.
    Raises CountersUnavailable where the counters are not trusted in the first place.
    """
    with valkey(url) as client:
        book = load_budgets()
        if client.get(TOKEN_KEY) != token(run_of(client), book.epoch).encode():
            raise CountersUnavailable("The counters are not trusted; the next request has them rebuilt.")
        first = set(_differences(client, book))
        if not first:
            return []
        time.sleep(second_look_s)
        return sorted(first & set(_differences(client, book)), key=lambda difference: difference.counter)


def _differences(client: "redis.Redis", book: BudgetBook) -> Iterator[Difference]:
    live, on_their_way = _live(client, space(book.epoch))
    expected = standings(book, open_holds(), timezone.now())
    names = book.names()
    for counter in expected.keys() | live.keys():
        standing = expected.get(counter)
        if standing is None and not _is_present(counter, book):
            continue  # of a window that is over, or of a budget that is gone
        settled, reserved = live.get(counter, (0, 0))
        here = (settled, reserved - on_their_way[counter])
        there = (standing.settled_nano, standing.reserved_nano) if standing else (0, 0)
        if here != there:
            yield Difference(names.get(_budget_id(counter), counter), counter, here, there)


def _live(client: "redis.Redis", prefix: str) -> tuple[dict[str, tuple[int, int]], Counter[str]]:
    """What the counters say, and how much of it is held by requests that do not run by the ledger."""
    running = {str(hold.request_id) for hold in open_holds()}
    counters: dict[str, tuple[int, int]] = {}
    on_their_way: Counter[str] = Counter()
    for key in client.scan_iter(match=f"{prefix}b*", count=CHUNK):
        sums: Any = client.hmget(key, "s", "r")
        counters[key.decode().removeprefix(prefix)] = (int(sums[0] or 0), int(sums[1] or 0))
    for key in client.scan_iter(match=f"{prefix}{HOLD}*", count=CHUNK):
        kept: Any = client.get(key)
        if kept is None or key.decode().removeprefix(prefix + HOLD) in running:
            continue
        for counter, _model, amount, *_ in msgspec.msgpack.decode(kept)[1]:
            on_their_way[counter] += amount
    return counters, on_their_way


def _budget_id(counter: str) -> int:
    return int(counter[1:].partition(":")[0])


def _is_present(counter: str, book: BudgetBook) -> bool:
    """Whether the counter is of a window that can be drawn on now."""
    now_us = time.time_ns() // 1000
    starts = {rule.id: book.bounds_s(rule, now_us)[0] for rule in book.rules}
    start = counter.split(":")[1]
    return str(starts.get(_budget_id(counter))) == start

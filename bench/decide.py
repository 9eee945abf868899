"""How long `decide()` takes at 200 deployments and 300 rules: `python bench/decide.py`.

Prints p50 and p99 in microseconds over requests that match rules all over the policy, and what the record of
the decision adds. Times are of the thread's own CPU, and of ROUNDS rounds the one with the lowest p99 counts,
so that what else the machine does is not measured; one row has the time on the wall, for comparison. Exits
with 1 where p99 of `decide()` misses MARK_US.
"""

import gc
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from routing.core import codec
from routing.core.decide import decide
from routing.core.decision import Plan
from routing.core.index import index_of
from tests.routing.core import busy

MARK_US = 200
ROUNDS = 10
CALLS_PER_ROUND = 4_000
DISTINCT = 500


def measured(
    work: Callable[[Any], Any], inputs: list[Any], clock: Callable[[], int] = time.thread_time_ns
) -> list[float]:
    """Microseconds of each call of the quietest round, sorted."""
    rounds = (_round(work, inputs, clock) for _ in range(ROUNDS))
    return min(rounds, key=lambda took: at_percent(took, 99))


def _round(work: Callable[[Any], Any], inputs: list[Any], clock: Callable[[], int]) -> list[float]:
    took = []
    for at in range(CALLS_PER_ROUND):
        given = inputs[at % len(inputs)]
        began = clock()
        work(given)
        took.append((clock() - began) / 1_000)
    return sorted(took)


def at_percent(took: list[float], percent: int) -> float:
    return took[min(len(took) * percent // 100, len(took) - 1)]


def row(name: str, took: list[float]) -> str:
    return f"{name:<34}" + "".join(f"{at_percent(took, percent):>10.1f}" for percent in (50, 90, 99, 100))


def main() -> int:
    release, live = busy.busy_release(), busy.busy_live()
    began = time.perf_counter()
    index_of(release)
    indexed_ms = (time.perf_counter() - began) * 1_000
    requests = [busy.busy_facts(at) for at in range(DISTINCT)]
    decisions = [decide(release, facts, live) for facts in requests]
    last_rule = [facts for facts, made in zip(requests, decisions, strict=True) if made.rule == "otherwise"]
    gc.collect()
    gc.freeze()
    every = measured(lambda facts: decide(release, facts, live), requests)
    plans = sum(isinstance(made, Plan) for made in decisions)
    print(f"{busy.DEPLOYMENTS} deployments, {busy.RULES} rules; {plans} of {DISTINCT} requests get a plan;")
    print(f"{len(last_rule)} meet the last rule; indexing a release takes {indexed_ms:.1f} ms, once\n")
    print(f"{'microseconds':<34}{'p50':>10}{'p90':>10}{'p99':>10}{'max':>10}")
    print(row("decide, all requests", every))
    wall = measured(lambda facts: decide(release, facts, live), requests, time.perf_counter_ns)
    print(row("decide, all requests, on the wall", wall))
    print(row("decide, last of all rules", measured(lambda facts: decide(release, facts, live), last_rule)))
    print(row("canonical bytes of the decision", measured(codec.decision_bytes, decisions)))
    print(row("value of the facts", measured(codec.facts_value, requests)))
    p99 = at_percent(every, 99)
    print(f"\nmark: p99 under {MARK_US} µs; measured {p99:.1f}: {'met' if p99 < MARK_US else 'missed'}")
    return 0 if p99 < MARK_US else 1


if __name__ == "__main__":
    raise SystemExit(main())

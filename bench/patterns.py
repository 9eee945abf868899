"""`python -m bench patterns`: what a route of several models costs beside one call, on the demo's policies.

The provider answers at once, so all of the latency is ours. Routes take turns within each round, so that the
machine's noise falls on all of them; each figure is the median of the rounds.
"""

import asyncio
import json
import statistics
import tempfile
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench import load
from bench.postgres import PostgresMissing, cluster
from bench.processes import cpu_s
from bench.stack import Stack, start

CONNECTIONS, REQUESTS, WARM_UP, ROUNDS = 8, 500, 200, 3
# What it shows, the policy, the question; the demo's judge lets no answer to a hard question pass.
ROUTES = (
    ("one call", "thrifty", "Which train is this?"),
    ("tiers: one call, two gates", "support", "Which train is this?"),
    ("cascade of 2, the first passes its judge", "careful", "Which train is this?"),
    ("cascade of 2, both, and the judge", "careful", "A hard question: why do trains stop?"),
    ("verify", "critical", "Which train is this?"),
    ("pipeline of 2", "documents", "Which train is this?"),
    ("ensemble of 3, by vote", "panel", "Which train is this?"),
)


@dataclass(frozen=True, slots=True)
class Measured:
    """CPU in milliseconds per request, by process; latencies in milliseconds."""

    cpu_ms: dict[str, float]
    p50_ms: float
    p99_ms: float


def main() -> int:
    with ExitStack() as exits:
        directory = Path(exits.enter_context(tempfile.TemporaryDirectory(prefix="signalbox-bench-")))
        url, pid = f"sqlite:///{directory}/bench.sqlite3", None
        try:
            database = exits.enter_context(cluster())
            url, pid = database.create_database("bench"), database.pid
        except PostgresMissing:
            print("No PostgreSQL found: measured on SQLite.\n")
        report(exits.enter_context(start(directory, url, pid)))
    return 0


def report(stack: Stack) -> None:
    calls = [calls_of(stack, policy, text) for _, policy, text in ROUTES]
    rounds = [one_round(stack, first) for first in range(ROUNDS)]
    names = list(stack.pids)
    print(f"| route | calls | {' | '.join(names)} | all | beside one call | each more call | p50 | p99 |")
    print(f"|---|---|{'---|' * len(names)}---|---|---|---|---|")
    plain_ms = 0.0
    for at, (label, _, _) in enumerate(ROUTES):
        done = [each[at] for each in rounds]
        costs = [statistics.median(one.cpu_ms[name] for one in done) for name in names]
        total_ms = statistics.median(sum(one.cpu_ms.values()) for one in done)
        plain_ms = plain_ms or total_ms
        more = f"{(total_ms - plain_ms) / (calls[at] - 1):.2f} ms" if calls[at] > 1.5 else ""
        latency = [statistics.median(getattr(one, name) for one in done) for name in ("p50_ms", "p99_ms")]
        cells = [f"{cost:.2f} ms" for cost in (*costs, total_ms)]
        cells += [f"{total_ms / plain_ms:.2f}", more, *(f"{each:.0f} ms" for each in latency)]
        print(f"| {label} | {calls[at]:.1f} | {' | '.join(cells)} |", flush=True)


def one_round(stack: Stack, first: int) -> dict[int, Measured]:
    """Each route once, beginning with another in each round: what a route leaves to be done falls on the
    next."""
    order = [(first + at) % len(ROUTES) for at in range(len(ROUTES))]
    return {at: measure(stack, *ROUTES[at][1:]) for at in order}


def measure(stack: Stack, policy: str, text: str) -> Measured:
    target = stack.governed(body(policy, text))
    before = {name: cpu_s(pid) for name, pid in stack.pids.items()}
    done = asyncio.run(load.run(target, connections=CONNECTIONS, requests=REQUESTS))
    spent = {name: (cpu_s(pid) - before[name]) / REQUESTS * 1e3 for name, pid in stack.pids.items()}
    if set(done.statuses) != {200}:
        raise SystemExit(f"{policy} did not answer everything: {done.statuses}")
    return Measured(spent, done.quantile_ms(0.5), done.quantile_ms(0.99))


def calls_of(stack: Stack, policy: str, text: str) -> float:
    """How many calls the route makes, as the provider counts them (of a vote that is decided, the last may
    not come so far); and the route is warm then."""
    before = requests_seen(stack)
    asyncio.run(load.run(stack.governed(body(policy, text)), connections=CONNECTIONS, requests=WARM_UP))
    return (requests_seen(stack) - before) / WARM_UP


def requests_seen(stack: Stack) -> int:
    with urllib.request.urlopen(f"{stack.upstream_url}/demo/stats", timeout=5) as answer:
        return int(json.load(answer)["requests"])


def body(policy: str, text: str) -> bytes:
    return json.dumps({"model": policy, "messages": [{"role": "user", "content": text}]}).encode()

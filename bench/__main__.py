"""`python -m bench`: what a governed request costs, beside a direct call and a bare Django view in one run.

Starts a mock provider, PostgreSQL (or SQLite with --sqlite), Valkey, one web process and one worker with all
governance on, loads them, and prints a table in Markdown. CPU is read from the kernel, per process, over all
its threads and children; each figure is the median of the rounds.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bench import adapters, detect, impact, load, patterns, router, savings, semantic
from bench.postgres import PostgresMissing, cluster
from bench.processes import cpu_s, rss_mib
from bench.stack import ROOT, Stack, start

PROMPT = "Summarise this in one sentence: the train left the station at noon and came back at night."
PARTS = {
    "adapters": adapters.main,
    "detect": detect.main,
    "impact": impact.main,
    "patterns": patterns.main,
    "router": router.main,
    "savings": savings.main,
    "semantic": semantic.main,
}
STREAMS, CHUNKS, CHUNK_MS = 64, 300, 10


@dataclass(slots=True)
class Round:
    """One pass at one number of connections."""

    governed: load.Result
    direct: load.Result
    cpu_ms: dict[str, float] = field(default_factory=dict)  # per request, by process
    bare_cpu_ms: float = 0.0


def chat_body(model: str, **extra: object) -> bytes:
    return json.dumps({"model": model, "messages": [{"role": "user", "content": PROMPT}], **extra}).encode()


def measure(stack: Stack, connections: int, requests: int) -> Round:
    """Direct, governed and bare, one after the other, so that the machine's noise falls on all three."""
    direct = asyncio.run(
        load.run(stack.direct(chat_body(stack.upstream_model)), connections=connections, requests=requests)
    )
    before = {name: cpu_s(pid) for name, pid in stack.pids.items()}
    governed = asyncio.run(
        load.run(stack.governed(chat_body("auto")), connections=connections, requests=requests)
    )
    spent = {name: (cpu_s(pid) - before[name]) / requests * 1e3 for name, pid in stack.pids.items()}
    bare_before = cpu_s(stack.bare_pid)
    asyncio.run(load.run(stack.bare(chat_body("auto")), connections=connections, requests=requests))
    bare = (cpu_s(stack.bare_pid) - bare_before) / requests * 1e3
    if set(governed.statuses) != {200}:
        sys.exit(f"The governed run did not answer everything: {governed.statuses}")
    return Round(governed, direct, spent, bare)


def median(values: list[float]) -> float:
    return statistics.median(values)


def report_requests(stack: Stack, levels: list[int], requests: int, rounds: int) -> None:
    names = list(stack.pids)
    print(
        f"| connections | {' | '.join(names)} | all | bare view | **ratio** "
        "| added p50 | added p99 | per second |"
    )
    print(f"|---|{'---|' * len(names)}---|---|---|---|---|---|")
    for connections in levels:
        count = max(200, requests // 4) if connections == 1 else requests
        done = [measure(stack, connections, count) for _ in range(rounds)]
        costs = {name: median([one.cpu_ms[name] for one in done]) for name in names}
        total = median([sum(one.cpu_ms.values()) for one in done])
        bare = median([one.bare_cpu_ms for one in done])
        ratio = median([sum(one.cpu_ms.values()) / one.bare_cpu_ms for one in done])
        added = [
            median([one.governed.quantile_ms(share) - one.direct.quantile_ms(share) for one in done])
            for share in (0.5, 0.99)
        ]
        rate = median([one.governed.rate for one in done])
        cells = " | ".join(f"{costs[name]:.2f} ms" for name in names)
        print(
            f"| {connections} | {cells} | {total:.2f} ms | {bare:.2f} ms | **{ratio:.2f}** "
            f"| {added[0]:.1f} ms | {added[1]:.1f} ms | {rate:.0f} |",
            flush=True,
        )


def report_streams(stack: Stack) -> None:
    """64 streams of 100 chunks a second: what a chunk costs, and how late it comes."""
    fault = f"[[demo:chunks={CHUNKS},chunk_ms={CHUNK_MS}]] {PROMPT}"
    body = {"messages": [{"role": "user", "content": fault}], "stream": True}
    interval_s = CHUNK_MS / 1e3
    direct_body = json.dumps({"model": stack.upstream_model, **body}).encode()
    direct = asyncio.run(
        load.run_streams(stack.direct(direct_body), streams=STREAMS, chunk_interval_s=interval_s)
    )
    before = {name: cpu_s(pid) for name, pid in stack.pids.items()}
    governed_body = json.dumps({"model": "auto", **body}).encode()
    governed = asyncio.run(
        load.run_streams(stack.governed(governed_body), streams=STREAMS, chunk_interval_s=interval_s)
    )
    costs = {
        name: (cpu_s(pid) - before[name]) / max(1, governed.chunks) * 1e6 for name, pid in stack.pids.items()
    }
    print(
        "\n| streams | chunks | "
        + " | ".join(costs)
        + " | all | delay p50 | delay p99 | direct p50 | direct p99 |"
    )
    print("|---|---|" + "---|" * len(costs) + "---|---|---|---|---|")
    delays = [
        load.quantile(one.chunk_delays_s, share) * 1e3 for one in (governed, direct) for share in (0.5, 0.99)
    ]
    print(
        f"| {STREAMS} | {governed.chunks} | "
        + " | ".join(f"{cost:.0f} µs" for cost in costs.values())
        + f" | {sum(costs.values()):.0f} µs | "
        + " | ".join(f"{delay:.1f} ms" for delay in delays)
        + " |"
    )


def report_memory(stack: Stack) -> None:
    sizes = [f"{name} {rss_mib(stack.pids[name]):.0f} MiB" for name in ("web", "worker")]
    print(f"\nMemory after the load: {', '.join(sizes)}.", flush=True)


def report_part(title: str, program: str, **environment: str) -> None:
    """A benchmark of one part, in a process of its own, as it prints it."""
    print(f"\n{title}\n\n```", flush=True)
    subprocess.run(
        [sys.executable, str(ROOT / "bench" / program)], env={**os.environ, **environment}, check=False
    )
    print("```")


def options_given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "part",
        nargs="?",
        choices=tuple(PARTS),
        help="this part alone: what adapters cost beside the providers' own clients, what detection costs, "
        "how long an impact replay takes, what several models cost beside one, what trained routing is "
        "worth on graded answers, what tiers save, or what the semantic cache takes for the same",
    )
    parser.add_argument("--sqlite", action="store_true", help="the embedded database instead of PostgreSQL")
    parser.add_argument("--requests", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", default="1,8,64")
    parser.add_argument("--no-streams", action="store_true")
    parser.add_argument(
        "--no-parts", action="store_true", help="without decide(), the adapters and the register alone"
    )
    return parser.parse_args()


def report_stack(options: argparse.Namespace, directory: Path, database_url: str, pid: int | None) -> None:
    levels = [int(level) for level in options.connections.split(",")]
    with start(directory, database_url, pid) as stack:
        for target in (stack.governed(chat_body("auto")), stack.bare(chat_body("auto"))):
            asyncio.run(load.run(target, connections=8, requests=500))
        report_requests(stack, levels, options.requests, options.rounds)
        if not options.no_streams:
            report_streams(stack)
        report_memory(stack)


def main() -> None:
    options = options_given()
    if options.part:
        sys.exit(PARTS[options.part]())
    with ExitStack() as exits:
        directory = Path(exits.enter_context(tempfile.TemporaryDirectory(prefix="signalbox-bench-")))
        url, other_url, pid = (
            f"sqlite:///{directory}/bench.sqlite3",
            f"sqlite:///{directory}/other.sqlite3",
            None,
        )
        if not options.sqlite:
            try:
                database = exits.enter_context(cluster())
            except PostgresMissing:
                sys.exit("No PostgreSQL found: install it, or run with --sqlite.")
            url, other_url, pid = (
                database.create_database("bench"),
                database.create_database("other"),
                database.pid,
            )
        report_stack(options, directory, url, pid)
        if not options.no_parts:
            report_part("The decision alone:", "decide.py")
            report_part("The adapters alone:", "adapters.py")
            report_part("The register alone:", "register.py", DATABASE_URL=other_url)


if __name__ == "__main__":
    main()

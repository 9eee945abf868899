"""What the register costs: rows a second, and this process's CPU per request's whole set of rows.

    python bench/register.py [--requests 6000] [--in-flight 30]

A request here is what the data plane writes: a claim with two entries, a finish with two entries and an
attempt; nine rows with billing's two. Runs on the database of DATABASE_URL (SQLite without one), which must
be migrated; its rows stay, as the register's do.
"""

import argparse
import asyncio
import os
import time
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "signalbox.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from audit.core.canonical import canonical_json  # noqa: E402
from audit.core.ids import uuid7  # noqa: E402
from audit.core.records import Claim, Entry, Finish, Row, Unit  # noqa: E402
from audit.rows import attempt_row, finish_values, request_values, timestamp  # noqa: E402
from audit.writer import GroupWriter, register_table  # noqa: E402

ROWS_PER_REQUEST = 9
WHO = {"application": "invoices", "api_key": "abcdefghijkl", "team": "payments"}
CANDIDATES = [{"deployment": f"model-{n}-eu", "reason": "matrix_absent", "detail": ""} for n in range(5)]
BODY = canonical_json(
    {"who": WHO, "decision": {"candidates": CANDIDATES}, "money": {"reserved_nano": 12_000}}
)
DECISION = canonical_json({"candidates": CANDIDATES, "root": {"deployment": "m", "path": "0"}}).decode()
LEDGER = "bench_ledger"
LEDGER_COLUMNS = ("id", "request_id", "kind", "amount_nano", "team", "application", "api_key", "window_at")


def claim_unit(now: int) -> Unit:
    request_id = uuid7()
    values = request_values(
        request_id=request_id,
        accepted_at_us=now,
        team="payments",
        application="invoices",
        api_key="abcdefghijkl",
        data_class="confidential",
        policy="default",
        rule="everything else",
        release_number=7,
        decision=DECISION,
        facts=DECISION,
        queue="default",
        worker="worker-1",
        deadline_at_us=now + 120_000_000,
        worst_case_nano=12_000,
        content_salt=b"s" * 32,
    )
    entries = (
        Entry("request.accepted", request_id, now, BODY),
        Entry("attempt.started", request_id, now, BODY),
    )
    return Unit(claim=Claim(request_id, values), entries=entries, rows=(ledger(request_id, "reserved", now),))


def ledger(request_id, kind, now) -> Row:
    return Row(
        LEDGER,
        (
            uuid7().hex,
            request_id.hex,
            kind,
            12_000,
            "payments",
            "invoices",
            "abcdefghijkl",
            timestamp(now),
        ),
    )


def finish_unit(request_id, now: int) -> Unit:
    values = finish_values(
        outcome="succeeded",
        finished_at_us=now,
        model="gpt",
        model_version="gpt-1",
        deployment="gpt-1-eu",
        provider="acme",
        attempts=1,
        input_tokens=100,
        output_tokens=50,
        cost_nano=10_000,
        latency_ms=812,
    )
    attempt = attempt_row(
        request_id=request_id,
        number=1,
        path="0",
        deployment="gpt-1-eu",
        model="gpt",
        model_version="gpt-1",
        provider="acme",
        region="eu",
        endpoint_host="api.example.org",
        sent_model="gpt-1-2026",
        reported_model="gpt-1-2026",
        started_at_us=now,
        finished_at_us=now,
        outcome="ok",
        status=200,
        finish_reason="stop",
        input_tokens=100,
        output_tokens=50,
        cost_nano=10_000,
        price_id="p1",
        price_sha256="0" * 64,
    )
    entries = (
        Entry("attempt.finished", request_id, now, BODY),
        Entry("request.finished", request_id, now, BODY),
    )
    return Unit(
        finish=Finish(request_id, values), entries=entries, rows=(attempt, ledger(request_id, "settled", now))
    )


async def one_after_another(writer: GroupWriter, requests: int) -> None:
    for _ in range(requests):
        now = time.time_ns() // 1000
        claim = claim_unit(now)
        await writer.commit(claim)
        await writer.commit(finish_unit(claim.claim.request_id, now))


async def run(writer: GroupWriter, requests: int, in_flight: int) -> None:
    await asyncio.gather(*(one_after_another(writer, requests // in_flight) for _ in range(in_flight)))


def building_cost_us() -> float:
    """What the caller spends on building the units, which is in the total too."""
    begun = time.process_time()
    for _ in range(2000):
        now = time.time_ns() // 1000
        finish_unit(claim_unit(now).claim.request_id, now)
    return (time.process_time() - begun) / 2000 * 1e6


def server_cpu_s() -> float:
    """CPU of all PostgreSQL processes on this machine, where it is one; 0.0 otherwise."""
    total = 0.0
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)
        except OSError:
            continue
        if "(postgres" in fields[0]:
            total += sum(int(n) for n in fields[1].split()[11:13]) / os.sysconf("SC_CLK_TCK")
    return total


def make_ledger() -> None:
    """A stand-in for billing's ledger: the same shape, so that the register's cost is the whole cost."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE IF NOT EXISTS {LEDGER} (id uuid PRIMARY KEY, request_id uuid, kind text, "
            "amount_nano bigint, team text, application text, api_key text, window_at timestamptz)"
        )
    register_table(LEDGER, LEDGER_COLUMNS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--requests", type=int, default=6000)
    parser.add_argument("--in-flight", type=int, default=30)
    options = parser.parse_args()
    call_command("migrate", "audit", verbosity=0)
    make_ledger()
    writer = GroupWriter("bench")
    writer.start()
    asyncio.run(run(writer, 300, options.in_flight))
    building_us = building_cost_us()
    requests = options.requests // options.in_flight * options.in_flight
    begun, cpu, server = time.monotonic(), time.process_time(), server_cpu_s()
    asyncio.run(run(writer, requests, options.in_flight))
    seconds, cpu = time.monotonic() - begun, time.process_time() - cpu
    server = server_cpu_s() - server
    writer.stop()
    per_request_us = cpu / requests * 1e6
    print(f"database            {connection.vendor}")
    print(f"requests            {requests} ({options.in_flight} in flight), {seconds:.2f} s")
    print(f"rows a second       {requests * ROWS_PER_REQUEST / seconds:,.0f}")
    print(f"CPU per request     {per_request_us:.0f} µs, of which building the units {building_us:.0f} µs")
    print(f"CPU per row         {per_request_us / ROWS_PER_REQUEST:.1f} µs")
    print(f"database server     {server / requests * 1e6:.0f} µs CPU per request")


if __name__ == "__main__":
    main()

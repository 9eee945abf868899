"""Places and breakers that two workers share, through a real Valkey."""

import asyncio
import random

import pytest
import pytest_asyncio

from billing.pipeline import Pipeline
from routing.core.breaker import Report, Verdict, report_of
from routing.core.execution import FailureKind, Outcome
from routing.core.facts import Health
from routing.core.groups import LATE_UNMEASURED_MS, late_after_ms
from routing.core.release import Limits
from routing.lane.health import LEAST_FOR_P95, HealthBoard, NoPlace, Place, read_summary

BAD, GOOD = Report(Verdict.BAD), Report(Verdict.GOOD)


@pytest_asyncio.fixture
async def boards(valkey):
    pipelines = [Pipeline(valkey), Pipeline(valkey)]
    for pipeline in pipelines:
        await pipeline.start()
    yield [HealthBoard(pipeline) for pipeline in pipelines]
    for pipeline in pipelines:
        await pipeline.stop()


async def take(board, lease="x", limits=Limits(), *, tokens=0, lease_s=30.0):  # noqa: B008
    return await board.acquire("dep", lease, limits, tokens=tokens, lease_s=lease_s)


async def fail(board, times: int) -> str:
    state = ""
    for at in range(times):
        place = await take(board, f"bad-{at}")
        if isinstance(place, Place):
            state = await board.report(place, BAD, latency_ms=None)
    return state


async def test_five_failures_open_the_breaker_for_every_worker(boards):
    assert await fail(boards[0], 4) == "closed"
    assert await fail(boards[1], 1) == "open"
    refused = await take(boards[0])
    assert isinstance(refused, NoPlace)
    assert refused.kind is FailureKind.BREAKER_OPEN


async def test_failures_told_at_one_moment_open_it_as_well(boards):
    places = await asyncio.gather(*(take(boards[0], f"many-{at}") for at in range(6)))
    told = await asyncio.gather(*(boards[0].report(place, BAD, latency_ms=None) for place in places))
    assert told == ["closed"] * 4 + ["open"] * 2


async def test_of_many_that_ask_at_one_moment_one_is_the_probe(boards, monkeypatch):
    monkeypatch.setattr("routing.core.breaker.OPEN_S", 0.2)
    await fail(boards[0], 5)
    await asyncio.sleep(0.25)
    places = await asyncio.gather(*(take(boards[0], f"asks-{at}") for at in range(5)))
    assert [isinstance(place, Place) for place in places] == [True, False, False, False, False]


async def test_failures_among_as_many_answers_leave_it_closed(boards):
    for at in range(6):
        await boards[0].report(await take(boards[0], f"good-{at}"), GOOD, latency_ms=5)
    assert await fail(boards[0], 5) == "closed"
    assert await fail(boards[0], 1) == "open"


@pytest.mark.parametrize(("report", "state"), [(GOOD, "closed"), (BAD, "open")])
async def test_one_probe_decides_after_a_while(boards, monkeypatch, report, state):
    monkeypatch.setattr("routing.core.breaker.OPEN_S", 0.2)
    await fail(boards[0], 5)
    await asyncio.sleep(0.25)
    probe = await take(boards[0], "probe")
    assert isinstance(probe, Place)
    assert isinstance(await take(boards[1], "second"), NoPlace)
    assert await boards[0].report(probe, report, latency_ms=5) == state
    assert isinstance(await take(boards[1], "third"), Place if state == "closed" else NoPlace)


async def test_the_last_place_is_given_once(boards):
    limits = Limits(concurrency=3)
    places = await asyncio.gather(*(take(boards[at % 2], f"c{at}", limits) for at in range(10)))
    given = [place for place in places if isinstance(place, Place)]
    assert len(given) == 3
    await boards[0].report(given[0], GOOD, latency_ms=1)
    assert isinstance(await take(boards[1], "next", limits), Place)


async def test_a_place_that_is_not_given_back_ends_by_the_clock(boards, monkeypatch):
    monkeypatch.setattr("routing.lane.health.LEASE_GRACE_S", 0.0)
    await take(boards[0], "lost", Limits(concurrency=1), lease_s=0.2)
    assert isinstance(await take(boards[1], "next", Limits(concurrency=1)), NoPlace)
    await asyncio.sleep(0.25)
    assert isinstance(await take(boards[1], "next", Limits(concurrency=1)), Place)


@pytest.mark.parametrize(
    ("limits", "tokens", "fits"),
    [
        (Limits(requests_per_min=3), 0, 3),
        (Limits(tokens_per_min=1000), 400, 2),
        (Limits(tokens_per_min=10), 50, 1),
    ],
)
async def test_a_limit_per_minute_holds_for_all_workers(boards, limits, tokens, fits):
    places = [await take(boards[at % 2], f"r{at}", limits, tokens=tokens) for at in range(5)]
    assert sum(isinstance(place, Place) for place in places) == fits
    assert all(place.wait_s > 0 for place in places if isinstance(place, NoPlace))


async def test_a_429_cools_the_deployment_and_leaves_its_breaker_alone(boards):
    limited = Outcome("0", "dep", ok=False, kind=FailureKind.RATE_LIMIT, retryable=True, retry_after_s=0.2)
    assert await boards[0].report(await take(boards[0]), report_of(limited), latency_ms=None) == "closed"
    refused = await take(boards[1])
    assert isinstance(refused, NoPlace)
    assert refused.kind is FailureKind.RATE_LIMIT
    await asyncio.sleep(0.25)
    assert isinstance(await take(boards[1]), Place)


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [
        (None, Verdict.GOOD),
        (FailureKind.ERROR, Verdict.BAD),
        (FailureKind.TIMEOUT, Verdict.BAD),
        (FailureKind.STREAM_CUT, Verdict.BAD),
        (FailureKind.INVALID_REQUEST, Verdict.GOOD),
        (FailureKind.RATE_LIMIT, Verdict.NEUTRAL),
        (FailureKind.CANCELLED, Verdict.NEUTRAL),
        (FailureKind.AUTHENTICATION, Verdict.NEUTRAL),
    ],
)
def test_only_some_failures_speak_of_the_deployment(kind, verdict):
    assert report_of(Outcome("0", "dep", ok=kind is None, kind=kind)).verdict is verdict


async def test_the_summary_tells_state_load_and_latency(boards, valkey):
    import redis

    for at in range(3):
        place = await take(boards[0], f"s{at}")
        if at < 2:
            await boards[0].report(place, GOOD, latency_ms=40)
    with redis.Redis.from_url(valkey) as client:
        health = read_summary(client.hgetall("sb:health"), now_ms=0)["dep"]
    assert (health.breaker, health.in_flight, health.latency_p50_ms) == ("closed", 1, 40)


@pytest.mark.parametrize(("now_ms", "state"), [(999, "open"), (1000, "half_open")])
def test_an_open_breaker_reads_as_half_open_when_its_time_is_over(now_ms, state):
    assert read_summary({b"dep": b"open|1000|0|0"}, now_ms=now_ms)["dep"].breaker == state


async def measured_of(board, valkey, latencies):
    """What is read of a deployment that answered in these times, and that was asked last just now."""
    import redis

    told = [board.report(Place("dep", f"m{at}"), GOOD, latency_ms=ms) for at, ms in enumerate(latencies)]
    await asyncio.gather(*told)
    with redis.Redis.from_url(valkey) as client:
        seconds, micros = client.time()
        now_ms = seconds * 1000 + micros // 1000
        return read_summary(client.hgetall("sb:health"), client.hgetall("sb:health:measured"), now_ms=now_ms)[
            "dep"
        ]


async def test_one_answer_of_twenty_is_later_than_the_p95(boards, valkey):
    draw = random.Random(7)
    latencies = [round(draw.lognormvariate(5, 0.5)) for _ in range(600)]
    health = await measured_of(boards[0], valkey, latencies)
    ordered = sorted(latencies)
    assert ordered[int(0.88 * 600)] < health.latency_p95_ms < ordered[int(0.985 * 600)]
    assert ordered[int(0.35 * 600)] < health.latency_p50_ms < ordered[int(0.65 * 600)]


async def test_a_few_answers_make_no_p95(boards, valkey):
    health = await measured_of(boards[0], valkey, [100] * (LEAST_FOR_P95 - 1))
    assert (health.latency_p50_ms, health.latency_p95_ms) == (100, None)


async def test_measurements_follow_a_deployment_that_becomes_slow(boards, valkey):
    health = await measured_of(boards[0], valkey, [100] * 100 + [1000] * 100)
    assert health.latency_p50_ms > 900
    assert health.latency_p95_ms > 900


@pytest.mark.parametrize(
    ("age_ms", "latencies"),
    [
        (0, (400, 900)),
        (60_000, (400, 900)),
        (180_000, (200, 900)),
        (420_000, (50, 900)),
        (600_001, (None, None)),
    ],
)
def test_without_calls_the_median_fades_and_is_then_forgotten(age_ms, latencies):
    measured = {b"dep": b"1000|400.00|900.00|50"}
    health = read_summary({b"dep": b"closed|0|0|400"}, measured, now_ms=1000 + age_ms)["dep"]
    assert (health.latency_p50_ms, health.latency_p95_ms) == latencies


@pytest.mark.parametrize(
    ("health", "after_ms"),
    [
        (Health(), LATE_UNMEASURED_MS),
        (Health(latency_p50_ms=100), 300),
        (Health(latency_p50_ms=100, latency_p95_ms=180), 180),
        (Health(latency_p50_ms=3, latency_p95_ms=9), 50),
    ],
)
def test_a_hedge_waits_for_the_p95_and_until_there_is_one_for_three_medians(health, after_ms):
    assert late_after_ms(health) == after_ms

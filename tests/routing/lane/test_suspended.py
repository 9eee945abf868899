"""A plan may be older than a suspension: what is suspended is not called, and what runs may be ended."""

import asyncio

import pytest
from asgiref.sync import sync_to_async
from lane_cast import WORST_NANO, call, deployment, plan

from audit.models import Attempt, Request
from billing.models import LedgerEntry
from registry.directory import Directory
from registry.models import Drift
from routing.lane.lane import Lane

pytestmark = pytest.mark.django_db(transaction=True)

LONG = "x [[demo:chunks=200,chunk_ms=50]]"
SLOW = "x [[demo:delay_ms=5000]]"


def suspend(lane: Lane, *subjects: str, cancel: bool = False) -> None:
    """As the watcher tells it."""
    found = frozenset(subjects)
    lane._adopt(Directory(99, {}, found, found if cancel else frozenset()))


@sync_to_async
def story(request_id: str) -> tuple[Request, list[Attempt], list[str]]:
    return (
        Request.objects.get(pk=request_id),
        list(Attempt.objects.filter(request_id=request_id).order_by("number")),
        list(
            LedgerEntry.objects.filter(request_id=request_id).order_by("kind").values_list("kind", flat=True)
        ),
    )


async def calling(provider) -> None:
    async with asyncio.timeout(10):
        while not provider.stats.in_flight:  # noqa: ASYNC110 - another's counter
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("subject", ["deployment:a", "version:small@small-1", "model:small", "provider:demo"])
async def test_an_old_plan_calls_nothing_that_was_suspended_since(start_lane, web, provider, subject):
    lane = await start_lane()
    suspend(lane, subject)
    heard = await web.ask(call(plan("a")))
    row, attempts, _ = await story(heard.last.request_id)
    assert heard.code == "suspended"
    assert provider.stats.requests == 0
    assert (row.outcome, row.error_code, row.cost_nano) == ("failed", "suspended", None)
    assert [attempt.error_kind for attempt in attempts] == ["suspended"]
    assert subject.split(":")[0] in attempts[0].error_message


async def test_its_fallback_goes_on_whatever_that_names(start_lane, web, provider):
    lane = await start_lane()
    suspend(lane, "deployment:a")
    heard = await web.ask(call(plan("a", "b", on=("timeout",))))
    row, attempts, _ = await story(heard.last.request_id)
    assert heard.kinds == ["done"]
    assert [(a.deployment, a.outcome, a.error_kind) for a in attempts] == [
        ("a", "failed", "suspended"),
        ("b", "ok", ""),
    ]
    assert (row.outcome, provider.stats.requests) == ("succeeded", 1)


async def test_a_suspended_fallback_is_not_called(start_lane, web, provider):
    lane = await start_lane()
    suspend(lane, "deployment:b")
    heard = await web.ask(call(plan("a", "b", attempts=1), "x [[demo:status=500]]"))
    assert heard.kinds == ["error"]
    assert provider.stats.by_model == {"demo-a": 1}


async def test_a_retry_is_not_made_once_it_is_suspended(start_lane, web, provider):
    lane = await start_lane()
    sent = call(plan("a"), "x [[demo:status=429,retry_after=1]]")
    await web.dispatch(sent)
    await calling_ended(provider)
    suspend(lane, "deployment:a")
    heard = await web.ended(sent.request_id)
    assert (heard.code, provider.stats.requests) == ("suspended", 1)


async def calling_ended(provider) -> None:
    async with asyncio.timeout(10):
        while not provider.stats.by_status:  # noqa: ASYNC110 - another's counter
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    "subject",
    ["key:abcdefghijkl", "application:invoices", "team:payments", "route:standard", "route:standard#all"],
)
async def test_who_asked_or_what_routed_ends_the_whole_plan(start_lane, web, provider, subject):
    lane = await start_lane()
    suspend(lane, subject)
    heard = await web.ask(call(plan("a", "b")))
    row, attempts, _ = await story(heard.last.request_id)
    assert (heard.code, provider.stats.requests) == ("suspended", 0)
    assert (row.outcome, row.error_code, len(attempts)) == ("failed", "suspended", 1)


async def test_what_runs_goes_on_unless_it_is_to_be_ended(start_lane, web, provider):
    lane = await start_lane()
    sent = call(plan("a"), "x [[demo:delay_ms=300]]")
    await web.dispatch(sent)
    await calling(provider)
    suspend(lane, "deployment:a", "key:abcdefghijkl")
    assert (await web.ended(sent.request_id)).kinds == ["done"]


@pytest.mark.parametrize("subject", ["provider:demo", "deployment:a", "team:payments", "route:standard"])
async def test_a_stream_in_flight_is_ended_with_an_error_and_settled(start_lane, web, provider, subject):
    lane = await start_lane()
    sent = call(plan("a"), LONG, stream=True)
    await web.dispatch(sent)
    await web.until(sent.request_id, lambda heard: heard.kinds.count("chunk") >= 3)
    suspend(lane, subject, cancel=True)
    heard = await web.ended(sent.request_id, timeout_s=2)
    row, attempts, ledger = await story(sent.request_id)
    assert heard.code == "suspended"
    assert (row.outcome, row.error_code) == ("failed", "suspended")
    assert (attempts[0].error_kind, attempts[0].usage_unknown) == ("suspended", True)
    assert 0 < row.cost_nano < WORST_NANO, "what came is charged, not the worst case"
    assert ledger == ["reserved", "settled"]


async def test_a_whole_answer_in_flight_is_ended_and_charged_at_its_worst(start_lane, web, provider):
    lane = await start_lane()
    sent = call(plan("a"), SLOW)
    await web.dispatch(sent)
    await calling(provider)
    suspend(lane, "model:small", cancel=True)
    heard = await web.ended(sent.request_id, timeout_s=2)
    row, _, _ = await story(sent.request_id)
    assert (heard.code, row.cost_nano) == ("suspended", WORST_NANO)


async def test_the_fallback_of_a_call_that_was_ended_goes_on(start_lane, web, provider):
    lane = await start_lane()
    sent = call(plan("a", "b", on=("timeout",)), "x [[demo:delay_ms=5000,fail_model=demo-a]]")
    await web.dispatch(sent)
    await calling(provider)
    suspend(lane, "deployment:a", cancel=True)
    heard = await web.ended(sent.request_id, timeout_s=3)
    row, attempts, _ = await story(sent.request_id)
    assert heard.kinds == ["done"]
    assert [a.deployment for a in attempts] == ["a", "b"]
    assert row.deployment == "b"


async def test_other_requests_are_left_alone(start_lane, web, provider):
    lane = await start_lane()
    sent = call(plan("b"), "x [[demo:delay_ms=300]]")
    await web.dispatch(sent)
    await calling(provider)
    suspend(lane, "deployment:a", "team:others", "route:other", cancel=True)
    assert (await web.ended(sent.request_id)).kinds == ["done"]


async def test_a_suspension_opens_no_breaker(start_lane, web, provider):
    lane = await start_lane()
    suspend(lane, "deployment:a")
    for _ in range(8):
        await web.ask(call(plan("a")))
    suspend(lane)
    assert (await web.ask(call(plan("a")))).kinds == ["done"]


async def test_drift_is_told_once_for_each_thing_that_is_reported(start_lane, web, provider):
    lane = await start_lane()
    for reported in ("other", "other", "third", "demo-a"):
        await web.ask(call(plan("a"), f"x [[demo:report_model={reported}]]"))
    await lane._drifts.drained()
    rows = await sync_to_async(lambda: sorted(Drift.objects.values_list("deployment", "sent", "reported")))()
    assert rows == [("a", "demo-a", "other"), ("a", "demo-a", "third")]


async def test_a_pinned_fingerprint_drifts_too(start_lane, web, provider):
    pinned = deployment("a", provider.url, fingerprint="fp_pinned")
    lane = await start_lane(pinned)
    heard = await web.ask(call(plan("a")))
    await lane._drifts.drained()
    _, attempts, _ = await story(heard.last.request_id)
    drifts = await sync_to_async(lambda: list(Drift.objects.values_list("fingerprint", flat=True)))()
    assert attempts[0].drift is True
    assert drifts == [attempts[0].fingerprint]

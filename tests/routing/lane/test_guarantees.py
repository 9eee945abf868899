"""What must hold when something breaks: no call without a record, one call per request, nothing left open."""

import asyncio
from uuid import UUID

import pytest
from asgiref.sync import sync_to_async
from lane_cast import WORST_NANO, call, deployment, plan, release

from audit.core.records import Claim, Committed, Entry, Unit
from audit.errors import RegisterUnavailable
from audit.models import Attempt, Request
from audit.models import Entry as EntryRow
from billing.models import BudgetEpoch, LedgerEntry
from routing.lane import abandon
from routing.lane.messages import CODE_STALE_RESERVATION

pytestmark = pytest.mark.django_db(transaction=True)


@sync_to_async
def row_of(request_id: str) -> Request | None:
    return Request.objects.filter(pk=request_id).first()


@sync_to_async
def ledger_of(request_id: str) -> list[tuple[str, int]]:
    rows = LedgerEntry.objects.filter(request_id=request_id).order_by("kind")
    return list(rows.values_list("kind", "amount_nano"))


async def eventually(holds, timeout_s: float = 10.0) -> None:
    async with asyncio.timeout(timeout_s):
        while not await holds():  # noqa: ASYNC110 - asks a database and a server
            await asyncio.sleep(0.05)


async def test_a_message_that_is_delivered_twice_is_run_once(start_lane, web, provider):
    await start_lane()
    sent = call(plan("a"))
    await web.dispatch(sent)
    await web.ask(sent)
    await asyncio.sleep(0.3)
    assert provider.stats.requests == 1


async def test_two_lanes_that_get_the_same_call_run_it_once(start_lane, web, provider):
    await asyncio.gather(start_lane(), start_lane())
    calls = [call(plan("a")) for _ in range(20)]
    await asyncio.gather(*(web.dispatch(sent) for sent in calls * 2))
    await asyncio.gather(*(web.ended(sent.request_id) for sent in calls))
    assert provider.stats.requests == 20


async def test_a_request_that_was_claimed_by_the_web_process_is_not_called(start_lane, web, provider):
    lane = await start_lane()
    sent = call(plan("a"))
    entry = Entry("request.accepted", None, sent.accepted_us, b"{}")
    claim = Unit(claim=Claim(UUID(sent.request_id), tuple(sent.claim_values)), entries=(entry,))
    assert await lane.register.commit(claim) is Committed.DONE
    await web.dispatch(sent)
    await eventually(lambda: _drained(web))
    assert provider.stats.requests == 0


async def _drained(web) -> bool:
    return await web.redis.xlen("sb:lane:default") == 0


async def test_no_call_is_made_when_the_register_cannot_be_written(start_lane, web, provider, monkeypatch):
    lane = await start_lane()

    async def refuse(unit: Unit) -> Committed:
        raise RegisterUnavailable

    monkeypatch.setattr(lane.register, "commit", refuse)
    heard = await web.ask(call(plan("a")))
    assert heard.code == "service_unavailable"
    assert provider.stats.requests == 0


async def test_a_hold_of_an_older_epoch_is_not_run(start_lane, web, provider):
    await sync_to_async(BudgetEpoch.objects.update_or_create)(pk=1, defaults={"epoch": 2})
    await start_lane()
    heard = await web.ask(call(plan("a")))
    assert heard.code == CODE_STALE_RESERVATION
    assert provider.stats.requests == 0
    assert await row_of(heard.last.request_id) is None


async def test_a_cancel_ends_the_upstream_and_settles_what_was_used(start_lane, web, provider):
    await start_lane()
    sent = call(plan("a"), "x [[demo:chunks=200,chunk_ms=50]]", stream=True)
    await web.dispatch(sent)
    await web.until(sent.request_id, lambda heard: heard.kinds.count("chunk") >= 3)
    await web.cancel(sent.request_id)
    heard = await web.ended(sent.request_id)
    row = await row_of(sent.request_id)
    attempt = await sync_to_async(Attempt.objects.get)(request_id=sent.request_id)
    assert heard.kinds[-1] == "error"
    assert (row.outcome, attempt.outcome, attempt.usage_unknown) == ("cancelled", "cancelled", True)
    assert 0 < row.cost_nano <= WORST_NANO
    await eventually(lambda: _provider_noticed(provider))


async def _provider_noticed(provider) -> bool:
    return provider.stats.cancelled == 1 and provider.stats.in_flight == 0


async def test_a_cancel_that_comes_before_its_call_prevents_it(start_lane, web, provider):
    await start_lane()
    sent = call(plan("a"))
    await web.cancel(sent.request_id)
    await asyncio.sleep(0.2)
    heard = await web.ask(sent)
    assert (await row_of(sent.request_id)).outcome == "cancelled"
    assert heard.kinds == ["error"]
    assert provider.stats.requests == 0


async def test_a_call_that_comes_after_its_deadline_is_closed_unrun(start_lane, web, provider):
    await start_lane()
    sent = call(plan("a"))
    late = sent.accepted_us - 60_000_000
    old = call(plan("a"), accepted_us=late, deadline_us=late + 20_000_000)
    heard = await web.ask(old)
    assert heard.code == "upstream_timeout"
    assert (await row_of(old.request_id)).outcome == "expired"
    assert provider.stats.requests == 0


async def test_a_deadline_ends_a_call_in_flight(start_lane, web, provider):
    await start_lane(deployment("a", provider.url, timeout_s=30))
    heard = await web.ask(call(plan("a", deadline_s=1), "[[demo:delay_ms=8000]]"))
    assert heard.code == "upstream_timeout"
    assert (await ledger_of(heard.last.request_id))[-1] == ("settled", WORST_NANO)


async def test_a_deployment_that_was_withdrawn_since_is_not_called(start_lane, web, provider):
    lane = await start_lane()
    lane._releases.adopt(release(deployment("a", provider.url, enabled=False), number=8))
    heard = await web.ask(call(plan("a")))
    assert heard.kinds == ["error"]
    assert provider.stats.requests == 0


async def test_what_a_dead_worker_left_is_closed_at_the_worst_case(start_lane, web, provider, monkeypatch):
    """The first worker dies in the middle of a call: its heart stops, its message stays unacknowledged."""
    monkeypatch.setattr("routing.lane.inflow.DEAD_AFTER_S", 1)
    sent = call(plan("a"))
    await _left_by_a_dead_worker(web, sent)
    await start_lane()
    heard = await web.ended(sent.request_id)
    row = await row_of(sent.request_id)
    assert heard.code == "answer_lost"
    assert (row.state, row.outcome, row.cost_nano) == ("finished", "abandoned", 2 * WORST_NANO)
    assert await ledger_of(sent.request_id) == [("reserved", 2 * WORST_NANO), ("settled", 2 * WORST_NANO)]
    types = await sync_to_async(lambda: set(_types(sent.request_id)))()
    assert {"attempt.started", "attempt.finished", "request.finished"} <= types
    assert provider.stats.requests == 0


async def _left_by_a_dead_worker(web, sent) -> None:
    """Its message read by `ghost`, its row claimed by `ghost`, an attempt started; no heartbeat."""
    from audit.writer import GroupWriter
    from routing.lane import closing, entries
    from routing.lane.attempting import new_attempt
    from routing.lane.flight import Flight
    from routing.selectors import compile_release

    await web.dispatch(sent)
    await web.redis.xgroup_create("sb:lane:default", "workers", "0", mkstream=True)
    await web.redis.xreadgroup("workers", "ghost", {"sb:lane:default": ">"}, count=1)
    made = plan("a")
    held = release(deployment("a", "https://example.com/v1"))
    flight = Flight(
        sent,
        UUID(sent.request_id),
        made,
        compile_release(held.number, held.digest, held.document),
        "ghost",
        lambda to, frame: None,
    )
    unit = closing.with_claim(
        flight, Unit(entries=(entries.started(flight, new_attempt(flight, made.root)),))
    )
    writer = GroupWriter("ghost")
    writer.start()
    assert await writer.commit(unit) is Committed.DONE
    await asyncio.to_thread(writer.stop)
    await asyncio.sleep(1.2)


def _types(request_id: str) -> list[str]:
    return list(EntryRow.objects.filter(request_id=request_id).values_list("event_type", flat=True))


async def test_what_a_dead_worker_never_claimed_is_run(start_lane, web, provider, monkeypatch):
    monkeypatch.setattr("routing.lane.inflow.DEAD_AFTER_S", 1)
    sent = call(plan("a"))
    await web.dispatch(sent)
    await web.redis.xgroup_create("sb:lane:default", "workers", "0", mkstream=True)
    await web.redis.xreadgroup("workers", "ghost", {"sb:lane:default": ">"}, count=1)
    await asyncio.sleep(1.2)
    await start_lane()
    heard = await web.ended(sent.request_id)
    assert heard.kinds == ["done"]
    assert provider.stats.requests == 1


async def test_the_sweeper_closes_what_nobody_runs(ready, web, provider, monkeypatch):
    from routing.lane.sweep import sweep

    monkeypatch.setattr(abandon, "GRACE_S", -60)
    sent = call(plan("a"))
    await _left_by_a_dead_worker(web, sent)
    assert await asyncio.to_thread(_with_closed_connection, sweep) == 1
    assert (await row_of(sent.request_id)).outcome == "abandoned"
    assert await asyncio.to_thread(_with_closed_connection, sweep) == 0


def _with_closed_connection(work):
    from django.db import connection

    try:
        return work()
    finally:
        connection.close()


async def test_a_lane_survives_an_emptied_valkey(start_lane, web, provider):
    await start_lane()
    await web.redis.flushall()
    heard = await web.ask(call(plan("a")))
    assert heard.kinds == ["done"]


async def test_a_full_lane_leaves_calls_in_the_stream(start_lane, web, provider):
    await start_lane(max_in_flight=2)
    slow = [call(plan("a"), "[[demo:delay_ms=400]]") for _ in range(6)]
    await asyncio.gather(*(web.ask(sent) for sent in slow))
    assert provider.stats.max_in_flight <= 2


async def test_a_stopped_lane_closes_what_does_not_end(start_lane, web, provider):
    lane = await start_lane(deployment("a", provider.url, timeout_s=30))
    sent = call(plan("a"), "[[demo:delay_ms=20000]]")
    await web.dispatch(sent)
    await eventually(lambda: _is_called(provider))
    lane.stop()
    heard = await web.ended(sent.request_id)
    assert heard.kinds == ["error"]
    assert (await row_of(sent.request_id)).outcome == "failed"


async def _is_called(provider) -> bool:
    return provider.stats.in_flight == 1


async def test_everything_is_acknowledged_in_the_end(start_lane, web):
    await start_lane()
    await asyncio.gather(*(web.ask(call(plan("a"))) for _ in range(30)))
    await eventually(lambda: _drained(web))
    assert (await web.redis.xpending("sb:lane:default", "workers"))["pending"] == 0

"""The database dies around a commit of the lane: once it is back every row is closed."""

import asyncio

import pytest
from asgiref.sync import sync_to_async
from lane_cast import WORST_NANO, call, plan

from audit.errors import FateUnknown, RegisterUnavailable, UnitRefused
from audit.models import Entry as EntryRow
from audit.models import Request
from audit.selectors.verification import verify
from billing.models import LedgerEntry
from tests.line import Commit

pytestmark = pytest.mark.django_db(transaction=True)
CLOSED_WITHIN_S = 8.0


@pytest.fixture(autouse=True)
def little_patience(monkeypatch):
    monkeypatch.setattr("routing.lane.executor.START_WAIT_S", 0.4)
    monkeypatch.setattr("routing.lane.executor.FINISH_WAIT_S", 0.4)
    monkeypatch.setattr("routing.lane.lane.STRAYS_EVERY_S", 0.3)


@sync_to_async
def told_of(request_id: str) -> tuple[Request | None, list[str], list[tuple[str, int]]]:
    """(the row, the entries' types, the ledger's rows), once the register was verified."""
    assert verify().problems == []
    entries = EntryRow.objects.filter(request_id=request_id).order_by("emitter_seq")
    ledger = LedgerEntry.objects.filter(request_id=request_id).order_by("kind")
    return (
        Request.objects.filter(pk=request_id).first(),
        list(entries.values_list("event_type", flat=True)),
        list(ledger.values_list("kind", "amount_nano")),
    )


async def closed(request_id: str) -> Request:
    async with asyncio.timeout(CLOSED_WITHIN_S):
        while True:
            row = await sync_to_async(Request.objects.filter(pk=request_id, state="finished").first)()
            if row is not None:
                return row
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("fate", [Commit.UNANSWERED, Commit.UNHEARD])
@pytest.mark.parametrize("before", [0, 1], ids=["the claim", "the finish"])
async def test_a_blip_costs_nobody_an_answer(start_lane, web, provider, line, before, fate):
    line.is_blip, line.to_come = True, [Commit.ANSWERED] * before + [fate]
    await start_lane()
    heard = await web.ask(call(plan("a")))
    row, entries, ledger = await told_of(heard.last.request_id)
    assert heard.kinds == ["done"]
    assert provider.stats.requests == 1
    assert entries == ["request.accepted", "attempt.started", "attempt.finished", "request.finished"]
    assert [kind for kind, _ in ledger] == ["reserved", "settled"]
    assert row.outcome == "succeeded"


async def test_a_claim_in_doubt_is_told_in_time_and_closed_uncalled(start_lane, web, provider, line):
    await start_lane()
    line.to_come = [Commit.UNANSWERED]
    heard = await web.ask(call(plan("a")))
    assert heard.code == "service_unavailable"
    line.away.clear()
    row = await closed(heard.last.request_id)
    _, entries, ledger = await told_of(heard.last.request_id)
    assert (row.outcome, row.error_code, row.cost_nano) == ("failed", "service_unavailable", 0)
    assert entries == ["request.accepted", "attempt.started", "attempt.finished", "request.finished"]
    assert ledger == [("released", 0), ("reserved", 2 * WORST_NANO)]
    assert provider.stats.requests == 0


async def test_a_claim_that_was_not_committed_leaves_nothing(start_lane, web, provider, line):
    await start_lane()
    line.to_come = [Commit.UNHEARD]
    lost = await web.ask(call(plan("a")))
    assert lost.code == "service_unavailable"
    line.away.clear()
    assert (await web.ask(call(plan("a")))).kinds == ["done"]
    assert await told_of(lost.last.request_id) == (None, [], [])
    assert provider.stats.requests == 1


@pytest.mark.parametrize(
    ("fate", "outcome", "code"),
    [(Commit.UNANSWERED, "succeeded", ""), (Commit.UNHEARD, "failed", "service_unavailable")],
)
async def test_an_end_in_doubt_is_told_in_time_and_recorded_with_what_it_cost(
    start_lane, web, provider, line, fate, outcome, code
):
    await start_lane()
    line.to_come = [Commit.ANSWERED, fate]
    heard = await web.ask(call(plan("a")))
    assert heard.code == "service_unavailable"
    line.away.clear()
    row = await closed(heard.last.request_id)
    _, entries, ledger = await told_of(heard.last.request_id)
    assert (row.outcome, row.error_code) == (outcome, code)
    assert entries.count("request.finished") == 1
    assert ledger[-1] == ("settled", row.cost_nano)
    assert 0 < row.cost_nano < WORST_NANO
    assert provider.stats.requests == 1


@pytest.mark.parametrize("fate", [Commit.UNANSWERED, Commit.UNHEARD])
async def test_a_second_attempt_in_doubt_is_not_made_once_its_client_was_told(
    start_lane, web, provider, line, fate
):
    await start_lane()
    line.to_come = [Commit.ANSWERED, fate]
    heard = await web.ask(call(plan("a", "b", attempts=1), "[[demo:status=500]]"))
    assert heard.code == "service_unavailable"
    line.away.clear()
    row = await closed(heard.last.request_id)
    _, entries, _ = await told_of(heard.last.request_id)
    assert row.outcome == "failed"
    assert entries.count("attempt.started") == entries.count("attempt.finished") == row.attempts
    assert provider.stats.requests == 1


async def test_an_end_that_the_register_refuses_for_a_while_is_withheld_and_recorded(
    start_lane, web, provider, monkeypatch
):
    lane, away = await start_lane(), asyncio.Event()
    commit = lane.register.commit

    async def refuse_finishes(unit):
        if unit.finish is not None and not away.is_set():
            raise RegisterUnavailable
        return await commit(unit)

    monkeypatch.setattr(lane.register, "commit", refuse_finishes)
    heard = await web.ask(call(plan("a")))
    assert heard.code == "service_unavailable"
    away.set()
    row = await closed(heard.last.request_id)
    assert (row.outcome, row.error_code) == ("failed", "service_unavailable")
    assert 0 < row.cost_nano < WORST_NANO
    assert len(web.heard[heard.last.request_id].frames) == 1, "nothing after the error"


def _break_with(error):
    def broken(*args, **kwargs):
        raise error

    return broken


@pytest.mark.parametrize("where", ["routing.lane.closing.finish_unit", "routing.lane.closing.end_of"])
async def test_what_a_defect_of_ours_leaves_is_closed_at_its_worst_case(
    start_lane, web, provider, monkeypatch, where
):
    await start_lane()
    monkeypatch.setattr(where, _break_with(KeyError("a defect")))
    heard = await web.ask(call(plan("a")))
    assert heard.code == "internal_error"
    row = await closed(heard.last.request_id)
    _, entries, ledger = await told_of(heard.last.request_id)
    assert (row.outcome, row.error_code) == ("abandoned", "answer_lost")
    assert entries[-2:] == ["attempt.finished", "request.finished"]
    assert ledger == [("reserved", 2 * WORST_NANO), ("settled", 2 * WORST_NANO)]


async def test_an_end_that_the_database_refuses_is_closed_at_its_worst_case(
    start_lane, web, provider, monkeypatch
):
    lane = await start_lane()
    commit = lane.register.commit

    async def refuse_once(unit):
        if unit.finish is not None:
            monkeypatch.setattr(lane.register, "commit", commit)
            raise UnitRefused
        return await commit(unit)

    monkeypatch.setattr(lane.register, "commit", refuse_once)
    heard = await web.ask(call(plan("a")))
    assert heard.code == "service_unavailable"
    assert (await closed(heard.last.request_id)).outcome == "abandoned"


async def test_a_claim_whose_fate_is_never_learnt_is_closed(start_lane, web, provider, monkeypatch):
    lane = await start_lane()
    commit = lane.register.commit

    async def commit_unheard(unit):
        await commit(unit)
        monkeypatch.setattr(lane.register, "commit", commit)
        raise FateUnknown

    monkeypatch.setattr(lane.register, "commit", commit_unheard)
    heard = await web.ask(call(plan("a")))
    assert heard.code == "service_unavailable"
    assert (await closed(heard.last.request_id)).outcome == "abandoned"
    assert provider.stats.requests == 0


async def test_what_is_in_flight_is_no_stray(start_lane, web, provider):
    await start_lane()
    heard = await web.ask(call(plan("a"), "[[demo:delay_ms=1200]]"))
    assert heard.kinds == ["done"]
    assert (await closed(heard.last.request_id)).outcome == "succeeded"

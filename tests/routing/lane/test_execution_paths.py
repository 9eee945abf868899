"""One call through the lane, with a real provider's socket, Valkey and register."""

import pytest
from asgiref.sync import sync_to_async
from lane_cast import WORST_NANO, call, deployment, plan

from audit.models import Attempt, Entry, Request
from billing.models import LedgerEntry

pytestmark = pytest.mark.django_db(transaction=True)


@sync_to_async
def story(request_id: str) -> tuple[Request, list[Attempt], list[str], list[LedgerEntry]]:
    """The request's row, its attempts, the types of its entries and its ledger."""
    return (
        Request.objects.get(pk=request_id),
        list(Attempt.objects.filter(request_id=request_id).order_by("number")),
        list(
            Entry.objects.filter(request_id=request_id)
            .order_by("emitter_seq")
            .values_list("event_type", flat=True)
        ),
        list(LedgerEntry.objects.filter(request_id=request_id).order_by("kind", "attempt")),
    )


async def test_an_answer_is_recorded_before_it_is_given(start_lane, web, provider):
    await start_lane()
    heard = await web.ask(call(plan("a")))
    row, attempts, entries, ledger = await story(heard.last.request_id)
    assert heard.kinds == ["done"]
    assert heard.answer["choices"][0]["message"]["content"]
    assert (row.state, row.outcome, row.deployment, row.attempts) == ("finished", "succeeded", "a", 1)
    assert entries == ["request.accepted", "attempt.started", "attempt.finished", "request.finished"]
    assert attempts[0].outcome == "ok"
    assert attempts[0].sent_model == "demo-a"
    assert [entry.kind for entry in ledger] == ["reserved", "settled"]
    assert ledger[1].amount_nano == row.cost_nano == heard.last.meta["cost_nano"]
    assert 0 < row.cost_nano < WORST_NANO


async def test_a_stream_arrives_in_order_and_ends_after_the_commit(start_lane, web):
    await start_lane()
    heard = await web.ask(call(plan("a"), "one two three four", stream=True))
    row, attempts, _, _ = await story(heard.last.request_id)
    assert heard.kinds[0] == "head"
    assert heard.kinds[-1] == "done"
    assert [frame.seq for frame in heard.frames] == list(range(len(heard.frames)))
    assert b'finish_reason":"stop' in heard.last.payload
    assert all(b'finish_reason":"stop' not in frame.payload for frame in heard.frames[:-1])
    assert heard.text
    assert row.outcome == "succeeded"
    assert attempts[0].first_token_ms is not None


@pytest.mark.parametrize(
    ("fault", "attempts"),
    [
        ("status=500,first=1", ["error", ""]),
        ("status=429,retry_after=0,first=1", ["rate_limit", ""]),
        ("garbage,first=1", ["error", ""]),
    ],
)
async def test_a_passing_failure_is_tried_again(start_lane, web, fault, attempts):
    await start_lane()
    heard = await web.ask(call(plan("a"), f"[[demo:{fault}]]"))
    row, tried, _, _ = await story(heard.last.request_id)
    assert row.outcome == "succeeded"
    assert [attempt.error_kind for attempt in tried] == attempts


async def test_a_failing_deployment_is_replaced_by_its_fallback(start_lane, web):
    await start_lane()
    heard = await web.ask(call(plan("a", "b"), "[[demo:status=503,fail_model=demo-a]]"))
    row, tried, _, _ = await story(heard.last.request_id)
    assert row.outcome == "succeeded"
    assert row.fallback_used
    assert [attempt.deployment for attempt in tried] == ["a", "a", "b"]
    assert heard.last.meta["deployment"] == "b"


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        ("stall", "timeout", "upstream_timeout"),
        ("delay_ms=5000", "timeout", "upstream_timeout"),
        ("garbage", "error", "upstream_error"),
        ("html", "error", "upstream_error"),
        ("empty", "error", "upstream_error"),
        ("cut_after=2", "error", "upstream_error"),
        ("status=400", "invalid_request", "upstream_rejected"),
        ("status=401", "authentication", "upstream_error"),
        ("status=429,retry_after=60", "rate_limit", "upstream_rate_limited"),
    ],
)
async def test_a_failure_has_its_code_and_its_record(start_lane, web, provider, fault, kind, code):
    await start_lane(deployment("a", provider.url, timeout_s=1))
    heard = await web.ask(call(plan("a", attempts=1), f"[[demo:{fault}]]"))
    row, attempts, entries, _ = await story(heard.last.request_id)
    assert heard.code == code
    assert (row.outcome, row.error_code) == ("failed", code)
    assert attempts[0].error_kind == kind
    assert entries[-1] == "request.finished"


@pytest.mark.parametrize("fault", ["cut_after=2", "stall,chunks=3", "error_after=2"])
async def test_a_broken_stream_never_looks_complete(start_lane, web, provider, fault):
    await start_lane(deployment("a", provider.url, timeout_s=1), deployment("b", provider.url))
    heard = await web.ask(call(plan("a", "b"), f"one two three [[demo:{fault}]]", stream=True))
    row, _, _, _ = await story(heard.last.request_id)
    assert heard.kinds[-1] == "error"
    assert row.outcome == "failed"


async def test_a_stream_that_fails_before_its_first_word_is_replaced(start_lane, web):
    await start_lane()
    heard = await web.ask(call(plan("a", "b"), "hello [[demo:cut_after=0,fail_model=demo-a]]", stream=True))
    assert heard.kinds[-1] == "done"
    assert heard.last.meta["deployment"] == "b"


async def test_unknown_usage_costs_the_worst_case(start_lane, web):
    await start_lane()
    heard = await web.ask(call(plan("a"), "[[demo:no_usage]]"))
    _, attempts, _, ledger = await story(heard.last.request_id)
    assert attempts[0].usage_unknown
    assert ledger[-1].amount_nano == WORST_NANO


async def test_unsupported_fields_refuse_without_a_call(start_lane, web, provider):
    await start_lane(deployment("a", provider.url, dialect="openai"))
    sent = call(plan("a"))
    sent.request["store"] = True
    sent.request["prediction"] = {"type": "content", "content": "x"}
    heard = await web.ask(sent)
    assert heard.kinds[-1] in ("done", "error")

"""One call through the lane, with a real provider's socket, Valkey and register."""

import asyncio
import json

import pytest
from asgiref.sync import sync_to_async
from cryptography.fernet import Fernet
from lane_cast import WORST_NANO, call, deployment, plan

from audit.contents import decrypt
from audit.core.commitment import commit
from audit.models import Attempt, Content, Entry, Request
from billing.models import LedgerEntry
from registry.models import Credential

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
    await start_lane(deployment("a", provider.url, dialect="anthropic"))
    sent = call(plan("a"))
    sent.request["logit_bias"] = {"1": 5}
    heard = await web.ask(sent)
    row, attempts, entries, ledger = await story(sent.request_id)
    assert heard.code == "unsupported_parameter"
    assert provider.stats.requests == 0
    assert attempts[0].error_kind == "unsupported"
    assert "attempt.started" not in entries
    assert (row.outcome, ledger) == ("failed", [])


@pytest.mark.parametrize("names", [["x" * 20_000], [f"{n}{'é' * 800}" for n in range(40)]])
async def test_fields_of_any_name_leave_room_in_the_record(start_lane, web, provider, names):
    """The provider has no such door, which is enough to see that it was asked, and on record before."""
    await start_lane(deployment("a", provider.url, dialect="anthropic"))
    sent = call(plan("a", attempts=1, unsupported="warn"))
    sent.request.update(dict.fromkeys(names, 1))
    heard = await web.ask(sent)
    _, attempts, entries, _ = await story(sent.request_id)
    assert heard.code != "service_unavailable"
    assert entries[:2] == ["request.accepted", "attempt.started"]
    assert json.loads(attempts[0].unsupported)[0] == names[0][:48]


async def test_a_credential_goes_to_its_own_host_alone(start_lane, web, provider):
    make = sync_to_async(Credential.objects.create)
    await make(name="key", kind="env", reference="SB_TEST_KEY", hosts=["api.example.com"])
    await start_lane(deployment("a", provider.url, credential="key"))
    heard = await web.ask(call(plan("a")))
    _, attempts, _, _ = await story(heard.last.request_id)
    assert attempts[0].error_kind == "authentication"
    assert provider.stats.requests == 0


async def test_content_is_kept_only_where_its_class_says_so(start_lane, web, settings):
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    await start_lane()
    kept, plain = call(plan("a"), store_content=True), call(plan("a"))
    heard = await web.ask(kept)
    await web.ask(plain)
    slots = sync_to_async(lambda: {row.slot: bytes(row.ciphertext) for row in Content.objects.all()})
    stored = await slots()
    assert set(stored) == {"request", "response"}
    assert decrypt(stored["response"]) == heard.last.payload


async def test_a_response_is_committed_to_as_the_client_got_it(start_lane, web):
    await start_lane()
    whole = await web.ask(call(plan("a")))
    stream = await web.ask(call(plan("a"), "a b c", stream=True))
    sent = b"\n".join(frame.payload for frame in stream.frames if frame.kind in ("chunk", "done"))
    assert await committed(whole.last.request_id) == commit(b"s" * 32, "response", whole.last.payload)
    assert await committed(stream.last.request_id) == commit(b"s" * 32, "response", sent)


@sync_to_async
def committed(request_id: str) -> str:
    return Entry.objects.get(request_id=request_id, event_type="request.finished").data["content"]["response"]


async def test_no_word_of_the_content_is_in_the_register(start_lane, web):
    await start_lane()
    heard = await web.ask(call(plan("a"), "xylophone [[demo:status=400]]"))
    bodies = sync_to_async(lambda: [row.body for row in Entry.objects.all()])
    assert heard.kinds == ["error"]
    assert not any("xylophone" in body for body in await bodies())


async def test_two_lanes_keep_one_limit(start_lane, web, provider):
    limited = deployment("a", provider.url, limits={"concurrency": 2})
    await start_lane(limited)
    await start_lane(limited)
    calls = [call(plan("a"), "[[demo:delay_ms=100]]") for _ in range(10)]
    heard = await asyncio.gather(*(web.ask(sent) for sent in calls))
    assert provider.stats.max_in_flight <= 2
    assert all(each.kinds == ["done"] for each in heard)


async def test_a_breaker_that_one_lane_opens_holds_for_the_other(start_lane, web, provider):
    await start_lane()
    await start_lane()
    for _ in range(5):
        await web.ask(call(plan("a", attempts=1), "[[demo:status=500]]"))
    heard = await asyncio.gather(*(web.ask(call(plan("a", "b"))) for _ in range(4)))
    assert [each.last.meta["deployment"] for each in heard] == ["b"] * 4


async def test_the_quirks_of_a_deployment_reach_its_dialect(start_lane, web, provider):
    """Without `stream_options` the demo provider tells no usage in a stream."""
    await start_lane(deployment("a", provider.url, quirks=["no_stream_options"]))
    heard = await web.ask(call(plan("a"), stream=True))
    _, (attempt,), _, _ = await story(heard.last.request_id)
    assert (attempt.outcome, attempt.usage_unknown) == ("ok", True)


@pytest.mark.parametrize("fault", ["", "[[demo:status=500]]", "[[demo:cut_after=2]]"])
@pytest.mark.parametrize("stream", [False, True])
async def test_the_providers_name_for_the_exchange_is_kept(start_lane, web, fault, stream):
    await start_lane()
    heard = await web.ask(call(plan("a", attempts=1), f"hello {fault}", stream=stream))
    _, (attempt,), _, _ = await story(heard.last.request_id)
    entry = Entry.objects.filter(request_id=attempt.request_id, event_type="attempt.finished")
    told = (await sync_to_async(entry.get)()).data["attempt"]
    assert attempt.upstream_request_id == told["upstream_request_id"]
    assert told["upstream_request_id"].startswith("req_demo_")


async def test_a_call_that_reached_nobody_has_no_name(start_lane, web):
    await start_lane(deployment("a", "http://127.0.0.1:1/v1"))
    heard = await web.ask(call(plan("a", attempts=1)))
    _, (attempt,), _, _ = await story(heard.last.request_id)
    assert (attempt.outcome, attempt.upstream_request_id) == ("failed", None)

"""Answers of which a provider's filter left nothing: passed on where the policy says so, else given."""

import msgspec
import pytest
from asgiref.sync import sync_to_async
from cryptography.fernet import Fernet
from lane_cast import ON, call, plan

from audit.models import Attempt, Content, Entry, Request
from billing.models import LedgerEntry

pytestmark = pytest.mark.django_db(transaction=True)

FILTERS = "[[demo:finish=content_filter,fail_model=demo-a]]"
EVERYWHERE = "[[demo:finish=content_filter]]"
ON_FILTER = (*ON, "content_filter")
BOTH_SHAPES = pytest.mark.parametrize("stream", [False, True])


@sync_to_async
def attempts(request_id: str) -> list[Attempt]:
    return list(Attempt.objects.filter(request_id=request_id).order_by("number"))


@BOTH_SHAPES
async def test_a_fallback_that_names_the_filter_moves_on_and_the_call_is_charged(start_lane, web, stream):
    await start_lane()
    heard = await web.ask(call(plan("a", "b", on=ON_FILTER), FILTERS, stream=stream))
    first, second = await attempts(heard.last.request_id)
    assert (first.outcome, first.error_kind, first.status) == ("failed", "content_filter", 200)
    assert (second.deployment, second.outcome) == ("b", "ok")
    assert heard.last.meta["deployment"] == "b"
    settled = await sync_to_async(
        lambda: list(
            LedgerEntry.objects.filter(request_id=heard.last.request_id, kind="settled").values_list(
                "attempt", "amount_nano"
            )
        )
    )()
    assert sorted(settled) == [(1, first.cost_nano), (2, second.cost_nano)]
    assert not first.usage_unknown
    assert first.cost_nano > 0


@BOTH_SHAPES
@pytest.mark.parametrize("on", [ON, ON_FILTER])
async def test_the_last_answer_is_given_as_it_came(start_lane, web, stream, on):
    await start_lane()
    names = ("a", "b") if on == ON_FILTER else ("a",)
    heard = await web.ask(call(plan(*names, on=on), EVERYWHERE, stream=stream))
    assert heard.kinds[-1] == "done"
    assert b'"content_filter"' in heard.last.payload
    row = await sync_to_async(Request.objects.get)(pk=heard.last.request_id)
    assert (row.outcome, row.attempts) == ("succeeded", len(names))


@BOTH_SHAPES
async def test_without_such_a_fallback_nobody_else_is_asked(start_lane, web, stream):
    await start_lane()
    heard = await web.ask(call(plan("a", "b"), EVERYWHERE, stream=stream))
    assert [attempt.deployment for attempt in await attempts(heard.last.request_id)] == ["a"]


@BOTH_SHAPES
async def test_an_answer_that_was_filtered_after_some_words_is_kept(start_lane, web, stream):
    await start_lane()
    text = "[[demo:finish=content_filter,tokens=6]]"
    heard = await web.ask(call(plan("a", "b", on=ON_FILTER), text, stream=stream))
    assert [attempt.outcome for attempt in await attempts(heard.last.request_id)] == ["ok"]


async def test_what_was_withheld_is_neither_kept_nor_committed_to(start_lane, web, settings):
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    await start_lane()
    sent = call(plan("a", "b", on=ON_FILTER), FILTERS, store_content=True)
    heard = await web.ask(sent)
    kept = await sync_to_async(lambda: sorted(Content.objects.values_list("slot", flat=True)))()
    assert kept == ["request", "response"]
    ends = Entry.objects.filter(request_id=sent.request_id, event_type="attempt.finished").order_by(
        "emitter_seq"
    )
    first, second = await sync_to_async(lambda: [entry.data for entry in ends])()
    assert (first["content"], first["outcome"]["kind"]) == ({}, "content_filter")
    assert second["content"]["response"]
    assert msgspec.json.decode(heard.last.payload)["choices"][0]["finish_reason"] == "stop"

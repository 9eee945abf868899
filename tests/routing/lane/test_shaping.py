"""Answers held to their task's output: brought to it, or passed on, never given as they came."""

import json
from types import SimpleNamespace

import pytest
from asgiref.sync import sync_to_async
from lane_cast import ON, call, deployment, plan, release

from audit.models import Attempt, Entry, Request
from audit.selectors.dossier import dossier, sources
from routing.adapters.contract import Delta, ProviderError
from routing.lane.shaping import Shaping
from tests.routing.core.test_normalise import output

TASK = {
    "name": "extract",
    "output": {
        "schema": json.dumps({"type": "object", "properties": {"amount": {"type": "number"}},
                              "required": ["amount"]}),
        "fields": [{"key": "amount", "names": ["total"], "synonyms": "", "default": ""}],
        "envelopes": [],
        "unknown_keys": "refuse",
        "coerces": True,
        "asked": False,
    },
}  # fmt: skip
BOTH_SHAPES = pytest.mark.parametrize("stream", [False, True])
FOUND = 'so {"total": "5"} it is'
NONE = "no number at all"


async def started(start_lane, provider):
    lane = await start_lane()
    names = (deployment("a", provider.url), deployment("b", provider.url))
    lane._releases.adopt(release(*names, number=8, tasks=[TASK]))


def asked(made, text, **changes):
    return call(made, text, task="extract", release=8, **changes)


@sync_to_async
def told(request_id):
    """What the dossier says of the shape of request and answer."""
    steps = dossier(sources(Request.objects.get(pk=request_id)))
    return next(step for step in steps if step.key == "shaped")


@pytest.mark.django_db(transaction=True)
@BOTH_SHAPES
async def test_the_client_gets_what_the_task_declares(start_lane, provider, web, stream):
    await started(start_lane, provider)
    heard = await web.ask(asked(plan("a"), FOUND, stream=stream))
    said = heard.text if stream else heard.answer["choices"][0]["message"]["content"]
    assert json.loads(said) == {"amount": 5}
    assert heard.last.meta["normalised"] == ["prose", "renamed:total>amount", "number:amount"]
    finished = await sync_to_async(Entry.objects.get)(
        request_id=heard.last.request_id, event_type="attempt.finished"
    )
    assert json.loads(finished.body)["data"]["output"]["problems"] == []
    assert "renamed:total>amount" in str(await told(heard.last.request_id))


@pytest.mark.django_db(transaction=True)
@BOTH_SHAPES
async def test_what_can_t_be_brought_to_it_is_an_error_and_is_paid(start_lane, provider, web, stream):
    await started(start_lane, provider)
    heard = await web.ask(asked(plan("a", "b"), NONE, stream=stream))
    assert heard.kinds == ["error"]
    assert heard.code == "output_invalid"
    (attempt,) = await sync_to_async(lambda: list(Attempt.objects.filter(request_id=heard.last.request_id)))()
    assert (attempt.error_kind, attempt.usage_unknown) == ("output_invalid", False)
    assert attempt.cost_nano > 0


@pytest.mark.django_db(transaction=True)
@BOTH_SHAPES
async def test_a_fallback_that_names_it_moves_on(start_lane, provider, web, stream):
    await started(start_lane, provider)
    on = (*ON, "output_invalid")
    heard = await web.ask(asked(plan("a", "b", on=on), NONE, stream=stream))
    tried = await sync_to_async(
        lambda: [each.deployment for each in Attempt.objects.filter(request_id=heard.last.request_id)]
    )()
    assert sorted(tried) == ["a", "b"]


def shaping():
    flight = SimpleNamespace(served={})
    return Shaping(flight, SimpleNamespace(received_bytes=0, output={}), output())


def piece(text=None, finish=None, **said):
    delta = {**said, **({} if text is None else {"content": text})}
    return Delta(({"index": 0, "delta": delta, "finish_reason": finish},))


def test_a_stream_is_given_at_its_end_however_it_was_split():
    text = 'Well: ```{"amount": "5"}```'
    for at in range(len(text) + 1):
        under = shaping()
        parts = [piece("", role="assistant"), piece(text[:at]), piece(text[at:]), piece(finish="stop")]
        assert [out for part in parts for out in under.delta(part)] == []
        given = under.delta(Delta(done=True))
        said = "".join(c["delta"].get("content") or "" for d in given for c in d.choices)
        assert json.loads(said) == {"amount": 5}
        assert given[-1].done
        assert len([c for d in given for c in d.choices if c["delta"].get("content")]) == 1
        assert len(given) == 4 + (at in (0, len(text)))  # role, text, finish, end; and an empty piece


def test_an_answer_that_needs_nothing_is_given_as_it_came():
    choice = {"index": 0, "message": {"content": '{ "amount": 1.10 }'}, "finish_reason": "stop"}
    assert shaping().whole((choice,)) == (choice,)


@pytest.mark.parametrize(
    "message",
    [{"tool_calls": [{"id": "1"}]}, {"content": None, "refusal": "No."}, {"function_call": {"name": "f"}}],
)
def test_calls_and_refusals_pass(message):
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    assert shaping().whole((choice,)) == (choice,)


def test_an_answer_that_was_cut_says_so():
    choice = {"index": 0, "message": {"content": '{"amount": 1'}, "finish_reason": "length"}
    with pytest.raises(ProviderError, match="cut at its limit"):
        shaping().whole((choice,))


SCHEMA = {"type": "object", "properties": {"amount": {"type": "number"}}, "required": ["amount"]}
WANTED = {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA}}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("text", "code"), [('is {"amount": 5}', ""), ('is {"amount": "5"}', "output_invalid")]
)
async def test_a_schema_told_in_words_is_held_to(start_lane, provider, web, text, code):
    await start_lane(deployment("a", provider.url, quirks=["json_schema_by_prompt"]))
    messages = [{"role": "user", "content": text}]
    heard = await web.ask(
        call(plan("a"), request={"model": "small", "messages": messages, "response_format": WANTED})
    )
    assert (heard.code if code else heard.answer["choices"][0]["message"]["content"]) == (
        code or '{"amount":5}'
    )
    assert heard.last.meta["prepared"] == ["schema_by_prompt"]


@pytest.mark.django_db(transaction=True)
async def test_old_turns_without_room_are_left_out_and_named(start_lane, provider, web):
    lane = await start_lane()
    bounds = {"deadline_s": 20, "max_attempts_per_call": 1, "unsupported": "refuse", "truncation": "oldest"}
    policy = {"name": "standard", "rules": [], "applications": [], **bounds}
    small = deployment("a", provider.url, context_window_tokens=1100)
    lane._releases.adopt(release(small, number=8, policies=[policy]))
    messages = [{"role": "user", "content": text} for text in ("long " * 400, "last")]
    heard = await web.ask(call(plan("a"), release=8, request={"model": "small", "messages": messages}))
    assert heard.last.meta["prepared"] == ["truncated:1"]
    started = await sync_to_async(Entry.objects.get)(
        request_id=heard.last.request_id, event_type="attempt.started"
    )
    truncated = json.loads(started.body)["data"]["input"]["truncated"]
    assert truncated["messages"] == 1
    assert "tokens became" in str(await told(heard.last.request_id))
    assert truncated["tokens_after"] < 100 < truncated["tokens_before"]


@pytest.mark.django_db(transaction=True)
@BOTH_SHAPES
async def test_an_answer_that_a_tool_took_comes_as_text(start_lane, provider, web, stream):
    await start_lane(deployment("a", provider.url, quirks=["json_schema_by_tool"]))
    request = {"model": "small", "messages": [{"role": "user", "content": "five"}], "response_format": WANTED}
    heard = await web.ask(call(plan("a"), stream=stream, request={**request, "stream": stream}))
    assert heard.last.meta["prepared"] == ["schema_by_tool"]
    if stream:
        said, payload = heard.text, heard.last.payload.partition(b"\n")[0]
        finish = json.loads(payload)["choices"][0]["finish_reason"]
    else:
        choice = heard.answer["choices"][0]
        said, finish = choice["message"]["content"], choice["finish_reason"]
        assert "tool_calls" not in choice["message"]
    assert finish == "stop"
    assert set(json.loads(said)) == {"amount"}

"""What is not chat through the lane: in parts, by a fallback, as bytes, and as it is paid."""

import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from cryptography.fernet import Fernet
from lane_cast import WORST_NANO, call, deployment, plan

from audit.contents import decrypt
from audit.models import Attempt, Content
from routing.lane import operating

pytestmark = pytest.mark.django_db(transaction=True)
TEXTS = [f"text {at}" for at in range(70)]


def asked(made: Any, operation: str, request: dict[str, Any], **changes: Any) -> Any:
    return call(made, operation=operation, request={"model": "small", **request}, **changes)


@sync_to_async
def attempts_of(request_id: str) -> list[Attempt]:
    return list(Attempt.objects.filter(request_id=request_id).order_by("number"))


async def test_a_large_request_goes_out_in_parts_of_one_attempt(start_lane, web, provider):
    await start_lane(deployment("a", provider.url, quirks=["small_batches"]))
    heard = await web.ask(asked(plan("a"), "embeddings", {"input": TEXTS}))
    (attempt,) = await attempts_of(heard.last.request_id)
    assert provider.stats.requests == 2
    assert [item["index"] for item in heard.answer["data"]] == list(range(70))
    assert heard.answer["usage"]["prompt_tokens"] == attempt.input_tokens == 2 * 70
    assert attempt.cost_nano == 2 * 70 * 1000


async def test_parts_that_were_served_before_one_failed_are_paid(start_lane, web, provider):
    await start_lane(deployment("a", provider.url, quirks=["small_batches"]))
    texts = [*TEXTS[:64], "[[demo:status=400]]", *TEXTS[65:]]
    heard = await web.ask(asked(plan("a", attempts=1), "embeddings", {"input": texts}))
    (attempt,) = await attempts_of(heard.last.request_id)
    assert heard.code == "upstream_rejected"
    assert (attempt.input_tokens, attempt.cost_nano) == (2 * 64, 2 * 64 * 1000)


async def test_a_dialect_that_has_no_such_operation_leaves_it_to_the_next(start_lane, web, provider):
    first = deployment("a", provider.url, dialect="anthropic")
    await start_lane(first, deployment("b", provider.url))
    heard = await web.ask(asked(plan("a", "b", on=("unsupported",)), "embeddings", {"input": "hi"}))
    kinds = [attempt.error_kind for attempt in await attempts_of(heard.last.request_id)]
    assert kinds == ["unsupported", ""]
    assert heard.answer["data"]


async def test_sound_is_given_kept_and_committed_to_as_bytes(start_lane, web, settings):
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    await start_lane()
    request = {"input": "Mind the gap", "voice": "alloy"}
    heard = await web.ask(asked(plan("a"), "speech", request, store_content=True))
    assert heard.last.payload[:4] == b"RIFF"
    assert heard.last.meta["content_type"] == "audio/wav"
    kept = await sync_to_async(
        lambda: {row.slot: decrypt(bytes(row.ciphertext)) for row in Content.objects.all()}
    )()
    assert kept["response"] == heard.last.payload
    assert json.loads(kept["request"])["input"] == "Mind the gap"


async def test_a_model_sold_by_tokens_that_tells_none_settles_at_the_worst_case(start_lane, web):
    await start_lane()
    heard = await web.ask(asked(plan("a"), "speech", {"input": "Mind the gap", "voice": "alloy"}))
    (attempt,) = await attempts_of(heard.last.request_id)
    assert attempt.usage_unknown
    assert attempt.cost_nano == WORST_NANO


@pytest.mark.parametrize("fault", ["html", "empty", "error200", "garbage", "cut_after=0"])
async def test_an_answer_that_is_none_is_an_error(start_lane, web, fault):
    await start_lane()
    said = f"[[demo:{fault}]]"
    heard = await web.ask(asked(plan("a", attempts=1), "embeddings", {"input": said}))
    assert heard.code == "upstream_error"


async def test_an_answer_that_is_too_long_says_so_and_is_not_asked_for_again(start_lane, web, monkeypatch):
    monkeypatch.setattr(operating, "MAX_ANSWER_BYTES", 1000)
    await start_lane()
    heard = await web.ask(asked(plan("a"), "embeddings", {"input": TEXTS}))
    (attempt,) = await attempts_of(heard.last.request_id)
    assert heard.code == "upstream_rejected"
    assert (attempt.input_tokens, attempt.cost_nano) == (2 * 70, 2 * 70 * 1000)

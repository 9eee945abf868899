"""Nodes of several calls for what is not chat: what is called, given, committed to and paid."""

import hashlib
import hmac

import pytest
from lane_cast import call
from routed import deployments, finished, planned, policies

pytestmark = pytest.mark.django_db(transaction=True)
ASKED = {
    "embeddings": {"input": "hello"},
    "moderations": {"input": "I will kill it"},
    "images": {"prompt": "a signal"},
    "speech": {"input": "Mind the gap", "voice": "alloy"},
}


@pytest.fixture
def ask(start_lane, web, provider):
    async def of(route: str, operation: str, said: str = "", **given):
        made, rules = deployments(provider.url, capabilities=[operation]), policies(route)
        for each in made:
            each["prices"][0] |= {"characters_nano_per_mchar": 10**9, "pictures": PICTURE}
        await start_lane(*made, policies=rules, default_policy="standard")
        plan = planned(made, rules, operation=operation, pictures=1, characters=20)
        asked = {"model": "small", **ASKED[operation], **given}
        for name in ("input", "prompt"):
            if name in asked:
                asked[name] += said
        heard = await web.ask(call(plan, operation=operation, request=asked))
        return heard, await finished(heard.last.request_id)

    return of


PICTURE = [{"size": "", "quality": "", "nano": 40_000_000}]


@pytest.mark.parametrize("operation", ["embeddings", "moderations", "speech"])
async def test_a_late_call_is_hedged(ask, operation):
    heard, found = await ask(
        "hedge after 50 ms\n  model a\n  model b", operation, "[[demo:delay_ms=8000,fail_model=demo-a]]"
    )
    assert heard.last.kind == "done"
    assert sorted(found.tried) == [("a", "cancelled"), ("b", "ok")]
    assert found.row.deployment == "b"
    if operation == "speech":
        assert heard.last.payload[:4] == b"RIFF"
        assert heard.last.meta["content_type"] == "audio/wav"
    assert found.row.cost_nano == sum(attempt.cost_nano for attempt in found.attempts)


async def test_a_shadow_is_called_and_its_vectors_are_never_given(ask):
    route = "experiment e\n  arm control\n    model a\n  shadow 1000\n    model b"
    heard, found = await ask(route, "embeddings")
    assert heard.answer["model"] == "a"
    assert sorted(found.tried) == [("a", "ok"), ("b", "ok")]
    committed = found.entries[-1]["content"]["response"]
    digest = hmac.new(b"s" * 32, b"response\x00" + heard.last.payload, hashlib.sha256)
    assert committed == digest.hexdigest()


async def test_a_tier_that_fails_is_followed_by_the_next(ask):
    route = "tiers\n  tier low\n    model a\n  tier high\n    model b"
    heard, found = await ask(route, "images", "[[demo:status=500,fail_model=demo-a]]")
    assert found.tried == [("a", "failed"), ("b", "ok")]
    assert heard.answer["data"]


@pytest.mark.parametrize(("words", "flagged"), [("I will kill it", True), ("Good morning", False)])
async def test_what_any_moderator_flags_is_flagged(ask, words, flagged):
    heard, found = await ask("ensemble by any\n  model a\n  model b", "moderations", input=words)
    assert heard.answer["results"][0]["flagged"] is flagged
    assert found.tried == [("a", "ok"), ("b", "ok")]
    assert found.notes == {"any": f"{2 if flagged else 0} of 2 flag it"}


async def test_a_moderator_that_is_away_leaves_no_answer_or_the_next_one(ask):
    down = "[[demo:status=500,fail_model=demo-a]]"
    heard, _ = await ask("ensemble by any\n  model a\n  model b", "moderations", down)
    assert heard.code == "upstream_error"
    heard, found = await ask(
        "ensemble by any\n  model a\n  model b\n  otherwise\n    model c", "moderations", down
    )
    assert heard.answer["results"][0]["flagged"] is True
    assert found.row.deployment == "c"

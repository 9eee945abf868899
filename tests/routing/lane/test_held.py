"""Answers that wait for a person: what the worker writes, what the client hears, and what it costs."""

import pytest
from asgiref.sync import sync_to_async
from cryptography.fernet import Fernet
from lane_cast import call
from routed import deployments, finished, planned, policies, told

from audit.contents import decrypt
from audit.core.commitment import commit
from audit.models import Content
from routing.models import HeldAnswer

pytestmark = pytest.mark.django_db(transaction=True)

VERIFIER = "\n  verifier 700\n    rubric Is it right?\n    model j"
ROUTE = "verify or hold\n  model a" + VERIFIER
STORED = [{"name": "internal", "rank": 10, "store_content": True}]
WRONG = '[[say:demo-a=one]][[say:demo-b=one]][[say:demo-j={"score": 10, "reason": "It is wrong"}]]'
HELD = ("held", "held_for_review")


@pytest.fixture
def ask(start_lane, web, provider, settings):
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]

    async def of(text: str, route: str = ROUTE, *, stored: bool = True, **given):
        made, rules = deployments(provider.url), policies(route)
        classes = STORED if stored else [{"name": "internal", "rank": 10}]
        parts = {"policies": rules, "default_policy": "standard", "data_classes": classes}
        await start_lane(*made, **parts)
        plan = planned(made, rules, data_classes=classes)
        heard = await web.ask(call(plan, text, store_content=stored, **given))
        return heard, await told(heard.last.request_id)

    return of


@sync_to_async
def kept(request_id):
    contents = {each.slot: decrypt(each.ciphertext) for each in Content.objects.filter(request_id=request_id)}
    return HeldAnswer.objects.get(pk=request_id), contents


@pytest.mark.parametrize("stream", [False, True])
async def test_an_answer_that_does_not_pass_is_held_and_not_given(ask, stream):
    heard, found = await ask(WRONG, stream=stream)
    assert heard.kinds == ["error"]
    assert heard.code == "held_for_review"
    row, contents = await kept(found.row.pk)
    assert (found.row.outcome, found.row.error_code) == HELD
    assert (row.state, row.path, row.reason) == ("held", "0.0", "100 of 700: It is wrong")
    assert b'"content":"one"' in contents["held"]
    assert "response" not in contents
    entry = next(each for each in found.entries if each["event"] == "review.requested")
    assert entry["content"]["held"] == commit(bytes(found.row.content_salt), "held", contents["held"])


async def test_its_money_is_settled_at_once(ask):
    _, found = await ask(WRONG)
    assert found.row.cost_nano == sum(attempt.cost_nano for attempt in found.attempts) > 0
    assert [entry.kind for entry in found.ledger] == ["reserved", "settled", "settled"]


@pytest.mark.parametrize(
    ("route", "text"),
    [
        ("fallback on error, output_invalid\n  " + ROUTE.replace("\n", "\n  ") + "\n  model b", WRONG),
        (ROUTE.replace("  model a\n", "  gate json\n  model a\n"), "[[say:demo-a=no]]"),
        (ROUTE, "[[say:demo-a=one]][[demo:status=500,fail_model=demo-j]]"),
        (
            "verify or hold\n  ensemble by all\n    model a\n    model b\n" + ROUTE.split("model a\n")[1],
            WRONG,
        ),
    ],
    ids=["no fallback goes round a person", "a gate", "a verifier that is away", "made of several"],
)
async def test_whatever_did_not_let_it_pass_it_waits(ask, route, text):
    heard, found = await ask(text, route)
    assert heard.code == "held_for_review"
    assert "b" not in dict(found.tried) or "all" in route


async def test_an_answer_that_passes_is_given(ask):
    heard, found = await ask("[[say:demo-a=one]][[say:demo-j=90]]")
    assert heard.answer["choices"][0]["message"]["content"] == "one"
    assert found.row.outcome == "succeeded"


async def test_where_nothing_may_be_stored_it_is_refused(ask):
    heard, found = await ask(WRONG, stored=False)
    assert heard.code == found.row.error_code == "output_invalid"
    assert not await sync_to_async(HeldAnswer.objects.exists)()


async def test_it_waits_while_a_shadow_still_runs(ask):
    """The client hears at once; the queue has it before the request has ended."""
    inner = ROUTE.replace("\n", "\n    ")
    route = f"experiment e\n  arm x\n    {inner}\n  shadow 1000\n    model b"
    heard, _ = await ask(WRONG + "[[demo:delay_ms=600,fail_model=demo-b]]", route)
    assert heard.code == "held_for_review"
    row, contents = await kept(heard.last.request_id)
    assert (row.state, row.path) == ("held", "0.0.0")
    assert b'"content":"one"' in contents["held"]
    found = await finished(heard.last.request_id)
    assert (found.row.outcome, found.row.error_code) == HELD
    assert ("b", "ok") in found.tried
    assert [each["event"] for each in found.entries].count("review.requested") == 1

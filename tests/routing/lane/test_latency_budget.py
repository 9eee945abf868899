"""A latency budget on real calls: shares end calls, what does not fit is skipped, and the record says so."""

import pytest
from routed import asked

pytestmark = pytest.mark.django_db(transaction=True)

VERIFY = "verify or annotate\n  model a\n  verifier 700\n    rubric Is it right?\n    model j"
STEPS = "pipeline\n  step one\n    prompt One.\n    model a\n  step two\n    prompt Two.\n    model b"


@pytest.fixture
def ask(start_lane, web, provider):
    async def of(route: str, text: str, **given):
        return await asked(start_lane, web, provider.url, route, text, **given)

    return of


async def test_a_check_that_no_longer_fits_is_skipped_and_the_answer_given(ask):
    medians_ms = {"a": 100, "j": 14_800}
    text = "[[say:demo-a=one]][[demo:delay_ms=400,fail_model=demo-a]]"
    heard, told = await ask(VERIFY, text, latency_budget_ms=15_000, medians_ms=medians_ms)
    assert heard.answer["choices"][0]["message"]["content"] == "one"
    assert told.tried == [("a", "ok")]
    assert told.notes["latency budget"].startswith("the check was skipped: 14800 ms are usual, and")
    assert heard.last.meta["route"] == ["0.0.j:latency_budget"]


async def test_a_step_is_ended_when_its_share_is_over_and_the_error_says_why(ask):
    medians_ms = {"a": 100, "b": 900}
    text = "[[demo:delay_ms=8000,fail_model=demo-a]]"
    heard, told = await ask(STEPS, text, latency_budget_ms=3_000, medians_ms=medians_ms)
    assert heard.code == told.row.error_code == "latency_budget_exceeded"
    assert told.tried == [("a", "failed")]
    assert told.attempts[0].error_kind == "latency_budget"
    assert told.row.latency_ms < 8_000


async def test_a_member_that_is_cut_leaves_the_rest_to_who_comes_after(ask):
    route = STEPS.replace("model a", "model a\n    model c")
    text = "[[demo:delay_ms=8000,fail_model=demo-a]] hello"
    _, told = await ask(route, text, latency_budget_ms=15_000, medians_ms={"a": 50, "b": 900, "c": 2_000})
    assert told.tried == [("a", "failed"), ("c", "ok"), ("b", "ok")]
    assert told.row.outcome == "succeeded"


async def test_an_optional_step_is_skipped_and_the_next_one_reads_what_is_there(ask, provider):
    middle = "  step polish optional\n    prompt Polish.\n    model c\n  step two"
    route = STEPS.replace("  step two", middle)
    medians_ms = {"a": 50, "b": 50, "c": 14_900}
    text = "[[say:demo-a=the draft]][[demo:delay_ms=200,fail_model=demo-a]] hello"
    heard, told = await ask(route, text, latency_budget_ms=15_000, medians_ms=medians_ms)
    assert told.tried == [("a", "ok"), ("b", "ok")]
    assert told.notes["latency budget"].startswith("a step was skipped: 14950 ms are usual")
    assert "the draft" in provider.stats.last_user_text
    assert heard.last.meta["route"] == ["0.1:latency_budget"]

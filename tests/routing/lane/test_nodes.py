"""Each pattern of several models through a lane, and what the record says of it afterwards."""

import msgspec
import pytest
from asgiref.sync import sync_to_async
from routed import asked, finished

from audit.selectors.dossier import dossier, sources

pytestmark = pytest.mark.django_db(transaction=True)

CASCADE = """
cascade
  gate answered
  gate number 0 100
  model a
  model b
"""
TWO = "model a\nmodel b"


def said(heard) -> str:
    return heard.answer["choices"][0]["message"]["content"]


@sync_to_async
def story(row):
    """The request's dossier, as an auditor reads it."""
    return dossier(sources(row))


@pytest.fixture
def ask(start_lane, web, provider):
    async def of(route: str, text: str, **given):
        return await asked(start_lane, web, provider.url, route, text, **given)

    return of


async def test_a_cascade_moves_on_where_a_gate_says_so(ask):
    heard, told = await ask(CASCADE, "[[say:demo-a=no idea]][[say:demo-b=42]]")
    assert said(heard) == "42"
    assert told.tried == [("a", "ok"), ("b", "ok")]
    assert (told.row.outcome, told.row.deployment, told.row.fallback_used) == ("succeeded", "b", False)
    assert heard.last.meta["route"] == ["0.0:gate_failed", "0:level"]
    gates = told.of("attempt.finished", 1)["attempt"]["gates"]
    assert [(gate["gate"], gate["passed"]) for gate in gates] == [("answered", True), ("number", False)]
    assert told.notes == {"gate failed": "number: it holds no number", "level": "2 of 2 answered"}
    assert told.row.cost_nano == sum(attempt.cost_nano for attempt in told.attempts)
    assert [entry.kind for entry in told.ledger] == ["reserved", "settled", "settled"]
    step = next(step for step in await story(told.row) if step.key == "gates")
    assert step.says == "The answer is that of call 2, at 0.1 of the route."
    assert [row[3].text for row in step.table.rows] == ["answered", "number"]


async def test_a_cascade_whose_first_answer_passes_asks_nobody_else(ask):
    heard, told = await ask(CASCADE, "[[say:demo-a=7]]")
    assert said(heard) == "7"
    assert told.tried == [("a", "ok")]
    assert told.entries[-1]["route"]["answer"] == {"path": "0.0", "attempt": 1}


async def test_a_strict_cascade_gives_no_answer_that_does_not_pass(ask):
    heard, told = await ask(CASCADE.replace("cascade", "cascade strict"), "no numbers")
    assert heard.code == "output_invalid"
    assert told.tried == [("a", "ok"), ("b", "ok")]
    assert (told.row.outcome, told.row.error_code) == ("failed", "output_invalid")


async def test_a_stream_of_a_checked_answer_comes_at_once_and_whole(ask):
    heard, told = await ask(CASCADE, "[[say:demo-a=7]]", stream=True)
    assert heard.kinds == ["head", "done"]
    chunks = [msgspec.json.decode(part) for part in heard.last.payload.split(b"\n")]
    assert chunks[0]["choices"][0]["delta"] == {"role": "assistant", "content": "7"}
    assert chunks[1]["choices"][0]["finish_reason"] == "stop"
    assert chunks[2]["usage"]["completion_tokens"] == 1
    assert told.row.outcome == "succeeded"


async def test_the_last_of_a_cascade_streams_through(ask):
    heard, told = await ask(CASCADE, "[[say:demo-a=none]] one two three", stream=True)
    assert heard.kinds[0] == "head"
    assert "chunk" in heard.kinds
    assert told.tried == [("a", "ok"), ("b", "ok")]


async def test_a_judge_scores_and_its_call_is_on_record(ask):
    route = "cascade\n  judge 700\n    rubric Is it right?\n    model j\n  model a\n  model b"
    text = '[[say:demo-a=wrong]][[say:demo-b=right]][[say:demo-j={"score": 20, "reason": "It is wrong"}]]'
    heard, told = await ask(route, text)
    assert said(heard) == "right"
    assert told.tried == [("a", "ok"), ("j", "ok"), ("b", "ok")]
    assert told.of("attempt.started", 2)["attempt"] == {"number": 2, "path": "0.0.j", "role": "judge"}
    assert told.notes["judge failed"] == "200 of 700: It is wrong"


ENSEMBLE = "ensemble by vote\n  compare number\n  model a\n  model b\n  model c"


async def test_two_of_three_agree_and_the_third_is_not_waited_for(ask):
    text = "[[say:demo-a=4]][[say:demo-b=It is 4.0]][[demo:delay_ms=8000,fail_model=demo-c]]"
    heard, told = await ask(ENSEMBLE, text)
    assert said(heard) == "4"
    assert sorted(told.tried) == [("a", "ok"), ("b", "ok"), ("c", "cancelled")]
    assert told.row.latency_ms < 8000
    loser = next(attempt for attempt in told.attempts if attempt.deployment == "c")
    assert loser.error_kind == "superseded"
    assert loser.usage_unknown == (loser.cost_nano > 0)  # whether it had been sent by then
    assert told.row.cost_nano == sum(attempt.cost_nano for attempt in told.attempts)
    assert told.notes == {"vote": "2 of 3 agree, 2 are needed"}


async def test_members_that_disagree_give_no_answer_or_escalate(ask):
    text = "[[say:demo-a=1]][[say:demo-b=2]][[say:demo-c=3]][[say:demo-d=4]]"
    heard, told = await ask(ENSEMBLE + "\n  otherwise\n    model d", text)
    assert said(heard) == "4"
    assert told.attempts[-1].deployment == "d"
    assert told.notes["no agreement"].startswith("at most 1 of 3 agree")


async def test_no_agreement_has_its_own_code(ask):
    heard, told = await ask(ENSEMBLE, "[[say:demo-a=1]][[say:demo-b=2]][[say:demo-c=3]]")
    assert heard.code == told.row.error_code == "no_agreement"


@pytest.mark.parametrize(
    ("route", "answer"),
    [
        ("ensemble by average\n  model a\n  3: model b", "2.5"),
        ("ensemble by all\n  model a\n  model b", '["1", "3"]'),
        ("ensemble by judge\n  model a\n  model b\n  helper\n    model j", "3"),
        ("ensemble by synthesis\n  model a\n  model b\n  helper\n    model j", "B"),
    ],
)
async def test_several_answers_become_one(ask, route, answer):
    heard, told = await ask(route, "[[say:demo-a=1]][[say:demo-b=3]][[say:demo-j=B]]")
    assert said(heard) == answer
    assert told.row.outcome == "succeeded"
    assert told.row.attempts == len(told.attempts)


async def test_what_fails_within_a_node_is_replaced_by_its_own_fallback(ask):
    route = "ensemble by vote\n  fallback on error\n    model a\n    model b\n  model c"
    heard, told = await ask(route, "[[say:demo-b=1]][[say:demo-c=1]][[demo:status=500,fail_model=demo-a]]")
    assert said(heard) == "1"
    assert sorted(told.tried) == [("a", "failed"), ("b", "ok"), ("c", "ok")]
    assert told.row.fallback_used


async def test_a_pipeline_hands_on_what_each_step_wrote(ask, provider):
    route = (
        "pipeline\n  step extract\n    prompt List the facts.\n    gate answered\n    model a\n"
        "  step write\n    prompt Write it up.\n    model b"
    )
    heard, told = await ask(route, "[[say:demo-a=the facts are these]] hello")
    assert told.tried == [("a", "ok"), ("b", "ok")]
    assert "the facts are these" in said(heard)
    assert "the facts are these" in provider.stats.last_user_text


async def test_a_pipeline_stops_where_a_step_does_not_pass(ask):
    route = "pipeline\n  step one\n    gate json\n    model a\n  step two\n    model b"
    heard, told = await ask(route, "[[say:demo-a=no json]]")
    assert heard.code == "output_invalid"
    assert told.tried == [("a", "ok")]


VERIFY = "verify or {}\n  model a\n  verifier 700\n    rubric Is it right?\n    model j"


@pytest.mark.parametrize(
    ("on_failure", "score", "answer"),
    [("refuse", 90, "one"), ("annotate", 10, "one"), ("escalate", 10, "two"), ("refuse", 10, None)],
)
async def test_an_answer_is_verified_by_another(ask, on_failure, score, answer):
    route = VERIFY.format(on_failure) + ("\n  otherwise\n    model b" if on_failure == "escalate" else "")
    text = f'[[say:demo-a=one]][[say:demo-b=two]][[say:demo-j={{"score": {score}}}]]'
    heard, told = await ask(route, text)
    assert told.attempts[1].deployment == "j"
    if answer is None:
        assert heard.code == "output_invalid"
    else:
        assert said(heard) == answer
        assert ("judge failed" in told.notes) is (score < 70)


CLASSIFY = """
classify by model
  helper
    prompt Is it about code?
    model j
  branch code
    model a
  otherwise
    model b
"""


@pytest.mark.parametrize(("label", "served"), [("Code.", "a"), ("poetry", "b"), ("", "b")])
async def test_a_classifier_names_the_specialist_or_the_generalist_answers(ask, label, served):
    heard, told = await ask(CLASSIFY, f"[[say:demo-j={label}]] hello", stream=True)
    assert told.row.deployment == served
    assert told.of("attempt.started", 1)["attempt"]["role"] == "classifier"
    assert heard.text


TIERS = """
tiers
  gate answered
  tier economy
    model a
  tier workhorse
    when task in reports
    model b
  tier frontier
    when task in legal
    model c
"""


@pytest.mark.parametrize(
    ("task", "text", "tried"),
    [
        ("", "hello", ["a"]),
        ("reports", "hello", ["b"]),
        ("legal", "hello", ["c"]),
        ("", "[[say:demo-a=]] hello", ["a", "b"]),
        ("reports", "[[say:demo-b=]] hello", ["b", "c"]),
    ],
)
async def test_a_request_begins_at_its_tier_and_goes_up(ask, task, text, tried):
    _, told = await ask(TIERS, text, task=task)
    assert told.tried == [(name, "ok") for name in tried]
    assert told.row.deployment == tried[-1]
    assert ("gate failed" in told.notes) is (len(tried) > 1)


async def test_a_tier_that_fails_is_followed_by_the_next(ask):
    _, told = await ask(TIERS, "[[demo:status=500,fail_model=demo-a]] hello")
    assert told.tried == [("a", "failed"), ("b", "ok")]


async def test_a_late_call_is_hedged_and_the_loser_ended(ask):
    route = "hedge after 50 ms\n  model a\n  model b"
    heard, told = await ask(route, "[[demo:delay_ms=8000,fail_model=demo-a]] hello")
    assert sorted(told.tried) == [("a", "cancelled"), ("b", "ok")]
    assert told.row.deployment == "b"
    assert told.notes == {"hedge": "the second call answered first"}
    assert heard.last.meta["attempts"] == 2


async def test_a_loser_that_was_sent_is_charged_for_what_it_may_have_used(ask):
    route = "hedge after 1500 ms\n  model a\n  model b"
    _, told = await ask(route, "[[demo:delay_ms=20000,fail_model=demo-a]] hello")
    loser = next(attempt for attempt in told.attempts if attempt.deployment == "a")
    assert (loser.error_kind, loser.usage_unknown) == ("superseded", True)
    assert loser.cost_nano > 0
    assert told.row.cost_nano == sum(attempt.cost_nano for attempt in told.attempts)


async def test_a_call_in_time_is_not_hedged(ask):
    _, told = await ask("hedge after 600000 ms\n  model a\n  model b", "hello")
    assert told.tried == [("a", "ok")]


async def test_a_shadow_is_called_and_never_given(ask):
    route = "experiment new by request\n  arm control\n    model a\n  shadow 1000\n    model b"
    heard, _ = await ask(route, "[[say:demo-a=mine]][[demo:delay_ms=300,fail_model=demo-b]]")
    assert said(heard) == "mine"
    assert heard.last.meta["deployment"] == "a"
    told = await finished(heard.last.request_id)
    assert (told.row.deployment, sorted(told.tried)) == ("a", [("a", "ok"), ("b", "ok")])
    shadow = next(attempt for attempt in told.attempts if attempt.deployment == "b")
    assert told.of("attempt.started", shadow.number)["attempt"]["role"] == "shadow"
    assert told.row.cost_nano > heard.last.meta["cost_nano"]


async def test_an_arm_streams_while_its_shadow_still_runs(ask):
    route = "experiment new by request\n  arm control\n    model a\n  shadow 1000\n    model b"
    heard, _ = await ask(route, "one two three [[demo:delay_ms=300,fail_model=demo-b]]", stream=True)
    assert "one two three" in heard.text
    assert heard.kinds[-1] == "done"
    told = await finished(heard.last.request_id)
    assert sorted(told.tried) == [("a", "ok"), ("b", "ok")]
    assert told.row.outcome == "succeeded"
    assert heard.kinds.count("done") == 1

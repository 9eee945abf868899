"""Each way of using several models, end to end on real processes with faults, and the record is read."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.promises.pattern_cases import CASES, Case, fail, say
from tests.promises.record import Record, assert_whole, moment, record
from tests.promises.told import forget_health, manage, post
from tests.stack import Stack, wait_until

pytestmark = pytest.mark.stack


@pytest.fixture(autouse=True)
def _healthy(stack: Stack) -> Iterator[None]:
    """Before, and for those who come after."""
    forget_health(stack)
    yield
    forget_health(stack)


@pytest.fixture(scope="module", autouse=True)
def _counted(stack: Stack) -> Iterator[None]:
    """After all of it the live counters are what the ledger says."""
    yield
    manage(stack, "reconcile_budgets")


def ask(stack: Stack, route: str, text: str, *, task: str = "", **more: Any) -> tuple[httpx.Response, str]:
    """The answer, and the label under which the provider counted its calls."""
    label = uuid.uuid4().hex
    told = {
        "demo": f"label={label}"
    }  # steps of a pipeline don't have the words, and helpers not the metadata
    headers = {"x-signalbox-task": task} if task else {}
    text = f"{text}[[demo:label={label}]] hello"
    return post(stack, text, model=route, metadata=told, headers=headers, **more), label


def said(answer: httpx.Response) -> str:
    """The text of an answer, whole or streamed; the code of an error."""
    if answer.is_error:
        return str(answer.json()["error"]["code"])
    if answer.headers["content-type"].startswith("application/json"):
        return str(answer.json()["choices"][0]["message"]["content"])
    lines = [line for line in answer.text.splitlines() if line.startswith("data: {")]
    choices = [choice for line in lines for choice in json.loads(line[6:])["choices"]]
    return "".join(choice["delta"].get("content") or "" for choice in choices)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_each_node_did_is_on_record(stack: Stack, case: Case, stream: bool) -> None:
    answer, label = ask(stack, case.route, case.text, task=case.task, stream=stream)
    found = record(stack, answer.headers["x-request-id"])
    assert said(answer) == case.answer, found.tried
    order: Any = sorted if case.at_once else list
    assert order(found.tried) == order(case.tried)
    assert {what: found.notes.get(what) for what in case.notes} == case.notes
    assert set(found.roles) == case.roles
    assert_whole(found)
    assert_seen_by_the_provider(stack, found, label)


def test_a_models_second_place_is_another_deployment(stack: Stack) -> None:
    """Of the same model, at a place of its own in the route, told as a fallback, and held with the first."""
    answer, _ = ask(stack, "placed", fail("spread", "status=500,first=1") + say(spread="7"))
    found = record(stack, answer.headers["x-request-id"])
    assert [each["path"] for each in found.attempts] == ["0.0.0", "0.0.1"]
    assert {each["deployment"] for each in found.attempts} == {"spread-eu", "spread-eu-2"}
    assert answer.headers["x-signalbox-fallback"] == "true"
    held = [entry["money"]["worst_case_nano"] for entry in found.of("attempt.started")]
    assert found.row["worst_case_nano"] > sum(held)  # the third call, of another model, was held too


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_a_pipeline_hands_on_what_a_step_wrote(stack: Stack, stream: bool) -> None:
    answer, label = ask(stack, "in-steps", say(cheap="the facts are these"), stream=stream)
    assert "the facts are these" in said(answer)  # the last step says what it was given
    found = record(stack, answer.headers["x-request-id"])
    assert found.tried == ["cheap ok", "dear ok"]
    assert found.gates(1) == [("answered", True)]
    assert found.end["route"]["answer"] == {"path": "0.1", "attempt": 2}
    assert_whole(found)
    assert_seen_by_the_provider(stack, found, label)


def tried_at_once(found: Record, *names: str) -> bool:
    """Each was begun before any had ended, by what is on record."""
    calls = [each for each in found.attempts if each["model"] in names]
    assert len(calls) == len(names)
    return max(moment(each["started_at"]) for each in calls) < min(
        moment(each["finished_at"]) for each in calls
    )


@pytest.mark.parametrize("route", ["voting", "picking", "writing-up"])
def test_members_of_an_ensemble_are_called_at_once(stack: Stack, route: str) -> None:
    """So it takes as long as the slowest: what follows begins when the last has ended."""
    answer, _ = ask(stack, route, say(cheap="1", twin="1", third="1") + "[[demo:delay_ms=1000]]")
    found = record(stack, answer.headers["x-request-id"])
    assert tried_at_once(found, "cheap", "twin")
    assert_whole(found)


@pytest.mark.parametrize(
    ("route", "text", "loser"),
    [
        ("voting", say(cheap="4", twin="4") + fail("third", "delay_ms=600000"), "third-1"),
        ("hedged", say(twin="4") + fail("cheap", "delay_ms=600000"), "cheap-1"),
    ],
)
def test_a_loser_that_is_cancelled_stops_at_the_provider(
    stack: Stack, route: str, text: str, loser: str
) -> None:
    """It would have gone on for ten minutes. What it may have used is charged at its worst case."""
    answer, label = ask(stack, route, text)
    found = record(stack, answer.headers["x-request-id"])
    (cut,) = (each for each in found.attempts if each["sent_model"] == loser)
    assert cut["error_kind"] == "superseded"
    if not cut["usage_unknown"]:
        return  # it was cut before it was sent: nothing to stop
    begun = found.of("attempt.started")[cut["number"] - 1]
    assert cut["cost_nano"] == begun["money"]["worst_case_nano"]
    ended = {"model": loser, "status": 200, "how": "cancelled", "label": label}
    wait_until(lambda: ended in stack.provider_stats()["recent"], "the end of the loser", 10)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_a_shadow_goes_on_behind_the_answer_and_is_settled_with_it(stack: Stack, stream: bool) -> None:
    """Here it fails, which is nobody's concern but the record's."""
    answer, label = ask(stack, "trial", say(cheap="mine") + fail("twin", "status=503"), stream=stream)
    assert said(answer) == "mine"
    found = record(stack, answer.headers["x-request-id"])
    assert sorted(found.tried) == ["cheap ok", "twin error"]
    assert (found.row["model"], found.row["outcome"]) == ("cheap", "succeeded")
    assert sorted(found.roles) == ["answer", "shadow"]
    assert_whole(found)
    assert_seen_by_the_provider(stack, found, label)


def test_a_shadow_that_nobody_can_pay_for_is_left_out_and_the_request_goes_on(stack: Stack) -> None:
    """It would be held on the budget of the experiment's shadows, which is as good as spent."""
    answer, _ = ask(stack, "thrifty", say(cheap="mine"))
    found = record(stack, answer.headers["x-request-id"])
    assert (said(answer), found.tried) == ("mine", ["cheap ok"])
    assert found.entries[0]["decision"]["stopped"] == ["shadow:thrifty"]
    assert_whole(found)


def test_an_arm_that_is_stopped_is_taken_over_by_the_control_at_once(stack: Stack) -> None:
    words = say(cheap="control", twin="canary")
    assert said(ask(stack, "two-armed", words)[0]) == "canary"
    manage(stack, "suspend", "arm", "two-armed#canary", "--reason", "Tests.", "--actor", "root")
    wait_until(lambda: said(ask(stack, "two-armed", words)[0]) == "control", "the control", 10)
    answer, _ = ask(stack, "two-armed", words)
    found = record(stack, answer.headers["x-request-id"])
    assert found.entries[0]["decision"]["stopped"] == ["arm:two-armed#canary"]
    assert_whole(found)


def test_a_shadow_is_on_no_budget_of_the_application(stack: Stack) -> None:
    answer, _ = ask(stack, "trial", say(cheap="mine", twin="other"))
    found = record(stack, answer.headers["x-request-id"])
    paid = {row["shadow"]: row["model"] for row in found.ledger if row["kind"] == "settled"}
    assert paid == {None: "cheap", "trial": "twin"}
    assert found.end["money"]["shadow_nano"] == found.attempts[found.roles.index("shadow")]["cost_nano"]


@pytest.mark.parametrize(
    ("route", "directive", "kinds"),
    [
        ("in-steps", "fail_model=dear-1,cut_after=4,chunk_ms=20", {"stream_cut", "error"}),
        ("sorted", "fail_model=cheap-1,error_after=4,chunk_ms=20", {"error"}),
        ("trial", "fail_model=cheap-1,cut_after=4,chunk_ms=20", {"stream_cut", "error"}),
    ],
)
def test_a_stream_that_broke_within_a_pattern_never_looks_complete(
    stack: Stack, route: str, directive: str, kinds: set[str]
) -> None:
    metadata = {"demo": directive}
    answer = post(stack, "one two three four five six", model=route, metadata=metadata, stream=True)
    assert '"error"' in answer.text
    assert "[DONE]" not in answer.text
    assert '"finish_reason":"' not in answer.text
    found = record(stack, answer.headers["x-request-id"])
    broken = next(each for each in found.attempts if each["outcome"] == "failed")
    assert broken["error_kind"] in kinds
    assert found.row["outcome"] == "failed"
    assert_whole(found)


def assert_seen_by_the_provider(stack: Stack, found: Record, label: str) -> None:
    """No call without its `attempt.started`; a call that was ended at once may not have come so far."""
    seen = stack.provider_labels().get(label, 0)
    certain = sum(each["error_kind"] != "superseded" for each in found.attempts)
    assert certain <= seen <= len(found.attempts)

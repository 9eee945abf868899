"""Suspensions in decisions: what is stopped, what is said of it, and that it derives again."""

import pytest

from routing.core import codec
from routing.core.advance import advance
from routing.core.decide import calls, decide
from routing.core.decision import Candidate, Plan, Reason, Refusal
from routing.core.execution import FailureKind, Outcome, Start
from routing.core.facts import Health, Live
from routing.core.release import Balance, Fallback, Model
from tests.routing.core.builders import NOW_US, deployment, facts, release, rule

A, B = deployment("a"), deployment("b", provider="other")
BOTH = release(A, B)


def suspended(*subjects: str) -> Live:
    return Live(NOW_US, {}, frozenset(subjects))


@pytest.mark.parametrize("subject", ["deployment:a", "version:a@v1", "model:a", "provider:acme"])
def test_a_suspended_deployment_is_left_out_and_its_fallback_serves(subject):
    decision = decide(BOTH, facts(), suspended(subject))
    assert isinstance(decision, Plan)
    assert [call.deployment for call in calls(decision.root)] == ["b"]
    assert decision.candidates[0] == Candidate("a", Reason.SUSPENDED, subject)


@pytest.mark.parametrize("subject", ["deployment:b", "model:b"])
def test_a_suspended_fallback_is_left_out(subject):
    decision = decide(BOTH, facts(), suspended(subject))
    assert [call.deployment for call in calls(decision.root)] == ["a"]


def test_a_suspended_member_of_a_balance_is_never_drawn():
    balanced = release(A, B, rules=(rule(Balance(((Model("a"), 99), (Model("b"), 1)))),))
    for number in range(50):
        asked = facts(request_id=f"request-{number}")
        decision = decide(balanced, asked, suspended("model:a"))
        assert [call.deployment for call in calls(decision.root)] == ["b"]


def test_a_suspended_model_that_is_asked_for_by_name_is_refused():
    decision = decide(BOTH, facts(requested="a"), suspended("model:a"))
    assert (decision.code, decision.reason, decision.detail) == ("suspended", Reason.SUSPENDED, "")


@pytest.mark.parametrize("subject", ["key:abcdefghijkl", "application:app-a", "team:team-a"])
def test_a_suspended_caller_is_refused_whatever_it_asks_for(subject):
    decision = decide(BOTH, facts(requested="nothing-like-it"), suspended(subject))
    assert decision == Refusal("suspended", Reason.SUSPENDED, "", "", subject)


@pytest.mark.parametrize("subject", ["route:std", "route:std#all"])
def test_a_suspended_route_is_refused(subject):
    decision = decide(BOTH, facts(), suspended(subject))
    assert decision == Refusal("suspended", Reason.SUSPENDED, "std", "all", subject)


def test_what_only_looks_alike_is_not_suspended():
    others = ("deployment:A", "deployment:a ", "model:a-large", "team:team", "route:st", "key:a", "team:a")
    assert decide(BOTH, facts(), suspended(*others)) == decide(BOTH, facts(), suspended())


def test_the_matrix_is_the_reason_where_all_that_is_not_suspended_is_denied():
    decision = decide(release(A, deployment("b", cells={})), facts(), suspended("model:a"))
    assert (decision.code, decision.reason) == ("data_class_denied", Reason.MATRIX_ABSENT)


@pytest.mark.parametrize(
    "subjects",
    [
        ("deployment:a",),
        ("model:a", "provider:acme", "deployment:elsewhere"),
        ("team:team-a", "key:abcdefghijkl", "model:a"),
        ("route:std#all",),
        ("model:a", "model:b"),
        ("model:elsewhere", "team:elsewhere"),
    ],
)
def test_a_recorded_decision_derives_again_byte_for_byte(subjects):
    live = suspended(*subjects)
    decision = decide(BOTH, facts(), live)
    recorded = codec.live_value(live, decision)
    assert codec.replay(BOTH, codec.facts_value(facts()), recorded) == codec.decision_bytes(decision)
    assert set(recorded.get("suspended", ())) <= set(subjects)


def test_only_what_stopped_something_is_recorded():
    many = suspended("model:a", *(f"key:other-{number}" for number in range(1_000)))
    assert codec.live_value(many, decide(BOTH, facts(), many))["suspended"] == ["model:a"]


def test_live_inputs_of_before_there_were_suspensions_are_read():
    assert codec.live_from({"now_us": 1, "open": ["a"]}) == Live(1, {"a": Health("open")}, frozenset())


def test_a_fallback_moves_on_from_what_is_suspended_whatever_it_names():
    only = release(A, B, rules=(rule(Fallback((Model("a"), Model("b")), on=("timeout",))),))
    plan = decide(only, facts(), suspended())
    skipped = Outcome("0.0", "a", ok=False, kind=FailureKind.SUSPENDED)
    step = advance(plan, [skipped], elapsed_s=0)
    assert isinstance(step, Start)
    assert step.call.deployment == "b"

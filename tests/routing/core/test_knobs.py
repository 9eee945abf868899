"""Knobs narrow what the policy allows, say what they did, and are in the record."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.core import codec
from routing.core.decide import calls, decide
from routing.core.decision import Decision, Plan, Reason, Refusal
from routing.core.facts import Health, Score
from routing.core.knobs import Knobs, Remark
from routing.core.lint import problems_of
from routing.core.release import Fallback, Model, Policy
from routing.core.routes import Arm, Branch, Cascade, Classify, Experiment, Gate, Hedge, Pipeline, Step
from tests.routing.core.builders import PRICE, deployment, facts, live, release, rule
from tests.routing.core.trained_artifact import router

ONE = 500_000  # what one attempt of any model of the builders costs at worst
A, B, C = Model("a"), Model("b"), Model("c")
THREE = (deployment("a"), deployment("b"), deployment("c"))


def decided(route: Any = None, *, health: dict[str, Health] | None = None, **knobs: Any) -> Decision:
    given_release = release(*THREE, rules=(rule(route or Fallback((A, B, C))),))
    return decide(given_release, facts(knobs=Knobs(**knobs)), live(**(health or {})))


def called(decision: Decision) -> list[str]:
    assert isinstance(decision, Plan)
    return [call.deployment for call in calls(decision.root)]


def reasons(decision: Decision) -> dict[str, Reason]:
    return {each.deployment: each.reason for each in decision.candidates if each.reason}


def test_models_outside_the_list_are_no_candidates():
    decision = decided(models=("b", "c"))
    assert called(decision) == ["b", "c"]
    assert reasons(decision) == {"a": Reason.MODEL_NOT_ALLOWED}


def test_a_list_that_allows_nothing_of_the_route_is_refused_as_such():
    decision = decided(models=("elsewhere",))
    assert isinstance(decision, Refusal)
    assert (decision.code, decision.reason) == ("no_candidate", Reason.MODEL_NOT_ALLOWED)


@pytest.mark.parametrize(
    ("attempts_paid", "models", "attempts"),
    [
        (6, ["a", "b", "c"], 2),
        (5, ["a", "b", "c"], 1),
        (3, ["a", "b", "c"], 1),
        (2, ["a", "b"], 1),
        (1, ["a"], 1),
    ],
)
def test_retries_and_then_later_members_are_left_out_until_the_worst_case_fits(
    attempts_paid, models, attempts
):
    decision = decided(max_cost_nano=attempts_paid * ONE)
    assert isinstance(decision, Plan)
    assert (called(decision), decision.max_attempts_per_call) == (models, attempts)
    assert decision.worst_case_nano <= attempts_paid * ONE


def test_the_record_says_what_was_left_out():
    decision = decided(max_cost_nano=2 * ONE)
    assert isinstance(decision, Plan)
    assert decision.remarks == (
        Remark("max_cost_usd", "without_retry"),
        Remark("max_cost_usd", "without_member", "0.2"),
    )


def test_what_can_not_be_had_for_that_is_refused_with_what_the_cheapest_costs():
    decision = decided(max_cost_nano=ONE - 1)
    assert isinstance(decision, Refusal)
    assert (decision.code, decision.reason) == ("max_cost_exceeded", Reason.OVER_MAX_COST)
    assert decision.detail == "0.0005"
    assert set(reasons(decision).values()) == {Reason.OVER_MAX_COST}


def test_who_is_too_dear_alone_is_passed_over_for_who_is_not():
    dear = deployment("a", prices=(PRICE.__class__("dear", "cd" * 32, 0, None, 10**10, 10**10),))
    given_release = release(dear, deployment("b"))
    decision = decide(given_release, facts(knobs=Knobs(max_cost_nano=2 * ONE)), live())
    assert called(decision) == ["b"]
    assert reasons(decision) == {"a": Reason.OVER_MAX_COST}


@pytest.mark.parametrize(
    ("route", "left", "what"),
    [
        (Hedge(A, B), ["a"], "without_hedge"),
        (Experiment("x", (Arm("one", A),), shadows=((B, 1_000),)), ["a"], "without_shadow"),
        (Cascade((A, B), (Gate("answered"),)), ["a"], "without_member"),
    ],
)
def test_optional_parts_are_left_out(route, left, what):
    decision = decided(route, max_cost_nano=ONE)
    assert isinstance(decision, Plan)
    assert called(decision) == left
    assert what in [remark.what for remark in decision.remarks]


def test_what_is_left_of_a_cascade_is_still_checked():
    decision = decided(Cascade((A, B), (Gate("answered"),)), max_cost_nano=ONE)
    assert isinstance(decision, Plan)
    assert codec.decision_value(decision)["root"]["node"] == "checked"


def test_steps_of_a_pipeline_are_never_left_out():
    decision = decided(Pipeline((Step("one", A), Step("two", B))), max_cost_nano=2 * ONE)
    assert isinstance(decision, Refusal)
    assert decision.code == "max_cost_exceeded"


SLOW, FAST = Health(latency_p50_ms=9_000), Health(latency_p50_ms=100)


def test_who_usually_takes_longer_is_passed_over():
    decision = decided(health={"a": SLOW, "b": FAST}, max_latency_ms=1_000)
    assert called(decision) == ["b", "c"]
    assert reasons(decision) == {"a": Reason.OVER_MAX_LATENCY}


def test_who_usually_takes_longer_is_called_where_there_is_nobody_else():
    decision = decided(A, health={"a": SLOW}, max_latency_ms=1_000)
    assert isinstance(decision, Plan)
    assert called(decision) == ["a"]
    assert decision.remarks == (Remark("max_latency_ms", "none_faster", detail="a"),)


@pytest.mark.parametrize(("max_latency_ms", "time_s"), [(1_500, 1.5), (None, 120), (900_000, 120)])
def test_the_deadline_is_the_smaller_of_the_request_s_and_the_policy_s(max_latency_ms, time_s):
    decision = decided(max_latency_ms=max_latency_ms)
    assert isinstance(decision, Plan)
    assert decision.time_s == time_s


@pytest.mark.parametrize(
    ("policy_ms", "asked_ms", "budget_ms"), [(900, None, 900), (900, 400, 400), (400, 900, 400)]
)
def test_the_latency_budget_is_the_smaller_of_the_policy_s_and_the_request_s(policy_ms, asked_ms, budget_ms):
    policy = Policy("std", (rule(A),), latency_budget_ms=policy_ms)
    given_release = release(*THREE, policies={"std": policy})
    known = facts(knobs=Knobs(max_latency_ms=asked_ms))
    decision = decide(given_release, known, live(a=FAST))
    assert isinstance(decision, Plan)
    assert (decision.latency_budget_ms, decision.root.expected_ms) == (budget_ms, 100)


@pytest.mark.parametrize(
    ("budget_ms", "is_wrong"), [(None, False), (0, True), (120_000, False), (120_001, True)]
)
def test_a_latency_budget_lies_within_the_deadline(budget_ms, is_wrong):
    policy = Policy("std", (rule(A),), latency_budget_ms=budget_ms)
    found = {each.code for each in problems_of(release(*THREE, policies={"std": policy}), 0)}
    assert ("latency_budget_wrong" in found) is is_wrong


CURVE = [
    {
        "threshold": at,
        "strong_share": share,
        "quality": quality,
        "low": 0,
        "high": 10**6,
        "most_loss": 0,
        "cost_nano": cost,
    }
    for at, share, quality, cost in (
        (1_001, 0, 500_000, 100),
        (120, 300, 700_000, 400),
        (80, 500, 760_000, 600),
        (40, 700, 780_000, 800),
        (0, 900, 775_000, 1_200),
        (-1_000, 1_000, 790_000, 1_400),
    )
]


@pytest.mark.parametrize(("dial", "threshold"), [(0, 120), (1, 120), (2, 80), (4, 40), (9, 40), (10, -1_000)])
def test_the_dial_moves_along_the_curve_from_the_cheapest_certified_up(dial, threshold):
    assert router(curve=CURVE).at_dial(dial) == threshold


def test_the_dial_never_leaves_a_budget_that_was_the_target():
    assert router(curve=CURVE, target={"cost_nano": 700}).at_dial(10) == 80


@given(
    st.lists(st.tuples(st.integers(-1_000, 1_001), st.integers(0, 10**6), st.integers(0, 10**4)), max_size=20)
)
def test_no_dial_ever_takes_less_of_the_strong_label_than_the_admin_set(points):
    curve = [dict(CURVE[0], threshold=at, quality=quality, cost_nano=cost) for at, quality, cost in points]
    judge = router(curve=[*curve, CURVE[1]])
    thresholds = [judge.at_dial(dial) for dial in range(11)]
    assert max(thresholds) <= judge.threshold


BY_GAIN = Classify((Branch("economy", A), Branch("frontier", B)), C, "trained", router="gain")


def test_the_dial_takes_no_point_whose_bound_is_worse_than_that_of_its_own():
    worse = [{**point, "most_loss": 9} if point["threshold"] == 40 else point for point in CURVE]
    assert router(curve=worse).at_dial(4) == 80


@pytest.mark.parametrize("score", [Score("gain", 50, (), "its words are new"), Score("other", 50)])
def test_a_dial_that_moves_a_threshold_that_is_not_asked_did_nothing(score):
    given_release = release(*THREE, rules=(rule(BY_GAIN),), routers={"gain": router(curve=CURVE)})
    decision = decide(given_release, facts(scores=(score,), knobs=Knobs(dial=4)), live())
    assert isinstance(decision, Plan)
    assert decision.remarks == (Remark("dial", "no_effect"),)


@pytest.mark.parametrize(
    ("dial", "model", "said"),
    [
        (None, "a", []),
        (0, "a", [Remark("dial", "no_effect")]),
        (4, "b", [Remark("dial", "threshold", detail="gain: 120 to 40")]),
    ],
)
def test_a_branch_is_taken_by_the_threshold_of_the_dial(dial, model, said):
    given_release = release(*THREE, rules=(rule(BY_GAIN),), routers={"gain": router(curve=CURVE)})
    decision = decide(given_release, facts(scores=(Score("gain", 50),), knobs=Knobs(dial=dial)), live())
    assert isinstance(decision, Plan)
    assert (called(decision), list(decision.remarks)) == ([model], said)


def test_a_dial_without_a_trained_router_says_that_it_did_nothing():
    decision = decided(dial=7)
    assert isinstance(decision, Plan)
    assert decision.remarks == (Remark("dial", "no_effect"),)


ALL = Knobs(5 * ONE, 1_000, ("a", "b"), 3)


def test_knobs_are_facts_that_come_back_from_the_record():
    known = facts(knobs=ALL)
    assert codec.facts_from(codec.facts_value(known)) == known
    assert "knobs" not in codec.facts_value(facts())


@pytest.mark.parametrize("knobs", [ALL, Knobs(max_latency_ms=500), Knobs(max_cost_nano=1)])
def test_a_decision_with_knobs_is_derived_again(knobs):
    given_release = release(*THREE)
    known, now = facts(knobs=knobs), live(a=SLOW, b=FAST, c=SLOW)
    decision = decide(given_release, known, now)
    again = codec.replay(given_release, codec.facts_value(known), codec.live_value(now, decision))
    assert again == codec.decision_bytes(decision)


def test_a_plan_with_remarks_comes_back_from_its_value():
    decision = decided(health={"a": FAST}, max_latency_ms=1_000, max_cost_nano=2 * ONE)
    assert isinstance(decision, Plan)
    assert codec.plan_from(codec.decision_value(decision)) == decision

from dataclasses import replace

import pytest

from routing.core.decide import calls, decide
from routing.core.decision import Call, FallbackPlan, Plan, Reason, Refusal
from routing.core.facts import Health
from routing.core.release import Balance, Cell, CellDecision, Condition, Fallback, Model, Policy
from tests.routing.core.builders import (
    APPROVED,
    NOW_US,
    PRICE,
    deployment,
    facts,
    live,
    release,
    rule,
)


def planned(*args) -> Plan:
    decision = decide(*args)
    assert isinstance(decision, Plan), decision
    return decision


def refused(*args) -> Refusal:
    decision = decide(*args)
    assert isinstance(decision, Refusal), decision
    return decision


def called(plan: Plan) -> list[str]:
    return [call.deployment for call in calls(plan.root)]


def cell(**changes) -> dict:
    return {"cells": {"public": replace(APPROVED, **changes)}}


CONDITIONAL = CellDecision.CONDITIONAL
EXCLUSIONS = [
    ({"cells": {}}, {}, Reason.MATRIX_ABSENT, "public"),
    (cell(decision=CellDecision.DENIED), {}, Reason.MATRIX_DENIED, "public"),
    (cell(valid_to_us=NOW_US), {}, Reason.MATRIX_EXPIRED, "public"),
    (cell(valid_from_us=NOW_US + 1), {}, Reason.MATRIX_NOT_YET_VALID, "public"),
    (cell(decision=CONDITIONAL), {}, Reason.CONDITION_UNMET, "no condition is given"),
    (cell(decision=CONDITIONAL, conditions=("moon_is_full",)), {}, Reason.CONDITION_UNMET, "moon_is_full"),
    (
        cell(decision=CONDITIONAL, conditions=("no_tools",)),
        {"needs": ("tools",)},
        Reason.CONDITION_UNMET,
        "no_tools",
    ),
    ({"enabled": False}, {}, Reason.DISABLED, ""),
    ({"lifecycle": "retired"}, {}, Reason.LIFECYCLE, "retired"),
    ({"lifecycle": "evaluating"}, {}, Reason.LIFECYCLE, "evaluating"),
    ({}, {"needs": ("tools", "vision")}, Reason.CAPABILITY_MISSING, "vision"),
    ({}, {"input_tokens": 7_951, "max_output_tokens": 50}, Reason.CONTEXT_TOO_LONG, "8000"),
    ({"prices": ()}, {}, Reason.PRICE_UNKNOWN, ""),
    ({"prices": (replace(PRICE, valid_to_us=NOW_US),)}, {}, Reason.PRICE_UNKNOWN, ""),
    ({"prices": (replace(PRICE, valid_from_us=NOW_US + 1),)}, {}, Reason.PRICE_UNKNOWN, ""),
]


@pytest.mark.parametrize(("changes", "asked", "reason", "detail"), EXCLUSIONS)
def test_an_excluded_candidate_carries_its_reason_and_what_failed(changes, asked, reason, detail):
    decision = planned(
        release(
            deployment("bad", **changes),
            deployment("good", capabilities=frozenset({"tools", "vision"}), context_window_tokens=100_000),
        ),
        facts(**asked),
        live(),
    )
    by_name = {candidate.deployment: candidate for candidate in decision.candidates}
    assert (by_name["bad"].reason, by_name["bad"].detail) == (reason, detail)
    assert by_name["good"].reason is None
    assert called(decision) == ["good"]


def test_an_open_breaker_excludes_and_a_half_open_one_probes():
    two = release(deployment("a"), deployment("b"))
    assert called(planned(two, facts(), live(a=Health(breaker="open")))) == ["b"]
    assert called(planned(two, facts(), live(a=Health(breaker="half_open")))) == ["a", "b"]


CONDITIONS = [
    ("no_tools", {}, True),
    ("no_tools", {"needs": ("parallel_tools",)}, False),
    ("no_images", {"images": 1}, False),
    ("no_images", {}, True),
    ("no_stream", {"stream": True}, False),
    ("no_stream", {}, True),
    ("application:app-a", {}, True),
    ("application:app-b", {}, False),
    ("application:", {}, False),
    ("team:team-a", {}, True),
    ("team:team-b", {}, False),
    ("max_input_tokens:100", {}, True),
    ("max_input_tokens:99", {}, False),
    ("max_input_tokens:lots", {}, False),
    ("no_tools:x", {}, False),
    ("", {}, False),
]


@pytest.mark.parametrize(("condition", "asked", "allowed"), CONDITIONS)
def test_a_conditional_cell_allows_only_where_its_condition_holds(condition, asked, allowed):
    conditional = {"public": Cell(CellDecision.CONDITIONAL, (condition,))}
    decision = decide(release(deployment("a", cells=conditional)), facts(**asked), live())
    if allowed:
        assert isinstance(decision, Plan)
    else:
        assert decision.candidates[0].reason in (Reason.CONDITION_UNMET, Reason.CAPABILITY_MISSING)
        assert isinstance(decision, Refusal)


def test_several_applications_in_a_cell_are_alternatives():
    cells = {"public": Cell(CellDecision.CONDITIONAL, ("application:app-b", "application:app-a"))}
    assert isinstance(decide(release(deployment("a", cells=cells)), facts(), live()), Plan)


REFUSALS = [
    ({"data_class": "secret"}, "data_class_denied", Reason.DATA_CLASS_UNKNOWN, "secret"),
    ({"data_class": "confidential"}, "data_class_denied", Reason.CLEARANCE_EXCEEDED, "internal"),
    ({"clearance": "nonsense"}, "data_class_denied", Reason.CLEARANCE_EXCEEDED, "nonsense"),
    ({"requested": "gpt-nowhere"}, "model_not_found", Reason.MODEL_NOT_FOUND, "gpt-nowhere"),
    ({"needs": ("audio",)}, "no_candidate", Reason.CAPABILITY_MISSING, ""),
    ({"input_tokens": 9_000}, "no_candidate", Reason.CONTEXT_TOO_LONG, ""),
]


@pytest.mark.parametrize(("asked", "code", "reason", "detail"), REFUSALS)
def test_a_refusal_has_a_stable_code_and_a_reason(asked, code, reason, detail):
    refusal = refused(release(deployment("a"), deployment("b")), facts(**asked), live())
    assert (refusal.code, refusal.reason, refusal.detail) == (code, reason, detail)


def test_the_matrix_is_named_where_it_excluded_all_that_is_in_service():
    denied = deployment("a", cells={})
    retired = deployment("b", lifecycle="retired")
    refusal = refused(release(denied, retired), facts(), live())
    assert (refusal.code, refusal.reason) == ("data_class_denied", Reason.MATRIX_ABSENT)
    assert len(refusal.candidates) == 2


def test_mixed_reasons_are_no_candidate():
    refusal = refused(release(deployment("a", cells={}), deployment("b", prices=())), facts(), live())
    assert (refusal.code, refusal.reason) == ("no_candidate", Reason.NO_CANDIDATE)


def test_a_rule_without_a_route_refuses():
    refusal = refused(release(deployment("a"), rules=(rule(None, name="never"),)), facts(), live())
    assert (refusal.code, refusal.reason, refusal.rule) == ("policy_denied", Reason.RULE_REFUSES, "never")


def test_no_rule_that_matches_refuses():
    never = rule(Model("a"), Condition("task", "in", ("other",)))
    refusal = refused(release(deployment("a"), rules=(never,)), facts(task="extract"), live())
    assert (refusal.code, refusal.reason) == ("policy_denied", Reason.NO_RULE_MATCHED)


def test_asking_for_a_model_narrows_the_default_policy():
    plan = planned(release(deployment("a"), deployment("b")), facts(requested="b"), live())
    assert called(plan) == ["b"]
    assert plan.candidates[0].reason is Reason.NOT_REQUESTED


def test_asking_for_a_model_that_the_rule_does_not_name_never_widens():
    only_a = (rule(Model("a")),)
    refusal = refused(release(deployment("a"), deployment("b"), rules=only_a), facts(requested="b"), live())
    assert (refusal.code, refusal.reason, refusal.detail) == ("policy_denied", Reason.NOT_REQUESTED, "b")


def test_a_policy_is_for_the_applications_that_it_names():
    policies = {
        "std": Policy("std", (rule(Model("a")),)),
        "own": Policy("own", (rule(Model("b")),), applications=("app-a",)),
    }
    two = release(deployment("a"), deployment("b"), policies=policies)
    assert called(planned(two, facts(requested="own"), live())) == ["b"]
    refusal = refused(two, facts(requested="own", application="app-b"), live())
    assert (refusal.code, refusal.reason) == ("policy_denied", Reason.POLICY_NOT_ALLOWED)


def test_without_a_default_policy_auto_is_not_found():
    refusal = refused(release(deployment("a"), default_policy=""), facts(), live())
    assert refusal.code == "model_not_found"


def test_all_calls_of_a_plan_share_the_queue_of_the_first():
    three = release(deployment("a", queue="eu"), deployment("b", queue="us"), deployment("c", queue="eu"))
    plan = planned(three, facts(), live())
    assert plan.queue == "eu"
    assert called(plan) == ["a", "c"]
    assert [candidate.reason for candidate in plan.candidates] == [None, Reason.OTHER_QUEUE, None]


def test_a_fallback_with_one_member_left_is_that_member():
    plan = planned(release(deployment("a", enabled=False), deployment("b")), facts(), live())
    assert isinstance(plan.root, Call)
    assert plan.root.path == "0.1"


def test_shares_follow_the_weights():
    shared = Balance(((Model("a"), 3), (Model("b"), 1)))
    two = release(deployment("a"), deployment("b"), rules=(rule(shared),))
    chosen = [called(planned(two, facts(request_id=f"r{n}"), live()))[0] for n in range(2_000)]
    assert 0.70 < chosen.count("a") / len(chosen) < 0.80


def test_a_balance_skips_what_may_not_serve():
    shared = Balance(((Model("a"), 1_000), (Model("b"), 1)))
    two = release(deployment("a", prices=()), deployment("b"), rules=(rule(shared),))
    assert called(planned(two, facts(), live())) == ["b"]


@pytest.mark.parametrize(
    ("by", "health"),
    [
        ("cost", {}),
        ("latency", {"a": Health(latency_p50_ms=900), "b": Health(latency_p50_ms=100)}),
        ("load", {"a": Health(in_flight=9), "b": Health(in_flight=1)}),
    ],
)
def test_a_balance_takes_the_least(by, health):
    dear = replace(PRICE, output_nano_per_mtok=90_000_000_000)
    shared = Balance(((Model("a"), 1), (Model("b"), 1)), by)
    two = release(deployment("a", prices=(dear,)), deployment("b"), rules=(rule(shared),))
    assert called(planned(two, facts(), live(**health))) == ["b"]


def test_deployments_of_one_model_share_by_their_weight():
    two = release(deployment("a1", "m", weight=900), deployment("a2", "m", weight=100))
    chosen = [called(planned(two, facts(request_id=f"r{n}"), live()))[0] for n in range(1_000)]
    assert 0.86 < chosen.count("a1") / len(chosen) < 0.94


def test_a_model_node_can_be_narrowed():
    eu, us = deployment("a-eu", "m"), deployment("a-us", "m", region="us", version="v2")
    for narrowed in (Model("m", region="us"), Model("m", version="v2"), Model("m", deployment="a-us")):
        plan = planned(release(eu, us, rules=(rule(narrowed),)), facts(), live())
        assert [candidate.deployment for candidate in plan.candidates] == ["a-us"]


def test_the_worst_case_is_every_call_at_its_dearest_and_every_attempt():
    dear_cache = replace(PRICE, cache_write_nano_per_mtok=4_000_000_000, request_nano=7)
    asked = facts(input_tokens_bound=1_000, images=2, choices=3, max_output_tokens=100)
    plan = planned(release(deployment("a", prices=(dear_cache,)), deployment("b")), asked, live())
    a = (1_000 + 2 * 100) * 4_000 + 3 * 100 * 2_000 + 7
    b = (1_000 + 2 * 100) * 1_000 + 3 * 100 * 2_000
    assert [call.worst_case_nano for call in calls(plan.root)] == [a, b]
    assert plan.worst_case_nano_by_model == (("a", 2 * a), ("b", 2 * b))
    assert plan.worst_case_nano == 2 * (a + b)


def test_a_search_needs_a_price_for_each_request():
    """What a provider asks for it is in no token."""
    priced = replace(PRICE, request_nano=25_000_000)
    two = release(deployment("a"), deployment("b", prices=(priced,)))
    plan = planned(two, facts(searches=True), live())
    assert called(plan) == ["b"]
    assert (plan.candidates[0].reason, plan.candidates[0].detail) == (Reason.PRICE_UNKNOWN, "request")
    assert called(planned(two, facts(), live())) == ["a", "b"]


@pytest.mark.parametrize(("bound", "reads"), [(400, 8_000), (9_000, 9_100)])
def test_a_document_is_held_as_all_that_the_window_has_room_for(bound, reads):
    """However few its bytes are: hundreds of pages may share what one of them holds."""
    asked = facts(input_tokens_bound=bound, images=1, documents=1, max_output_tokens=100)
    plan = planned(release(deployment("a")), asked, live())
    assert [call.worst_case_nano for call in calls(plan.root)] == [reads * 1_000 + 100 * 2_000]


@pytest.mark.parametrize(
    ("asked", "bound", "cap"), [(50, 400, 50), (5_000, 400, 1_000), (None, 400, 1_000), (None, 7_900, 1_000)]
)
def test_the_output_is_capped_at_the_models_maximum(asked, bound, cap):
    plan = planned(release(deployment("a")), facts(max_output_tokens=asked, input_tokens_bound=bound), live())
    assert plan.root.max_output_tokens == cap


def test_an_output_that_nobody_asked_for_leaves_room_for_the_input():
    small = deployment("a", context_window_tokens=1_000, max_output_tokens=1_000)
    asked = facts(max_output_tokens=None, input_tokens=600, input_tokens_bound=2_400)
    assert planned(release(small), asked, live()).root.max_output_tokens == 200


RULES = [
    (Condition("task", "in", ("extract",)), {"task": "extract"}, True),
    (Condition("task", "not_in", ("extract",)), {"task": "extract"}, False),
    (Condition("data_class", "at_most", ("internal",)), {"data_class": "public"}, True),
    (Condition("data_class", "at_least", ("internal",)), {"data_class": "public"}, False),
    (Condition("tag", "in", ("eu", "us")), {"tags": ("us",)}, True),
    (Condition("tag", "all_of", ("eu", "us")), {"tags": ("us",)}, False),
    (Condition("tag", "not_in", ("eu",)), {"tags": ()}, True),
    (Condition("application", "in", ("app-a",)), {}, True),
    (Condition("team", "in", ("team-b",)), {}, False),
    (Condition("input_tokens", "at_least", (100,)), {}, True),
    (Condition("input_tokens", "at_most", (99,)), {}, False),
    (Condition("capability", "in", ("tools",)), {"needs": ("tools",)}, True),
    (Condition("keyword", "in", ("Invoice",)), {"keywords": ("invoice",)}, True),
    (Condition("requested", "in", ("auto",)), {}, True),
    (Condition("end_user", "in", ("u1",)), {"end_user": "u1"}, True),
    (Condition("operation", "in", ("chat",)), {}, True),
    (Condition("prompt", "in", ("sort",)), {"prompt": "sort@3"}, True),
    (Condition("prompt", "in", ("sort@3",)), {"prompt": "sort@3"}, True),
    (Condition("prompt", "in", ("sort@2", "sor")), {"prompt": "sort@3"}, False),
    (Condition("prompt", "in", ("sort",)), {}, False),
    (Condition("prompt", "not_in", ("sort",)), {"prompt": "sort@3"}, False),
    (Condition("prompt", "not_in", ("sort@2",)), {"prompt": "sort@3"}, True),
    (Condition("prompt", "not_in", ("sort",)), {}, True),
]


@pytest.mark.parametrize(("condition", "asked", "matches"), RULES)
def test_a_rule_matches_where_its_condition_holds(condition, asked, matches):
    decision = decide(release(deployment("a"), rules=(rule(Model("a"), condition),)), facts(**asked), live())
    assert isinstance(decision, Plan) is matches


def test_the_first_rule_that_matches_decides():
    rules = (
        rule(Model("b"), Condition("task", "in", ("other",)), name="one"),
        rule(Model("a"), name="two"),
        rule(Model("b"), name="three"),
    )
    plan = planned(release(deployment("a"), deployment("b"), rules=rules), facts(), live())
    assert (plan.rule, called(plan)) == ("two", ["a"])


def test_nodes_nest_and_paths_name_their_place():
    route = Fallback((Model("a"), Balance(((Fallback((Model("b"), Model("c"))), 1),))), on=("timeout",))
    three = release(deployment("a"), deployment("b"), deployment("c"), rules=(rule(route),))
    root = planned(three, facts(), live()).root
    assert isinstance(root, FallbackPlan)
    assert root.on == ("timeout",)
    assert [call.path for call in calls(root)] == ["0.0", "0.1.0.0", "0.1.0.1"]


@pytest.mark.parametrize("by", ["weight", "cost"])
def test_a_plan_calls_no_deployment_twice(by):
    shared = Balance(((Model("a"), 1), (Model("b"), 1)), by)
    route = Fallback((shared, Model("a"), Model("b"), Model("a")))
    two = release(deployment("a"), deployment("b"), rules=(rule(route),))
    for number in range(20):
        plan = planned(two, facts(request_id=f"r{number}"), live())
        assert sorted(called(plan)) == ["a", "b"]


def test_naming_a_model_twice_falls_back_to_its_other_deployment():
    route = Fallback((Model("m"), Model("m")))
    two = release(deployment("m-eu", "m"), deployment("m-us", "m"), rules=(rule(route),))
    assert sorted(called(planned(two, facts(), live()))) == ["m-eu", "m-us"]


def test_a_session_stays_with_its_member_and_its_deployment():
    route = Balance(((Model("m"), 1), (Model("n"), 1)), sticky="session")
    several = release(
        deployment("m1", "m"), deployment("m2", "m"), deployment("n1", "n"), rules=(rule(route),)
    )

    def drawn(session, number):
        asked = facts(request_id=f"r{number}", tags=(f"session:{session}",))
        return planned(several, asked, live()).root.deployment

    assert all(len({drawn(session, number) for number in range(8)}) == 1 for session in "abc")
    assert {drawn(session, 0) for session in range(30)} == {"m1", "m2", "n1"}


@pytest.mark.parametrize(("floor", "served"), [(0, "a"), (700, "b"), (900, "c"), (990, "c")])
def test_the_best_value_is_the_cheapest_that_is_good_enough(floor, served):
    prices = {
        name: (replace(PRICE, output_nano_per_mtok=nano),)
        for name, nano in (("a", 10**9), ("b", 10**10), ("c", 10**11))
    }
    members = ((Model("a"), 500), (Model("b"), 800), (Model("c"), 950))
    made = [deployment(name, prices=prices[name]) for name in "abc"]
    valued = release(*made, rules=(rule(Balance(members, "value", floor=floor)),))
    assert planned(valued, facts(), live()).root.deployment == served

"""Nodes for what is not chat: which hold, what is refused before it is published, and flags of any member."""

import json

import pytest

from routing.core.combining import Combined, Disagreed, Undecided, combined
from routing.core.decide import decide
from routing.core.decision import Call, EnsemblePlan, ExperimentPlan, FallbackPlan, HedgePlan, Plan
from routing.core.lint.release import policy_problems
from routing.core.moderating import any_flags
from routing.core.notation import parse_route
from routing.core.operations import CHAT, OTHERS
from routing.core.release import Condition, Policy
from routing.core.route_document import route_from
from tests.routing.core.builders import deployment, facts, live, release, rule

HOLD_FOR_ALL = {
    "tiers\n  tier low\n    model a\n  tier high\n    model b": FallbackPlan,
    "experiment e\n  arm x\n    model a\n  shadow 1000\n    model b": ExperimentPlan,
    "hedge after 50 ms\n  model a\n  model b": HedgePlan,
    "classify by rules\n  branch x\n    when task in code\n    model a\n  otherwise\n    model b": Call,
}
FOR_CHAT = {
    "cascade": "cascade\n  gate answered\n  model a\n  model b",
    "tiers with checks": "tiers\n  gate answered\n  tier low\n    model a\n  tier high\n    model b",
    "pipeline": "pipeline\n  step x\n    model a",
    "verify": "verify\n  model a\n  verifier\n    rubric x\n    model b",
    "ensemble by vote": "ensemble by vote\n  model a\n  model b",
    "classify by model": "classify by model\n  helper\n    model a\n  branch x\n    model a\n"
    "  otherwise\n    model b",
}
ANY = "ensemble by any\n  model a\n  model b"


def decided(text, operation):
    models = [deployment(name, name, capabilities=frozenset({operation} - {CHAT})) for name in "ab"]
    asked = release(*models, rules=(rule(route_from(parse_route(text))),))
    return decide(asked, facts(operation=operation, input_tokens_bound=10, pictures=1, audio_ms=10), live())


@pytest.mark.parametrize("operation", ["embeddings", "moderations"])
@pytest.mark.parametrize(("text", "kind"), HOLD_FOR_ALL.items())
def test_a_node_that_chooses_whom_to_call_holds_for_every_operation(text, kind, operation):
    plan = decided(text, operation)
    assert isinstance(plan, Plan)
    assert isinstance(plan.root, kind)


@pytest.mark.parametrize("text", FOR_CHAT.values(), ids=FOR_CHAT)
def test_a_node_that_reads_answers_is_for_chat(text):
    assert decided(text, "embeddings").code == "no_candidate"


@pytest.mark.parametrize(
    ("operation", "serves"), [("moderations", True), ("embeddings", False), (CHAT, False)]
)
def test_flags_of_any_member_are_for_moderations(operation, serves):
    assert isinstance(decided(ANY, operation), Plan) is serves


@pytest.mark.parametrize(
    ("text", "named", "codes"),
    [
        *((text, ("embeddings",), ["operation_unsuited"]) for text in FOR_CHAT.values()),
        *((text, (), []) for text in FOR_CHAT.values()),
        *((text, tuple(OTHERS), []) for text in HOLD_FOR_ALL),
        (ANY, ("moderations",), []),
        (ANY, ("moderations", "embeddings"), ["operation_unsuited"]),
        (ANY, (), ["operation_unsuited"]),
    ],
)
def test_what_means_nothing_for_a_rules_operations_is_not_published(text, named, codes):
    conditions = (Condition("operation", "in", named),) if named else ()
    asked = rule(route_from(parse_route(text)), *conditions)
    found = policy_problems(
        Policy("std", (asked,)), release(deployment("a"), deployment("b"), rules=(asked,))
    )
    assert [problem.code for problem in found if problem.code == "operation_unsuited"] == codes


def moderation(*flags: bool, **scores: float) -> str:
    results = [
        {"flagged": flag, "categories": {"hate": flag}, "category_scores": {"hate": 0.5, **scores}}
        for flag in flags
    ]
    return json.dumps({"id": "m", "model": "a", "results": results})


def test_whatever_any_flags_is_flagged_with_the_highest_score():
    whole = json.loads(
        any_flags([moderation(False, True, hate=0.2), moderation(True, False, hate=0.9, x=0.1)])
    )
    assert [each["flagged"] for each in whole["results"]] == [True, True]
    assert whole["results"][0]["categories"] == {"hate": True}
    assert whole["results"][0]["category_scores"] == {"hate": 0.9, "x": 0.1}
    assert (whole["id"], whole["model"]) == ("m", "a")


@pytest.mark.parametrize(
    ("answers", "pending", "kind"),
    [
        ((moderation(True), moderation(False)), (False, False), Combined),
        ((moderation(True), None), (False, True), Undecided),
        ((moderation(True), None), (False, False), Disagreed),
        ((moderation(True), "no moderation"), (False, False), Disagreed),
        ((moderation(True), '{"results": []}'), (False, False), Disagreed),
        ((moderation(True), moderation(True, True)), (False, False), Disagreed),
    ],
)
def test_a_moderation_that_is_missing_is_no_clean_one(answers, pending, kind):
    calls = tuple(Call(f"0.{at}", name, 1, 1, "p") for at, name in enumerate("ab"))
    node = EnsemblePlan("0", calls, (1, 1), "any", 2)
    assert isinstance(combined(node, answers, pending), kind)

import pytest

from audit.models import Request
from audit.selectors.sources import Sources
from audit.selectors.steps_decision import decided
from audit.selectors.words import REASONS
from routing.core.codec import decision_value
from routing.core.decide import decide
from routing.core.decision import Reason
from routing.core.document import route_from
from routing.core.notation import parse_conditions, parse_route
from routing.core.words import (
    REASON_WORDS,
    decision_in_words,
    route_outline,
    rule_in_words,
    verdict_in_words,
)
from tests.routing.core.builders import deployment, facts, live, release, rule


@pytest.mark.parametrize(
    ("conditions", "route", "words"),
    [
        ("", "model a", "always: a"),
        ("", "refuse", "always: refuse"),
        (
            "task in extract\ndata_class at_most internal",
            "model a\nmodel b region eu",
            "if task is extract and data class is at most internal, then first a, then b (region eu)",
        ),
        (
            "tag in x, y\nteam not_in z",
            "balance by cost\n  model a\n  model b",
            "if tags hold x or y and team is not z, then the cheapest of a and b",
        ),
        (
            "keyword not_in x\ncapability all_of tools, vision",
            "balance\n  3: model a\n  1: fallback\n    model b\n    model c",
            "if keywords do not hold x and needed capabilities hold tools and vision, "
            "then one of, by share a (3 of 4) and (first b, then c) (1 of 4)",
        ),
    ],
)
def test_a_rule_reads_as_a_sentence(conditions, route, words):
    assert rule_in_words(parse_conditions(conditions), parse_route(route)) == words


def test_an_outline_is_nested_lists():
    assert route_outline(parse_route("fallback on error\n  model a\n  balance\n    model b")) == [
        "in this order, on error",
        ["a", "one of, by share", ["b (1 of 1)"]],
    ]


def test_decisions_and_verdicts_read_as_sentences():
    two = release(deployment("a"), deployment("b", cells={}))
    plan = decide(two, facts(), live())
    assert decision_in_words(plan) == "Rule “all” of policy “std”: a."
    assert [verdict_in_words(candidate) for candidate in plan.candidates] == [
        "may serve",
        "the matrix says nothing for this data class, which denies (public)",
    ]
    refusal = decide(two, facts(requested="nobody"), live())
    assert decision_in_words(refusal) == (
        "Refused (model_not_found): there is no such model or policy (nobody)."
    )


def test_every_reason_has_words():
    assert set(REASON_WORDS) == set(Reason)


def test_every_reason_has_words_in_the_dossier():
    assert set(REASONS) >= {reason.value for reason in Reason}


@pytest.mark.parametrize(
    ("route", "words", "dossier"),
    [
        ("model a\nmodel b", "first a, then b", "call a, and where that fails b."),
        (
            "cascade\n  gate answered\n  model a\n  model b",
            "first checked (a), then b",
            "a route of several models, that may call a, b.",
        ),
        (
            "ensemble by judge\n  model a\n  model b\n  helper\n    model j",
            "at once (a, b, j)",
            "a route of several models, that may call a, b, j.",
        ),
    ],
)
def test_a_plan_of_any_shape_is_told(route, words, dossier):
    made = [deployment(name) for name in "abj"]
    plan = decide(release(*made, rules=(rule(route_from(parse_route(route))),)), facts(), live())
    assert decision_in_words(plan) == f"Rule “all” of policy “std”: {words}."
    sources = Sources(Request(policy="std", rule="all"), [], [], [], decision=decision_value(plan))
    assert decided(sources).says == f"Policy std, rule “all”: {dossier}"

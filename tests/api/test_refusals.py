"""A refusal says precisely what happened and what to do, and names nobody else."""

from dataclasses import replace
from typing import Any

import httpx
import pytest
from stack import Stack

from routing.api.errors import MAX_MESSAGE_CHARS
from routing.api.refusals import error_of, shown_detail
from routing.core.decide import decide
from routing.core.decision import Candidate, Reason, Refusal
from routing.core.facts import Health
from routing.core.release import Cell, CellDecision, Deployment, Model, Policy, Rule
from tests.routing.core.builders import deployment, facts, live, release, rule

DENIED = {"public": Cell(CellDecision.DENIED)}
OTHERS = Cell(CellDecision.CONDITIONAL, ("team:secret-project",))


def message(*deployments: Deployment, rules: tuple[Rule, ...] | None = None, **changes: Any) -> str:
    """What a request to a release of these deployments is told."""
    policies = changes.pop("policies", None)
    given = release(*deployments, rules=rules)
    given = replace(given, policies={**given.policies, **policies}) if policies else given
    known = facts(**changes)
    decision = decide(given, known, live())
    assert isinstance(decision, Refusal), decision
    return error_of(decision, known).message


def test_a_label_above_the_clearance() -> None:
    said = message(deployment("a"), data_class="confidential", declared_data_class="confidential")
    assert said.startswith("This key may send at most internal data; the request is labelled confidential.")


def test_no_label_above_the_clearance() -> None:
    said = message(deployment("a"), data_class="confidential")
    assert "has no label, and is therefore taken for confidential" in said


def test_a_class_that_is_not_released() -> None:
    assert "data class moon of this key is not in the live release" in message(
        deployment("a"), data_class="moon"
    )


def test_the_matrix_is_counted_by_reason() -> None:
    said = message(deployment("a", cells={}), deployment("b", cells={}), deployment("c", cells=DENIED))
    assert said == (
        "No deployment of the rule “all” is approved for public data "
        "(3 candidates: 2 matrix_absent, 1 matrix_denied). Ask an administrator to review the compliance "
        "matrix, or label the request lower if that is what it is."
    )


def test_what_the_request_needs_is_named() -> None:
    said = message(deployment("a"), deployment("b", cells={}), needs=("vision",))
    assert "can serve this request (2 candidates: 1 capability_missing, 1 matrix_absent)" in said
    assert "The request needs vision" in said


@pytest.mark.parametrize(
    ("changes", "known", "advice"),
    [
        ({"enabled": False}, {}, "not in service"),
        ({"prices": ()}, {}, "enter a price"),
        ({}, {"input_tokens": 9_000}, "about 9000 tokens: shorten it"),
    ],
)
def test_each_reason_comes_with_what_to_do(
    changes: dict[str, Any], known: dict[str, Any], advice: str
) -> None:
    assert advice in message(deployment("a", **changes), **known)


@pytest.mark.parametrize(
    ("rules", "known", "said"),
    [
        ((), {"task": "code"}, "No rule of the policy “std” is for this request (task “code”, public data)."),
        ((rule(None, name="stop"),), {}, "The rule “stop” of the policy “std” refuses such requests."),
        ((rule(Model("a")),), {"requested": "b"}, "does not lead to the model “b”"),
        (None, {"requested": "ghost"}, "There is no model or policy “ghost”."),
    ],
)
def test_policies_say_which_rule(rules: Any, known: dict[str, Any], said: str) -> None:
    assert said in message(deployment("a"), deployment("b"), rules=rules, **known)


def test_a_policy_of_another_application_names_only_the_one_that_asks() -> None:
    guarded = Policy("guarded", (rule(Model("a")),), applications=("secret-app",))
    said = message(deployment("a"), policies={"guarded": guarded}, requested="guarded")
    assert "is not open to the application app-a" in said
    assert "secret" not in said


def test_conditions_that_name_another_team_are_not_shown() -> None:
    said = message(deployment("a", cells={"public": OTHERS}))
    assert "1 candidate: 1 condition_unmet" in said
    assert "secret" not in said
    candidate = Candidate("a", Reason.CONDITION_UNMET, OTHERS.conditions[0])
    assert shown_detail(candidate) == "team:another"
    assert shown_detail(replace(candidate, detail="no_tools")) == "no_tools"


def test_what_is_only_failing_now_may_be_tried_again() -> None:
    given, known = release(deployment("a")), facts()
    decision = decide(given, known, live(a=Health(breaker="open")))
    assert isinstance(decision, Refusal)
    error = error_of(decision, known)
    assert (error.code, error.status) == ("service_unavailable", 503)


def test_every_reason_of_a_refusal_fits_and_ends_as_a_sentence() -> None:
    long = "x" * 5_000
    known = facts(requested=long, task=long, application=long, data_class=long, clearance=long)
    for reason in Reason:
        candidates = tuple(Candidate(f"d{at}", why) for at, why in enumerate(Reason))
        said = error_of(Refusal("policy_denied", reason, long, long, long, candidates), known).message
        assert len(said) <= MAX_MESSAGE_CHARS
        assert said.count("x" * 121) == 0


CASES = [
    ({"metadata": {"data_class": "restricted"}}, "This key may send at most confidential data"),
    ({"model": "guarded"}, "is not open to the application main"),
    ({"model": "no-such"}, "GET /v1/models lists"),
    ({"metadata": {"task": "forbidden"}}, "The rule “forbidden” of the policy “standard” refuses"),
    ({"model": "spare"}, "does not lead to the model “spare”"),
]


@pytest.mark.stack
@pytest.mark.parametrize(("body", "said"), CASES)
def test_the_api_says_it_and_the_candidates_only_where_they_were_asked_for(
    stack: Stack, body: dict[str, Any], said: str
) -> None:
    asked = {"model": "auto", "messages": [{"role": "user", "content": "Hello"}], **body}
    urls = [f"{stack.api_url}/{path}" for path in ("chat/completions", "route")]
    refused, previewed = (
        httpx.post(url, json=asked, headers=stack.headers(), timeout=30).json() for url in urls
    )
    assert said in refused["error"]["message"]
    assert set(refused) == {"error"}
    assert previewed["would_answer"]["message"] == refused["error"]["message"]
    assert isinstance(previewed["candidates"], list)

"""What lint says of models that are on their way out, and of budgets that one request may pass."""

from decimal import Decimal
from typing import Any

import pytest

from billing.models import Budget
from routing.budget_findings import validate_budgets
from routing.core.lint import problems_of
from routing.core.lint.budgets import Limit, budget_problems
from routing.core.release import Balance, Condition, Fallback, Model, Policy, Release
from tests.routing.core.builders import NOW_US, deployment, release, rule

A, B = Model("a"), Model("b")
# 8,000 tokens in at 1 USD and 1,000 out at 2 USD per million: 0.01 USD a call, and each is tried twice.
ONE_CALL_NANO = 10_000_000
DEAR = 2 * ONE_CALL_NANO


def retiring(*states: str) -> list[str]:
    deployments = [
        deployment(f"a{place}", "a", lifecycle=state, version=f"v{place}")
        for place, state in enumerate(states)
    ]
    found = problems_of(release(*deployments, rules=(rule(A),)), NOW_US)
    return [problem.code for problem in found if problem.code.startswith("model_")]


@pytest.mark.parametrize(
    ("states", "codes"),
    [
        (("approved",), []),
        (("approved", "deprecated"), []),
        (("deprecated",), ["model_retiring"]),
        (("deprecated", "retired"), ["model_retiring"]),
        (("retired",), ["model_retired"]),
    ],
)
def test_a_route_to_a_model_on_its_way_out_is_told(states: tuple[str, ...], codes: list[str]) -> None:
    assert retiring(*states) == codes


def over(route: Any, *conditions: Condition, limit_nano: int = DEAR - 1, **scope: str) -> list[str]:
    asked: Release = release(
        deployment("a"), deployment("b", provider="other"), rules=(rule(route, *conditions),)
    )
    limit = Limit("small", limit_nano, **scope)
    return [problem.message for problem in budget_problems(asked, [limit], NOW_US)]


@pytest.mark.parametrize(
    ("route", "cost_nano"),
    [(A, DEAR), (Fallback((A, B)), 2 * DEAR), (Balance(((A, 1), (B, 1))), DEAR)],
)
def test_the_largest_request_of_a_route_is_what_counts(route: Any, cost_nano: int) -> None:
    assert len(over(route, limit_nano=cost_nano - 1)) == 1
    assert over(route, limit_nano=cost_nano) == []


@pytest.mark.parametrize(
    ("conditions", "scope", "told"),
    [
        ((), {"model": "a"}, True),
        ((), {"model": "b"}, False),
        ((Condition("application", "in", ("x",)),), {"application": "x"}, True),
        ((Condition("application", "in", ("x",)),), {"application": "y"}, False),
        ((Condition("team", "not_in", ("x",)),), {"team": "x"}, False),
        ((Condition("team", "not_in", ("x",)),), {"team": "y"}, True),
        ((Condition("task", "in", ("x",)),), {"team": "y"}, True),
    ],
)
def test_only_what_a_budget_covers_counts(
    conditions: tuple[Condition, ...], scope: dict[str, str], told: bool
) -> None:
    assert bool(over(A, *conditions, **scope)) is told


def test_who_may_not_ask_for_a_policy_does_not_pay_for_it() -> None:
    policies = {
        "std": Policy("std", (rule(B),)),
        "own": Policy("own", (rule(A),), applications=("x",)),
    }
    asked = release(deployment("a"), deployment("b", prices=()), policies=policies)
    limits = [Limit("x a day", 1, application="x"), Limit("y a day", 1, application="y")]
    found = budget_problems(asked, limits, NOW_US)
    assert [problem.subject for problem in found] == ["budget x a day"]


def test_it_names_the_dearest_rules_and_both_amounts() -> None:
    rules = tuple(rule(A, name=f"rule-{place}") for place in range(5))
    (problem,) = budget_problems(release(deployment("a"), rules=rules), [Limit("small", 1)], NOW_US)
    assert "policy std (rule-0, rule-1, rule-2 and 2 more) may cost 0.02 USD" in problem.message


@pytest.mark.django_db
def test_hard_budgets_in_force_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, changes in (("hard", {}), ("told", {"enforcement": "alert_only"}), ("off", {"enabled": False})):
        Budget.objects.create(name=name, limit_usd=Decimal("0.001"), **changes)
    monkeypatch.setattr("routing.budget_findings.release_from", lambda *_: release(deployment("a")))
    assert [found.subject for found in validate_budgets({}, NOW_US)] == ["budget hard"]


@pytest.mark.django_db
def test_a_document_that_can_not_be_read_is_for_the_policies_to_tell() -> None:
    assert list(validate_budgets({"schema": 99}, NOW_US)) == []

"""Which lines of a batch go by their provider's batch service, and what is held for them."""

from dataclasses import replace
from typing import Any

import pytest

from routing.core import codec
from routing.core.batching import DEADLINE_S, PROVIDER_BATCHES, is_possible
from routing.core.decide import decide
from routing.core.decision import Call, Plan
from routing.core.release import Band, Cell, CellDecision, Deployment, Model, Provider, Release
from routing.core.routes import Places
from tests.routing.core.builders import CLASSES, PRICE, deployment, facts, live, release, rule

HALF = replace(PRICE, bands=(Band(batch=True, factor_millionths=500_000),))


def marked(name: str = "a", **changes: Any) -> Deployment:
    return deployment(name, **{"quirks": (PROVIDER_BATCHES,), "prices": (HALF,), **changes})


def plan_of(*deployments: Deployment, classes: Any = CLASSES, **asked: Any) -> Plan:
    decision = decide(release(*deployments, data_classes=classes), facts(batch=True, **asked), live())
    assert isinstance(decision, Plan)
    return decision


def test_a_batch_is_held_at_its_own_price_and_no_fallback_is():
    plan = plan_of(marked(), deployment("b"))
    assert isinstance(plan.root, Call)
    assert (plan.batch, plan.deadline_s, plan.max_attempts_per_call) == (True, DEADLINE_S, 1)
    ordinary = plan_of(deployment("a"))
    assert plan.worst_case_nano == plan.root.worst_case_nano == ordinary.root.worst_case_nano // 2
    assert plan.worst_case_nano_by_model == (("a", plan.worst_case_nano),)


def test_of_a_model_in_several_places_the_first_is_held_alone():
    two = (marked("east", model="large"), marked("west", model="large"))
    made = release(*two, rules=(rule(Places(Model("large"), 2)),))
    plan = decide(made, facts(batch=True), live())
    assert isinstance(plan, Plan)
    assert isinstance(plan.root, Call)
    assert (plan.batch, plan.root.path) == (True, "0.0")
    assert plan.worst_case_nano == plan.root.worst_case_nano


@pytest.mark.parametrize("operation", ["embeddings", "moderations"])
def test_what_makes_no_text_is_held_at_its_own_price_too(operation):
    asked = {"operation": operation, "max_output_tokens": 0}
    plan = plan_of(marked(capabilities=frozenset({operation})), **asked)
    ordinary = plan_of(deployment("a", capabilities=frozenset({operation})), **asked)
    assert (plan.batch, ordinary.batch) == (True, False)
    assert isinstance(ordinary.root, Call)
    assert plan.worst_case_nano == ordinary.root.worst_case_nano // 2 > 0


NO_RETENTION = {"public": Cell(CellDecision.APPROVED, ("zero_retention",))}


@pytest.mark.parametrize(
    ("deployments", "asked"),
    [
        ([marked(quirks=())], {}),
        ([marked(prices=(PRICE,))], {}),
        ([marked(cells=NO_RETENTION)], {}),
        ([marked()], {"service_tier": "priority"}),
        ([deployment("a"), marked("b")], {}),
        ([marked(capabilities=frozenset({"speech"}))], {"operation": "speech"}),
    ],
)
def test_other_lines_run_as_any_request_does(deployments, asked):
    decision = decide(kept_by_none(release(*deployments)), facts(batch=True, **asked), live())
    assert isinstance(decision, Plan)
    assert not decision.batch
    assert "batch" not in codec.decision_value(decision)


def kept_by_none(made: Release) -> Release:
    """With a provider that keeps nothing, so that the matrix's condition is met."""
    return replace(made, providers={"acme": Provider("acme", zero_retention=True)}, digest="kept")


def test_a_class_that_asks_for_zero_retention_stays_out_of_batches():
    classes = {**CLASSES, "public": replace(CLASSES["public"], requirements=("zero_retention",))}
    decision = decide(kept_by_none(release(marked(), data_classes=classes)), facts(batch=True), live())
    assert isinstance(decision, Plan)
    assert not decision.batch


def test_the_decision_derives_again_from_its_record():
    kept, asked, now = release(marked()), facts(batch=True), live()
    plan = decide(kept, asked, now)
    recorded = codec.facts_value(asked), codec.live_value(now, plan)
    assert codec.replay(kept, *recorded) == codec.decision_bytes(plan)
    assert codec.plan_from(codec.decision_value(plan)) == plan
    assert "batch" not in codec.facts_value(facts())


def test_a_release_without_a_mark_asks_no_line_twice():
    assert is_possible(release(marked()))
    assert not is_possible(release(deployment("a")))

"""A model in several of its places: which, in what order, at what cost, and what is told of them."""

import pytest

from routing.core.decide import decide
from routing.core.decision import Call, FallbackPlan, Plan
from routing.core.draws import draw_by_weight
from routing.core.failover import uncovered
from routing.core.knobs import Knobs
from routing.core.lint import problems_of
from routing.core.lint.budgets import worst_of
from routing.core.lint.latency import worst_latency_s
from routing.core.parts import depth_of, models_of
from routing.core.pictures import Note, picture
from routing.core.release import Policy
from routing.core.route_document import RouteUnreadable, route_from
from routing.core.routes import (
    DEFAULT_FALLBACK_ON,
    Balance,
    Cascade,
    Ensemble,
    Fallback,
    Gate,
    Judge,
    Model,
    Places,
    Voter,
)
from routing.core.words import route_in_words
from tests.routing.core.builders import NOW_US, deployment, facts, live, release, rule

LARGE = Model("large")
IDS = [f"request-{at}" for at in range(60)]


def places(*names, **changes):
    return [deployment(name, "large", **changes) for name in names]


def plan_of(route, *deployments, more=(), **asked):
    made = release(*(deployments or places("east", "north", "west")), *more, rules=(rule(route),))
    decision = decide(made, facts(**asked), live())
    return decision if isinstance(decision, Plan) else None


def names_of(node):
    return [node.deployment] if isinstance(node, Call) else [n for part in node.parts for n in names_of(part)]


def test_places_are_a_fallback_over_deployments_none_of_which_is_called_twice():
    root = plan_of(Places(LARGE, 8)).root
    assert isinstance(root, FallbackPlan)
    assert (root.path, root.on) == ("0", DEFAULT_FALLBACK_ON)
    assert [call.path for call in root.members] == ["0.0", "0.1", "0.2"]
    assert sorted(names_of(root)) == ["east", "north", "west"]


def test_the_first_place_is_the_one_that_a_model_in_one_place_would_have():
    for asked in IDS:
        alone = plan_of(LARGE, request_id=asked).root
        assert names_of(plan_of(Places(LARGE, 2), request_id=asked).root)[0] == alone.deployment


def test_further_places_are_drawn_by_weight_from_those_that_are_left():
    weighed = [deployment(name, "large", weight=weight) for name, weight in (("a", 1), ("b", 5), ("c", 90))]
    for asked in IDS:
        names, weights, drawn = ["a", "b", "c"], [1, 5, 90], []
        for place in ("0", "0.1", "0.2"):
            at = draw_by_weight(asked, place, weights)
            drawn.append(names.pop(at))
            weights.pop(at)
        assert names_of(plan_of(Places(LARGE, 3), *weighed, request_id=asked).root) == drawn


def test_the_one_place_that_may_serve_is_a_call():
    root = plan_of(Places(LARGE, 3), *places("east"), *places("west", enabled=False)).root
    assert (root.path, root.deployment) == ("0.0", "east")
    assert plan_of(Places(LARGE, 3), *places("west", enabled=False)) is None


def test_every_place_is_reserved():
    plan = plan_of(Places(LARGE, 3))
    each_nano = [call.worst_case_nano for call in plan.root.parts]
    assert plan.worst_case_nano == sum(each_nano) * plan.max_attempts_per_call


def test_every_place_leaves_from_the_queue_of_the_first():
    away = places("west", queue="away", weight=0)
    assert sorted(names_of(plan_of(Places(LARGE, 3), *places("east", "north"), *away).root)) == [
        "east",
        "north",
    ]


@pytest.mark.parametrize(
    ("route", "called"),
    [
        (Fallback((Places(LARGE, 2), LARGE)), 3),
        (Fallback((Places(LARGE, 3), LARGE)), 3),
        (Balance(((Places(LARGE, 2), 1),), "cost"), 2),
        (Cascade((Places(LARGE, 2), LARGE), (Gate("answered"),)), 3),
        (Cascade((Places(LARGE, 2), LARGE), judge=Judge(Places(LARGE, 3), "Good?")), 4),
        (Ensemble((Voter(Places(LARGE, 2)), Voter(LARGE))), 3),
        (Ensemble((Voter(Places(LARGE, 3), samples=2),)), 6),
    ],
)
def test_what_follows_or_stands_beside_is_another_deployment(route, called):
    root = plan_of(route).root
    assert len(names_of(root)) == called


def test_who_asks_again_comes_to_the_same_places():
    route = Balance(((Places(LARGE, 3), 1),), sticky="end_user")
    found = {tuple(names_of(plan_of(route, request_id=asked, end_user="u").root)) for asked in IDS}
    assert len(found) == 1


def test_embeddings_are_asked_of_one_model_in_its_places():
    able = places("east", "west", capabilities=frozenset({"embeddings"}))
    root = plan_of(Places(LARGE, 2), *able, operation="embeddings", needs=("embeddings",)).root
    assert sorted(names_of(root)) == ["east", "west"]


def test_what_a_request_may_cost_leaves_places_out_from_the_last():
    plan = plan_of(Places(LARGE, 3))
    most = plan.root.members[0].worst_case_nano
    bound = plan_of(Places(LARGE, 3), knobs=Knobs(max_cost_nano=2 * most))
    assert bound.worst_case_nano <= 2 * most
    assert names_of(bound.root) == names_of(plan.root)[: len(names_of(bound.root))]


def test_a_provider_that_is_down_is_what_further_places_are_for():
    made = release(*places("east"), *places("west", provider="other"), rules=(rule(Places(LARGE, 2)),))
    assert uncovered(made, "acme", NOW_US) == {}


@pytest.mark.parametrize(("given", "read"), [(1, LARGE), (2, Places(LARGE, 2)), (8, Places(LARGE, 8))])
def test_a_document_says_how_many_places(given, read):
    assert route_from({"node": "model", "model": "large", "places": given}) == read


@pytest.mark.parametrize("given", [0, 9, -1, "3", 2.0, True, None])
def test_a_document_with_any_other_number_of_places_is_refused(given):
    with pytest.raises(RouteUnreadable):
        route_from({"node": "model", "model": "large", "places": given})


def test_places_count_as_calls_and_as_a_level():
    assert list(models_of(Places(LARGE, 3))) == [LARGE] * 3
    assert depth_of(Fallback((Places(LARGE, 3),))) == 3


def codes(route, *deployments):
    found = problems_of(release(*deployments, rules=(rule(route),)), NOW_US)
    return {problem.code for problem in found if problem.code.startswith(("places", "route"))}


@pytest.mark.parametrize(
    ("route", "said"),
    [
        (Places(LARGE, 2), set()),
        (Places(LARGE, 3), {"places_few"}),
        (Places(LARGE, 9), {"places_few", "places_wrong"}),
        (Places(LARGE, 1), {"places_wrong"}),
        (Fallback((Places(LARGE, 2),) * 16), set()),
        (Fallback((Places(LARGE, 2),) * 17), {"route_too_wide"}),
    ],
)
def test_lint_bounds_places_and_counts_them(route, said):
    away = places("away", queue="away")
    off = places("off", enabled=False)
    assert codes(route, *places("east", "west"), *away, *off) == said


def test_the_worst_case_is_of_the_dearest_and_slowest_places_alone():
    quick = release(*places("a", "b", timeout_s=10), *places("c", timeout_s=60, max_output_tokens=2_000))
    policy = Policy("std", (), max_attempts_per_call=1)
    one_nano, dear_nano = 10_000_000, 12_000_000
    assert worst_of(Places(LARGE, 2), policy, quick, NOW_US) == one_nano + dear_nano
    assert worst_of(Places(LARGE, 8), policy, quick, NOW_US) == 2 * one_nano + dear_nano
    assert worst_of(Places(LARGE, 2), policy, quick, NOW_US, model="small") == 0
    assert worst_latency_s(Places(LARGE, 2), policy, quick) == 70


def test_places_are_said_and_drawn():
    value = {"node": "model", "model": "large", "places": 2}
    assert route_in_words(value) == "large (up to 2 places, one after another)"
    drawn = picture(value, ident="x", title="t", notes={"0.1": Note(small="answered here")})
    assert drawn.count("<rect") == 3
    assert "answered here" in drawn

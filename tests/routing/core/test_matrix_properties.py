"""No plan leaves the matrix, for every release, request and moment, however its route nests."""

from dataclasses import replace

from hypothesis import given, settings

from routing.core.decide import calls, decide
from routing.core.decision import Decision, Plan
from routing.core.matrix import MATRIX_REASONS
from tests.routing.core.matrix_strategies import all_facts, lives, releases
from tests.routing.core.plainly import is_allowed


@settings(max_examples=800)
@given(releases(), all_facts, lives)
def test_no_plan_holds_a_deployment_outside_the_matrix(release, facts, live):
    decision = decide(release, facts, live)
    if isinstance(decision, Plan):
        for call in calls(decision.root):
            assert is_allowed(release.deployments[call.deployment], release, facts, live.now_us)


@settings(max_examples=800)
@given(releases(), all_facts, lives)
def test_the_matrix_excludes_what_is_not_allowed_and_nothing_else(release, facts, live):
    for candidate in decide(release, facts, live).candidates:
        deployment = release.deployments[candidate.deployment]
        excluded = candidate.reason in MATRIX_REASONS
        assert excluded is not is_allowed(deployment, release, facts, live.now_us)


@settings(max_examples=400)
@given(releases(), all_facts, lives)
def test_a_residency_only_narrows(release, facts, live):
    narrowed = able(decide(release, facts, live))
    assert narrowed <= able(decide(release, replace(facts, residency=()), live))


@settings(max_examples=400)
@given(releases(), all_facts, lives)
def test_taking_away_a_certification_never_allows_more(release, facts, live):
    fewer = replace(release, certifications=release.certifications[1:], digest="fewer")
    assert able(decide(fewer, facts, live)) <= able(decide(release, facts, live))


def able(decision: Decision) -> set[str]:
    return {each.deployment for each in decision.candidates if each.reason is None}

"""What a release loses without a provider, and which requests of a drill would show it."""

from routing.core.failover import Trial, policies_of, trials_of, uncovered, without
from routing.core.release import Fallback, Model, Release
from tests.routing.core.builders import APPROVED, NOW_US, deployment, release, rule

IN_TURN = Fallback((Model("a"), Model("b")))


def two() -> Release:
    """Acme's `a` for both classes, and another's `b` for public data alone."""
    cells = {"public": APPROVED}
    return release(
        deployment("a"),
        deployment("b", provider="other", cells=cells),
        rules=(rule(IN_TURN),),
    )


def test_without_a_provider_its_deployments_are_off() -> None:
    after = without(two(), "acme")
    assert {name: each.enabled for name, each in after.deployments.items()} == {"a": False, "b": True}
    assert after.digest != two().digest


def test_policies_use_a_provider_by_any_of_their_rules() -> None:
    assert [policies_of(two(), name) for name in ("acme", "other", "gone")] == [["std"], ["std"], []]


def test_each_class_that_a_policy_routes_is_tried() -> None:
    tried = list(trials_of(two(), "acme", NOW_US))
    assert tried == [Trial("std", "public"), Trial("std", "internal")]


def test_classes_that_nobody_else_may_serve_are_uncovered() -> None:
    assert uncovered(two(), "acme", NOW_US) == {"std#all": ["internal"]}
    assert uncovered(two(), "other", NOW_US) == {}

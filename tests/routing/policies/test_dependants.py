"""The rules whose routes need a version, told before it ends."""

import pytest

from registry.lifecycle.dependants import dependants_of
from registry.models import Deployment, ModelVersion
from routing.dependants import rules_of
from routing.models import Policy, Rule

NAMED = {"node": "model", "model": "alpha"}
CASES = [
    (NAMED, "names it alone"),
    ({**NAMED, "version": "v1"}, "names it alone"),
    ({**NAMED, "version": "v2"}, None),
    ({**NAMED, "region": "us"}, None),
    ({**NAMED, "deployment": "alpha-eu"}, "names it alone"),
    ({"node": "fallback", "members": [{"node": "model", "model": "beta"}, NAMED]}, "names it alone"),
    ({"node": "model", "model": "beta"}, None),
    (None, None),
]


ANY_RULE = "all of other"


def found(route: object) -> list[tuple[str, str]]:
    Rule.objects.all().delete()
    policy = Policy.objects.create(name="other")
    Rule.objects.create(policy=policy, name="all", route=route)
    return [(each.name, each.detail) for each in rules_of(ModelVersion.objects.get(upstream_id="alpha-1"))]


@pytest.mark.parametrize(("route", "detail"), CASES)
def test_a_rule_depends_on_what_its_route_names(world: None, route: object, detail: str | None) -> None:
    told = found(route)
    assert [each[1] for each in told] == ([detail] if detail else [])


def test_another_version_of_the_model_softens_it(world: None) -> None:
    deployment = Deployment.objects.get(name="alpha-eu")
    newer = ModelVersion.objects.create(model=deployment.version.model, name="v2", upstream_id="alpha-2")
    Deployment.objects.create(
        name="alpha-eu-2",
        version=newer,
        provider=deployment.provider,
        region="eu",
        base_url=deployment.base_url,
    )
    assert found(NAMED) == [(ANY_RULE, "has others of the model")]
    assert {each.noun for each in dependants_of(deployment.version)} == {"deployment", "rule"}

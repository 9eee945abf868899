"""Who stands in for whom: by the route, the path that answered, and who was left alone."""

import pytest

from routing.core.document import route_from
from routing.core.notation import parse_route
from routing.core.routes import Route
from routing.core.standing_in import stands_in
from tests.routing.core.builders import deployment, release, rule

IN_TURN = "model a\nmodel b\nmodel c"
SHARED = "fallback on error\n  balance by weight\n    1: model a\n    1: model b\n  model c"
CASCADE = "cascade\n  gate answered\n  model a\n  model b"
NESTED = "cascade\n  gate answered\n  fallback on error\n    model a\n    model b\n  model c"


def read(text: str) -> Route:
    value = parse_route(text)
    assert value is not None
    return route_from(value)


@pytest.mark.parametrize(
    ("route", "path", "failing", "stands"),
    [
        (IN_TURN, "0.1", {"a"}, True),
        (IN_TURN, "0.2", {"a"}, True),
        (IN_TURN, "0.0", {"a"}, False),
        (IN_TURN, "0.1", {"c"}, False),
        (IN_TURN, "0.1", {"elsewhere"}, False),
        (SHARED, "0.0.1", {"a"}, False),
        (SHARED, "0.1", {"a"}, True),
        (CASCADE, "0.1", {"a"}, False),
        (NESTED, "0.0.1", {"a"}, True),
        (NESTED, "0.1", {"a"}, False),
        ("model a", "0", {"a"}, False),
    ],
)
def test_an_answer_stands_in_for_an_earlier_member_that_was_left_alone(
    route: str, path: str, failing: set[str], stands: bool
) -> None:
    held = release(*map(deployment, "abc"), rules=(rule(read(route)),))
    (policy,) = held.policies.values()
    found = stands_in(held, policy.name, policy.rules[0].name, path, frozenset(failing))
    assert found is stands


def test_a_rule_that_is_not_there_stands_in_for_nobody() -> None:
    assert not stands_in(release(deployment("a")), "gone", "gone", "0", frozenset("a"))

"""What parts of a route cost and take, where all goes well and at worst."""

from typing import Any

import pytest

from routing.core.estimates import estimates
from routing.core.facts import Health
from routing.core.notation import parse_route
from routing.core.release import Policy
from routing.core.route_document import route_from
from tests.routing.core.builders import NOW_US, PRICE, deployment, release
from tests.routing.core.test_editing import ROUTES

DEAR = type(PRICE)("price-2", "cd" * 32, 0, None, 10_000_000_000, 20_000_000_000)
SHELF = release(deployment("a"), deployment("b", prices=(DEAR,)), deployment("c", prices=()), deployment("j"))
HEALTH = {"a": Health(latency_p50_ms=100), "b": Health(latency_p50_ms=900), "j": Health(latency_p50_ms=50)}
CHEAP, EXPENSIVE = 1_600_000, 16_000_000  # 1,000 tokens in and 300 out, in nano-dollars


def of(text: str) -> Any:
    return estimates(route_from(parse_route(text) or {}), Policy("", ()), SHELF, HEALTH, NOW_US)


@pytest.mark.parametrize(
    ("text", "nano", "ms"),
    [
        ("model a", CHEAP, 100),
        ("model a\nmodel b", CHEAP, 100),
        ("model a places 3", CHEAP, 100),
        ("balance by weight\n  3: model a\n  1: model b", (3 * CHEAP + EXPENSIVE) // 4, 300),
        ("cascade\n  gate answered\n  model a\n  model b", CHEAP, 100),
        ("cascade\n  judge\n    rubric R\n    model j\n  model a\n  model b", 2 * CHEAP, 150),
        ("ensemble by vote\n  model a\n  model b", CHEAP + EXPENSIVE, 900),
        ("ensemble by judge\n  model a\n  model b\n  helper\n    model j", 2 * CHEAP + EXPENSIVE, 950),
        ("pipeline\n  step x\n    model a\n  step y\n    model b", CHEAP + EXPENSIVE, 1_000),
        ("hedge\n  model a\n  model b", CHEAP, 100),
        ("classify by model\n  helper\n    model j\n  branch x\n    model a\n  otherwise\n    model a",
         2 * CHEAP, 150),
        ("model c", None, None),
        ("model nobody", None, None),
    ],
)  # fmt: skip
def test_what_is_expected_is_what_is_asked_where_all_goes_well(
    text: str, nano: int | None, ms: int | None
) -> None:
    found = of(text)["0"]
    assert (found.expected_nano, found.expected_ms) == (nano, ms)


@pytest.mark.parametrize("text", ROUTES.values(), ids=ROUTES)
def test_no_part_is_expected_to_cost_more_than_at_worst(text: str) -> None:
    found = of(text)
    assert found
    assert all(one.worst_nano >= (one.expected_nano or 0) for one in found.values())

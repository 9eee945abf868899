"""The usual patterns: sound routes of whatever models there are, or nothing."""

import pytest

from routing.core.editing import read_route, walk
from routing.core.patterns import PATTERNS, Known, Pattern, Shelf

SMALL = Known("tiny", "small", "mini", frozenset({"acme"}), 10)
SMALL_TOO = Known("wee", "small", "wee", frozenset({"globex"}), 20)
STANDARD = Known("horse", "standard", "big", frozenset({"acme"}), 100)
FRONTIER = Known("best", "frontier", "big", frozenset({"acme"}), 900)
DEAR = Known("gold", "frontier", "wee", frozenset({"initech"}), None)
ALL = (SMALL, SMALL_TOO, STANDARD, FRONTIER, DEAR)


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.name)
@pytest.mark.parametrize("models", [ALL, (SMALL, FRONTIER), (STANDARD,), ()], ids=len)
def test_a_pattern_is_a_route_as_it_is_kept_or_nothing(pattern: Pattern, models: tuple[Known, ...]) -> None:
    route = pattern.make(Shelf(models))
    assert read_route(route).troubles == ()
    assert read_route(route).route == route
    named = {node["model"] for _, node in walk(route) if node["node"] == "model"}
    assert named <= {model.name for model in models}
    assert (route is not None) or models != ALL


@pytest.mark.parametrize(
    ("tier", "models", "found"),
    [
        ("small", ALL, "tiny"),
        ("frontier", ALL, "best"),
        ("standard", (SMALL, FRONTIER), "best"),
        ("frontier", (SMALL, STANDARD), "horse"),
        ("small", (), None),
    ],
)
def test_the_cheapest_of_the_nearest_tier_is_taken(
    tier: str, models: tuple[Known, ...], found: str | None
) -> None:
    model = Shelf(models).of(tier)
    assert (model.name if model else None) == found


def test_each_provider_is_named_once() -> None:
    assert [model.name for model in Shelf(ALL).by_provider("standard")] == ["horse", "wee", "gold"]


def test_who_checks_shares_neither_family_nor_provider() -> None:
    shelf = Shelf(ALL)
    assert shelf.stranger_to(FRONTIER) == DEAR
    assert shelf.stranger_to(DEAR) == FRONTIER
    assert Shelf((SMALL, STANDARD)).stranger_to(SMALL) is None

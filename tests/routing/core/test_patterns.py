"""The usual patterns: sound routes of whatever models there are, or nothing."""

from dataclasses import replace

import pytest

from routing.core.editing import read_route, walk
from routing.core.patterns import PATTERNS, Known, Pattern, Shelf, providers

SMALL = Known("tiny", "small", "mini", frozenset({"acme"}), 10)
SMALL_TOO = Known("wee", "small", "wee", frozenset({"globex"}), 20)
STANDARD = Known("horse", "standard", "big", frozenset({"acme"}), 100)
FRONTIER = Known("best", "frontier", "big", frozenset({"acme"}), 900)
DEAR = Known("gold", "frontier", "wee", frozenset({"initech"}), None)
EVERYWHERE = Known("wide", "standard", "big", frozenset({"acme", "globex"}), 100, 3)
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


@pytest.mark.parametrize(
    ("models", "members"),
    [
        ((STANDARD, SMALL_TOO), [("horse", 1), ("wee", 1)]),
        ((EVERYWHERE, DEAR), [("wide", 3), ("gold", 1)]),
        ((replace(EVERYWHERE, places=9), DEAR), [("wide", 4), ("gold", 1)]),
        ((EVERYWHERE,), [("wide", 3)]),
    ],
)
def test_across_providers_each_model_is_tried_in_its_places(
    models: tuple[Known, ...], members: list[tuple[str, int]]
) -> None:
    route = providers(Shelf(models)) or {}
    found = route.get("members", [route])
    assert [(member["model"], member.get("places", 1)) for member in found] == members


def test_one_provider_is_no_fallback_across_providers() -> None:
    assert providers(Shelf([replace(STANDARD, places=3)])) is None


def test_who_checks_shares_neither_family_nor_provider() -> None:
    shelf = Shelf(ALL)
    assert shelf.stranger_to(FRONTIER) == DEAR
    assert shelf.stranger_to(DEAR) == FRONTIER
    assert Shelf((SMALL, STANDARD)).stranger_to(SMALL) is None

import pytest

from routing.core.document import route_from
from routing.core.levels import levels_of
from routing.core.notation import parse_route
from routing.core.routes import Route

TIERS = "tiers\n  gate answered\n  tier economy\n    model a\n    model b\n  tier frontier\n    model c"
CASCADE = "cascade\n  gate answered\n  judge 700\n    rubric Good?\n    model j\n  model a\n  model c"
BRANCHED = (
    "classify by rules\n  branch long\n    when input_tokens at_least 9\n    model c\n"
    "  otherwise\n    model a\n    model b"
)


def read(text: str) -> Route:
    value = parse_route(text)
    assert value is not None
    return route_from(value)


@pytest.mark.parametrize(
    ("route", "told"),
    [
        (TIERS, [("0", "tiers", ("economy", "frontier")), ("0.0", "fallback", ("a", "b"))]),
        (CASCADE, [("0", "cascade", ("a", "c"))]),
        (BRANCHED, [("0.o", "fallback", ("a", "b"))]),
        ("model a", []),
        ("model a places 2", [("0", "places", ("a, place 1", "a, place 2"))]),
    ],
)
def test_levels_are_those_of_answers(route: str, told: list[object]) -> None:
    found = levels_of(read(route))
    assert [(levels.path, levels.kind, levels.names) for levels in found] == told


def test_answers_are_counted_at_the_level_above_them() -> None:
    tiers, members = levels_of(read(TIERS))
    answers = {"0.0.0": 5, "0.0.1": 2, "0.1": 3}
    assert tiers.counted(answers) == [7, 3]
    assert members.counted(answers) == [5, 2]

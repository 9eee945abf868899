"""Balance by value, by what was measured: the cheapest that is good enough, and unknown is never good."""

import pytest

from routing.core import codec
from routing.core.decide import calls, decide
from routing.core.notation import parse_route, render_route
from routing.core.release import Balance, Fallback, Model, Price
from routing.core.route_document import route_from
from tests.routing.core.builders import deployment, facts, live, release, rule

DEAR = Price("dear", "cd" * 32, 0, None, 9_000_000_000, 9_000_000_000)
MEMBERS = ((Model("a"), 1), (Model("b"), 1), (Fallback((Model("c"),)), 1))


def served(floor: int, **qualities: int) -> str:
    made = release(
        deployment("a"),
        deployment("b", prices=(DEAR,)),
        deployment("c", prices=(DEAR,)),
        rules=(rule(Balance(MEMBERS, "value", floor=floor, measured="sums")),),
        measured={"sums": {f"{name}@v1": quality for name, quality in qualities.items()}},
    )
    decision = decide(made, facts(), live())
    told = codec.live_value(live(), decision), codec.facts_value(facts())
    assert codec.replay(made, told[1], told[0]) == codec.decision_bytes(decision)
    return next(calls(decision.root)).deployment


@pytest.mark.parametrize(
    ("floor", "qualities", "who"),
    [
        (800, {"a": 850, "b": 990}, "a"),
        (900, {"a": 850, "b": 990}, "b"),
        (900, {"a": 850, "c": 950}, "c"),
        (995, {"a": 850, "b": 990}, "b"),
        (800, {"b": 100}, "b"),
        (0, {"b": 0}, "b"),
        (800, {}, "a"),
    ],
)
def test_the_cheapest_that_was_measured_to_be_good_enough_serves(floor, qualities, who: str) -> None:
    assert served(floor, **qualities) == who


def test_the_notation_names_the_evaluation_set() -> None:
    text = "balance by value 800 measured sums sticky session\n  1: model a\n  1: model b"
    route = parse_route(text)
    assert (route["floor"], route["measured"]) == (800, "sums")
    assert render_route(route) == text
    read = route_from(route)
    assert isinstance(read, Balance)
    assert read.measured == "sums"

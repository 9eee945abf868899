"""Where data may go by a release, where it went, and the picture of both."""

import xml.etree.ElementTree as ET
from typing import Any

import pytest

from routing.core.data_flows import Flow, Place, Reached, flows
from routing.core.flow_pictures import flow_picture
from routing.core.release import Cell, CellDecision, Condition, Model, Rule
from tests.routing.core.builders import NOW_US, deployment, release, rule

GONE = Place("public", "old", "old", "acme", "us")
TO_A = rule(Model("a"))
CONDITIONAL = {"public": Cell(CellDecision.CONDITIONAL, ("no_tools",))}


def found(*rules: Rule, reached: dict[Place, Reached] | None = None, **changes: Any) -> list[Flow]:
    return flows(release(deployment("a", **changes), rules=rules), NOW_US, reached or {})


@pytest.mark.parametrize(
    ("rules", "changes", "open_to"),
    [
        ((TO_A,), {}, ["internal", "public"]),
        ((rule(None), rule(Model("other"))), {}, []),
        ((rule(Model("a"), Condition("data_class", "in", ("public",))),), {}, ["public"]),
        ((rule(Model("a"), Condition("data_class", "not_in", ("public",))),), {}, ["internal"]),
        ((rule(Model("a"), Condition("data_class", "at_least", ("internal",))),), {}, ["internal"]),
        ((rule(Model("a"), Condition("task", "in", ("code",))),), {}, ["internal", "public"]),
        ((TO_A,), {"enabled": False}, []),
        ((TO_A,), {"lifecycle": "retired"}, []),
        ((TO_A,), {"prices": ()}, []),
        ((TO_A,), {"cells": {"public": Cell(CellDecision.DENIED)}}, []),
        ((TO_A,), {"cells": {"public": Cell(CellDecision.APPROVED, valid_to_us=NOW_US)}}, []),
        ((TO_A,), {"cells": CONDITIONAL}, ["public"]),
    ],
)
def test_data_may_go_where_matrix_and_rules_both_let_it(
    rules: tuple[Rule, ...], changes: dict[str, Any], open_to: list[str]
) -> None:
    assert [flow.place.data_class for flow in found(*rules, **changes)] == open_to


def test_what_the_matrix_still_asks_is_said() -> None:
    (flow,) = found(TO_A, cells=CONDITIONAL)
    assert (flow.rules, flow.asks) == (("std, all",), ("no_tools",))


def test_what_went_where_it_may_no_more_go_is_a_stray() -> None:
    told = {GONE: Reached(3, 5), Place("public", "a", "a", "acme", "eu"): Reached(1, 2)}
    strays = {flow.place: flow.is_stray for flow in found(TO_A, reached=told)}
    assert [place for place, stray in strays.items() if stray] == [GONE]
    assert len(strays) == 3


def test_the_picture_says_and_draws_each_way_once_in_its_gravest_state() -> None:
    told = {GONE: Reached(3, 5), Place("public", "a", "a", "acme", "eu"): Reached(1, 2)}
    root = ET.fromstring(flow_picture(found(TO_A, reached=told), ident="f", title="<flow>"))
    described = root.find("desc")
    assert described is not None
    assert "internal may go to a" in str(described.text)
    assert "public went, and may no more go, to old" in str(described.text)
    assert sorted(str(path.get("class")) for path in root.iter("path")) == [
        "sb-flow-open",
        "sb-flow-stray",
        "sb-flow-stray",
        "sb-flow-taken",
        "sb-flow-taken",
    ]


def test_nothing_is_a_picture_too() -> None:
    assert "nothing" in flow_picture([], ident="f", title="x")

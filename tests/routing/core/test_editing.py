"""The editor's table: whole, read as the notation reads, and precise about what is wrong where."""

from typing import Any

import pytest

from routing.core import routes
from routing.core.editing import GATES, NODES, read_route, schema, walk
from routing.core.gates.catalogue import KINDS
from routing.core.notation import parse_route
from routing.core.route_document import _NODES

ROUTES = {
    "model": "model a region eu",
    "places": "model a region eu places 3",
    "fallback": "fallback on timeout, error\n  model a\n  model b",
    "balance": "balance by weight\n  3: model a\n  1: model b",
    "best value": "balance by value 800 sticky session\n  900: model a\n  700: model b",
    "cascade": (
        "cascade strict\n  gate answered\n  gate number 0 1.5\n  gate regex ^a  b$\n"
        '  gate json {"type": "object"}\n'
        "  judge 800\n    rubric Is it right?\n    model j\n  model a\n  model b"
    ),
    "ensemble": (
        "ensemble by judge\n  quorum 2\n  2: samples 3\n    model a\n  model b\n"
        "  helper\n    prompt Pick one.\n    tokens 99\n    model j\n  otherwise\n    model c"
    ),
    "pipeline": (
        "pipeline\n  step extract\n    prompt Take out names.\n    gate answered\n    model a\n"
        "  step draft optional\n    judge\n      rubric Good?\n      tokens 50\n      model j\n    model b"
    ),
    "verify": (
        "verify or escalate\n  gate complete\n  model a\n  verifier 900\n    rubric Right?\n    model j\n"
        "  otherwise\n    model b"
    ),
    "classify": (
        "classify by rules\n  branch code\n    when task in code, review\n    when input_tokens at_most 10\n"
        "    model a\n  otherwise\n    model b"
    ),
    "unsure": (
        "classify by trained gain\n  unsure within 50\n    prompt Hard?\n    timeout 900\n    default a\n"
        "    model j\n  branch a\n    model a\n  otherwise\n    model b"
    ),
    "hedge": "hedge after 800 ms\n  model a\n  model b",
    "experiment": (
        "experiment try by end_user\n  arm old 9\n    model a\n  arm new 1\n    model b\n"
        "  shadow 100\n    model c\n  stop when cost above 900\n  stop when p95 above 2000 after 50\n"
        "  stop when errors above control by 20\n  stop when score below control by 50 after 200"
    ),
    "tiered": (
        "tiers\n  gate answered\n  tier small\n    model a\n  tier big\n    when task in code\n    model b"
    ),
}


def test_every_node_and_gate_is_in_the_table() -> None:
    assert set(NODES) == set(_NODES) == {parse_route(text)["node"] for text in ROUTES.values()}
    assert set(GATES) == set(KINDS)


@pytest.mark.parametrize("text", ROUTES.values(), ids=ROUTES)
def test_a_route_is_read_back_as_the_notation_wrote_it(text: str) -> None:
    route = parse_route(text)
    read = read_route(route)
    assert (read.route, read.troubles) == (route, ())


@pytest.mark.parametrize(
    ("node", "name", "known"),
    [
        ("balance", "by", routes.BALANCE_BY),
        ("balance", "sticky", routes.STICKY_BY),
        ("ensemble", "by", routes.ENSEMBLE_BY),
        ("ensemble", "compare", routes.COMPARE_BY),
        ("verify", "on_failure", routes.VERIFY_FAILURES),
        ("classify", "by", routes.CLASSIFY_BY),
    ],
)
def test_every_choice_of_a_node_is_offered(node: str, name: str, known: tuple[str, ...]) -> None:
    field = NODES[node].field(name)
    assert field is not None
    assert {value for value, _ in field.choices} == set(known)


def test_what_is_not_asked_for_is_left_out_and_what_is_missing_has_its_default() -> None:
    posted = {
        "node": "ensemble",
        "members": [{"route": {"node": "model", "model": "a", "region": ""}, "weight": "2", "samples": 1}],
        "helper": {"node": "model", "model": "j"},
        "max_output_tokens": 9,
    }
    read = read_route(posted)
    assert read.route == {
        "node": "ensemble",
        "by": "vote",
        "members": [{"route": {"node": "model", "model": "a"}, "weight": 2}],
    }


def nested(depth: int) -> dict[str, Any]:
    inner = {"node": "model", "model": "a"} if depth == 1 else nested(depth - 1)
    return inner if depth == 1 else {"node": "fallback", "members": [inner]}


MODEL = {"node": "model", "model": "a"}


@pytest.mark.parametrize(
    ("posted", "at", "said"),
    [
        ({}, "", "Choose what is done here."),
        ({"node": "future"}, "", "Choose what is done here."),
        ({"node": "model"}, "model", "this is needed"),
        ({"node": "model", "model": "two words"}, "model", "choose one of the list"),
        ({"node": "fallback", "members": []}, "members", "add a member"),
        ({"node": "fallback", "members": [MODEL, {}]}, "members.1", "Choose what is done here."),
        ({"node": "cascade", "members": [MODEL]}, "members", "2 to 32"),
        (
            {"node": "balance", "members": [{"route": MODEL, "weight": "many"}]},
            "members.0.weight",
            "a whole number",
        ),
        ({"node": "pipeline", "steps": [{"name": "a b", "route": MODEL}]}, "steps.0.name", "letters, digits"),
        (
            {
                "node": "cascade",
                "members": [MODEL, MODEL],
                "gates": [{"gate": "number", "least": "x", "most": 1}],
            },
            "gates.0.least",
            "a number",
        ),
        (
            {"node": "cascade", "members": [MODEL, MODEL], "gates": [{"gate": "json", "schema": "{"}]},
            "gates.0.schema",
            "no JSON",
        ),
        (
            {"node": "hedge", "route": MODEL, "second": {**MODEL, "colour": 1}},
            "second",
            "“colour” is not known",
        ),
        (
            {
                "node": "classify",
                "otherwise": MODEL,
                "branches": [
                    {
                        "label": "x",
                        "route": MODEL,
                        "conditions": [{"fact": "task", "op": "at_most", "values": ["a"]}],
                    }
                ],
            },
            "branches.0.conditions.0",
            "comes one of",
        ),
        (
            {"node": "classify", "otherwise": MODEL, "branches": [{"label": "x", "route": MODEL}]},
            "",
            "need a line",
        ),
        (nested(9), ".".join(["members.0"] * 8), "at most 8 levels"),
        ([], "", "Choose what is done here."),
    ],
)
def test_what_is_wrong_is_said_beside_its_step(posted: Any, at: str, said: str) -> None:
    troubles = [(trouble.at, trouble.message) for trouble in read_route(posted).troubles]
    assert [place for place, message in troubles if said in message] == [at], troubles


def test_refusing_is_no_route() -> None:
    assert read_route(None).route is None


def test_every_node_is_walked_with_its_path() -> None:
    found = {".".join(map(str, path)): node["node"] for path, node in walk(parse_route(ROUTES["cascade"]))}
    assert found == {"members.0": "model", "members.1": "model", "judge.route": "model", "": "cascade"}


def test_the_page_gets_the_whole_table() -> None:
    told = schema()
    assert set(told["nodes"]) == set(NODES)
    assert [field["name"] for field in told["nodes"]["hedge"]["fields"]] == ["route", "second", "after_ms"]

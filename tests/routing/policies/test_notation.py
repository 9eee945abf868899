import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.core.conditions import OPS_BY_FACT
from routing.core.document import condition_from, route_from
from routing.core.notation import (
    NotationProblem,
    parse_conditions,
    parse_route,
    render_conditions,
    render_route,
)
from routing.core.release import (
    BALANCE_BY,
    DEFAULT_FALLBACK_ON,
    MAX_ROUTE_CALLS,
    Balance,
    Condition,
    Fallback,
    Model,
)

ON = list(DEFAULT_FALLBACK_ON)


def model(name, **narrowed):
    return {"node": "model", "model": name, **narrowed}


def test_conditions_are_one_a_line():
    text = """
    # customers of the EU
    task in extract, classify
    data_class at_most internal
    keyword in "invoice, overdue", credit card
    input_tokens at_most 8000
    """
    assert parse_conditions(text) == [
        {"fact": "task", "op": "in", "values": ["extract", "classify"]},
        {"fact": "data_class", "op": "at_most", "values": ["internal"]},
        {"fact": "keyword", "op": "in", "values": ["invoice, overdue", "credit card"]},
        {"fact": "input_tokens", "op": "at_most", "values": [8000]},
    ]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("mood in happy", 1, "“mood” is no fact"),
        ("task in x\ntask at_most y", 2, "after “task” comes one of: in, not_in"),
        ("task in", 1, "values are missing"),
        ("task in a,,b", 1, "values are missing"),
        ('task in "a', 1, "a quote is not closed"),
        ("input_tokens at_most many", 1, "one whole number"),
        ("input_tokens at_most 1, 2", 1, "one whole number"),
        ("\n" * 3 + "task in x\n" * 21, 25, "at most 20 conditions"),
    ],
)
def test_a_condition_that_is_wrong_is_named_by_its_line(text, line, said):
    with pytest.raises(NotationProblem) as caught:
        parse_conditions(text)
    assert caught.value.line == line
    assert said in str(caught.value)


def test_lines_alone_are_tried_in_order():
    assert parse_route("model a\nmodel b region eu version v1") == {
        "node": "fallback",
        "members": [model("a"), model("b", region="eu", version="v1")],
        "on": ON,
    }


@pytest.mark.parametrize(
    ("text", "value", "written"),
    [
        ("model a places 3", model("a", places=3), "model a places 3"),
        ("model a places 2 region eu", model("a", region="eu", places=2), "model a region eu places 2"),
        ("model a places 1", model("a"), "model a"),
    ],
)
def test_a_model_says_in_how_many_places_it_is_tried(text, value, written):
    assert parse_route(text) == value
    assert render_route(value) == written


def test_places_are_a_level_of_a_route():
    nested = "".join(f"{'  ' * depth}fallback\n" for depth in range(7)) + "  " * 7 + "model a"
    assert parse_route(nested)
    with pytest.raises(NotationProblem, match="8 levels"):
        parse_route(nested + " places 2")


def test_an_outline_nests_by_its_indentation():
    text = """
    fallback on timeout, error
      model a
      balance by weight
        3: model b
        1: fallback
          model c
          model d
    """
    balance = {
        "node": "balance",
        "members": [
            {"route": model("b"), "weight": 3},
            {
                "route": {"node": "fallback", "members": [model("c"), model("d")], "on": ON},
                "weight": 1,
            },
        ],
        "by": "weight",
    }
    assert parse_route(text) == {
        "node": "fallback",
        "members": [model("a"), balance],
        "on": ["timeout", "error"],
    }


def test_refuse_is_no_route():
    assert parse_route("refuse") is None
    assert render_route(None) == "refuse"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, "the route is empty"),
        ("modell a", 1, "“modell” is unknown"),
        ("model", 1, "write “model NAME”"),
        ("model a region", 1, "write “model NAME”"),
        ("model a colour blue", 1, "“colour” is not expected"),
        ("model a region x region y", 1, "“region” is not expected"),
        ("model a places 2 places 3", 1, "“places” is not expected"),
        *((f"model a places {wrong}", 1, "from 1 to 8") for wrong in ("0", "9", "10000", "-1", "two", "²")),
        ("model a\n  model b", 2, "nothing can stand below a model"),
        ("fallback", 1, "needs members"),
        ("fallback after error\n  model a", 1, "write “fallback”"),
        ("balance by mood\n  model a", 1, "weight, cost, latency, load or value"),
        ("fallback\n  3: model a", 2, "only the members of a “balance”"),
        ("3: model a", 1, "only the members of a “balance”"),
        ("fallback\n    model a\n  model b", 3, "its indentation fits no line"),
        ("balance\n  9999999: model a", 2, "a weight is at most"),
        ("\n".join(["model a"] * (MAX_ROUTE_CALLS + 1)), MAX_ROUTE_CALLS + 1, "at most 32 models"),
        (
            "\n".join("  " * at + "fallback" for at in range(9)) + "\n" + "  " * 9 + "model a",
            9,
            "levels deep",
        ),
        ("refuse\nmodel a", 1, "“refuse” is unknown"),
    ],
)
def test_a_route_that_is_wrong_is_named_by_its_line(text, line, said):
    with pytest.raises(NotationProblem) as caught:
        parse_route(text)
    assert caught.value.line == line
    assert said in str(caught.value)


names = st.from_regex(r"\A[a-z0-9][a-z0-9._:/-]{0,8}\Z")
models = st.fixed_dictionaries(
    {"node": st.just("model"), "model": names},
    optional={"version": names, "deployment": names, "region": names},
)
routes = st.recursive(
    models,
    lambda inner: (
        st.fixed_dictionaries(
            {
                "node": st.just("fallback"),
                "members": st.lists(inner, min_size=1, max_size=3),
                "on": st.sampled_from((ON, ["error"], ["timeout", "rate_limit"])),
            }
        )
        | st.fixed_dictionaries(
            {
                "node": st.just("balance"),
                "members": st.lists(
                    st.fixed_dictionaries({"route": inner, "weight": st.integers(0, 999)}),
                    min_size=1,
                    max_size=3,
                ),
                "by": st.sampled_from(BALANCE_BY[:4]),
            }
        )
    ),
    max_leaves=5,
)
values = st.lists(
    st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=8), min_size=1, max_size=3
)
conditions = st.lists(
    st.sampled_from([(fact, op) for fact, ops in OPS_BY_FACT.items() for op in ops]).flatmap(
        lambda pair: st.fixed_dictionaries(
            {
                "fact": st.just(pair[0]),
                "op": st.just(pair[1]),
                "values": st.integers(0, 10**6).map(lambda n: [n]) if pair[0] == "input_tokens" else values,
            }
        )
    ),
    max_size=5,
)


@given(routes)
def test_a_rendered_route_is_read_back_the_same(route):
    assert parse_route(render_route(route)) == route


@given(conditions)
def test_rendered_conditions_are_read_back_the_same(given_conditions):
    assert parse_conditions(render_conditions(given_conditions)) == given_conditions


def test_the_document_becomes_the_cores_own_values():
    route = parse_route("model a\nbalance\n  2: model b region eu")
    assert route_from(route) == Fallback((Model("a"), Balance(((Model("b", region="eu"), 2),))))
    (condition,) = parse_conditions("tag all_of eu, gdpr")
    assert condition_from(condition) == Condition("tag", "all_of", ("eu", "gdpr"))

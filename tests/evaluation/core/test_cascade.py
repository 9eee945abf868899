"""Agreement cascades: who is asked, what it costs, and which are refused."""

import pytest

from evaluation.core.cascade import Answers, Design, answers_of, designs, measured, route_of
from evaluation.core.outcomes import Outcome
from routing.core.notation import parse_route

COSTS = {"a": 10, "b": 20, "c": 30, "f": 1_000}
TWO, THREE = Design(("a", "b"), 2, "f"), Design(("a", "b", "c"), 2, "f")


def answers(rows: dict[str, str], count: int = 1):
    """`rows` say what each model answers; “right” is."""
    return answers_of(
        [
            Outcome(f"{at:03d}", model, float(said == "right"), COSTS[model], said)
            for at in range(count)
            for model, said in rows.items()
        ],
        tuple(rows),
    )


@pytest.mark.parametrize(
    ("design", "said", "cost", "quality"),
    [
        (TWO, {"a": "right", "b": "right"}, 30, 1),
        (TWO, {"a": "wrong", "b": "wrong"}, 30, 0),
        (TWO, {"a": "right", "b": "wrong"}, 1_030, 1),
        (TWO, {"a": "", "b": ""}, 1_030, 1),
        (THREE, {"a": "right", "b": "right", "c": "wrong"}, 60, 1),
        (THREE, {"a": "x", "b": "right", "c": "right"}, 60, 1),
        (THREE, {"a": "x", "b": "y", "c": "z"}, 1_060, 1),
    ],
)
def test_what_enough_members_agree_on_is_taken_and_all_are_paid_for(
    design: Design, said: dict[str, str], cost: int, quality: float
):
    found = measured(answers({**said, "f": "right"}), design)
    assert (found.cost_nano, found.quality.value) == (cost, quality)


def test_a_cascade_pays_from_its_break_even_on():
    agreed = {"a": "right", "b": "right", "f": "right"}
    rows = [answers(agreed), answers({**agreed, "b": "wrong"})]
    both = Answers(("a", "b", "f"), tuple(row for part in rows for row in part.rows) * 50)
    found = measured(both, TWO)
    assert (found.agreed_share, found.break_even) == (0.5, 2)
    assert found.ratio == pytest.approx(1_000 / 30)
    assert found.problem(most_loss=0.1) == ""


def test_a_cascade_that_can_not_pay_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(COSTS, "f", 25)
    found = measured(answers({"a": "right", "b": "right", "f": "right"}, 200), TWO)
    assert "it can't pay" in found.problem(most_loss=0.1)


def test_a_cascade_that_may_lose_too_much_is_refused():
    found = measured(answers({"a": "wrong", "b": "wrong", "f": "right"}, 200), TWO)
    assert "it may lose" in found.problem(most_loss=0.02)


def test_few_items_prove_nothing():
    found = measured(answers({"a": "right", "b": "right", "f": "right"}, 20), TWO)
    assert "only 20 items" in found.problem(most_loss=0.1)


def test_only_items_that_all_answered_count():
    some = [Outcome("1", "a", 1, 1), Outcome("1", "b", 1, 1), Outcome("2", "a", 1, 1)]
    assert len(answers_of(some, ("a", "b")).rows) == 1


def test_designs_are_pairs_and_two_of_three():
    assert [(design.members, design.quorum) for design in designs(["a", "b", "c"], "f")] == [
        (("a", "b"), 2),
        (("a", "c"), 2),
        (("b", "c"), 2),
        (("a", "b", "c"), 2),
    ]


def test_a_design_is_a_route_that_policies_can_hold():
    route = parse_route(route_of(THREE, "number"))
    assert (route["node"], route["quorum"], route["compare"]) == ("ensemble", 2, "number")

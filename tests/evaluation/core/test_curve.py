"""Curves, and the thresholds that can be vouched for."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.core.curve import Target, certified, curve_of, looks_right, point_at
from evaluation.core.outcomes import Pair
from routing.core.trained import ALWAYS, NEVER


def pair(weak: float, strong: float, key: str = "k") -> Pair:
    return Pair(key, "text", "", weak, strong, weak_cost_nano=10, strong_cost_nano=1_000)


pairs_and_scores = st.lists(
    st.tuples(st.sampled_from([pair(0, 0), pair(0, 1), pair(1, 0), pair(1, 1)]), st.integers(-900, 900)),
    min_size=2,
    max_size=60,
)


@given(pairs_and_scores)
def test_a_curve_goes_from_always_weak_to_always_strong(given_pairs: list[tuple[Pair, int]]):
    pairs, scores = zip(*given_pairs, strict=True)
    curve = curve_of(pairs, scores)
    assert (curve[0].threshold, curve[0].strong_share) == (NEVER, 0)
    assert (curve[-1].threshold, curve[-1].strong_share) == (ALWAYS, 1)
    costs = [point.cost_nano for point in curve]
    assert costs == sorted(costs)
    assert curve[-1].against_strong.value == 0


def test_a_point_counts_what_its_threshold_takes():
    point = point_at([pair(0, 1), pair(0, 1), pair(1, 1), pair(1, 0)], [300, 100, 200, 250], 200)
    assert (point.strong_share, point.quality.value, point.cost_nano) == (0.75, 0.5, 752.5)
    assert point.against_strong.value == pytest.approx(-0.25)


def drawn(count: int, seed: int) -> tuple[list[Pair], list[int]]:
    """Where the strong model gains more the higher the score is: .6 for the weak one, .8 for the strong."""
    draw = random.Random(seed)
    scores = [draw.randrange(400) for _ in range(count)]
    weak = [float(draw.random() < 0.8 - score / 1_000) for score in scores]
    strong = [float(draw.random() < 0.8) for _ in scores]
    return [pair(*both) for both in zip(weak, strong, strict=True)], scores


def test_a_certified_threshold_seldom_misses_where_one_that_looks_right_often_does():
    fresh_pairs, fresh_scores = drawn(8_000, 0)
    target = Target(quality=0.7)
    missed = {"certified": 0, "looks right": 0}
    for seed in range(1, 101):
        curve = curve_of(*drawn(500, seed))
        for name, choose in (("certified", certified), ("looks right", looks_right)):
            point = choose(curve, target)
            if point is not None:
                fresh = point_at(fresh_pairs, fresh_scores, point.threshold)
                missed[name] += fresh.quality.value < 0.7
    assert missed["certified"] <= 10
    assert missed["looks right"] >= 25


def test_the_cheapest_point_that_meets_the_target_is_taken():
    curve = curve_of(*drawn(2_000, 1))
    point = certified(curve, Target(loss=0.1))
    assert point is not None
    cheaper = curve[: curve.index(point)]
    assert all(each.against_strong.lower < -0.1 for each in cheaper)


def test_of_a_budget_the_best_point_within_it_is_taken():
    curve = curve_of(*drawn(2_000, 1))
    point = certified(curve, Target(cost_nano=500))
    assert point is not None
    assert point.cost_nano <= 500
    assert point.quality.value == max(each.quality.value for each in curve if each.cost_nano <= 500)


def test_what_no_threshold_reaches_is_not_promised():
    assert certified(curve_of(*drawn(300, 1)), Target(quality=0.95)) is None

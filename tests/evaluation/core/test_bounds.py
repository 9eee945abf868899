"""What few observations allow to be said."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.core.bounds import lift_of, mean_of, midranks

shares = st.lists(st.floats(0, 1), min_size=1, max_size=50)


@given(shares)
def test_a_mean_lies_within_its_bounds(values: list[float]):
    mean = mean_of(values, least=0, most=1)
    assert mean.lower <= mean.guarded <= mean.upper
    assert mean.value == pytest.approx(sum(values) / len(values))


@given(shares)
def test_more_of_the_same_narrows_the_bounds(values: list[float]):
    once, often = mean_of(values, least=0, most=1), mean_of(values * 20, least=0, most=1)
    assert often.upper - often.lower <= once.upper - once.lower


@pytest.mark.parametrize("count", [1, 5, 20])
def test_few_successes_do_not_prove_that_nothing_fails(count: int):
    assert mean_of([1.0] * count, least=0, most=1).lower < 1 - 1 / (4 * count)


def test_of_nothing_nothing_is_said():
    nothing = mean_of([], least=-1, most=1)
    assert (nothing.lower < -1, nothing.upper > 1) == (True, True)


def test_the_lower_bound_holds_in_about_nineteen_of_twenty_samples():
    draw = random.Random(7)
    samples = [[float(draw.random() < 0.8) for _ in range(200)] for _ in range(400)]
    missed = sum(mean_of(sample, least=0, most=1).lower > 0.8 for sample in samples)
    assert missed / 400 < 0.07


def test_a_score_that_knows_the_gain_recovers_most_of_it():
    gaps = [1.0] * 20 + [0.0] * 80
    lift = lift_of([gap + at / 1_000 for at, gap in enumerate(gaps)], gaps)
    assert lift is not None
    assert lift.area == pytest.approx(0.9)
    assert lift.is_measurable


def test_a_score_that_knows_the_reverse_has_no_lift():
    gaps = [1.0] * 20 + [0.0] * 80
    lift = lift_of([-gap for gap in gaps], gaps)
    assert lift is not None
    assert (lift.area < 0.5, lift.is_measurable) == (True, False)


def test_scores_by_lot_are_taken_for_lift_in_about_one_of_twenty_samples():
    draw = random.Random(11)
    found = 0
    for _ in range(300):
        gaps = [draw.choice([-1.0, 0.0, 0.0, 1.0, 1.0]) for _ in range(150)]
        lift = lift_of([draw.random() for _ in gaps], gaps)
        found += lift is not None and lift.is_measurable
    assert 0.01 < found / 300 < 0.1


@pytest.mark.parametrize(
    ("scores", "gaps"),
    [([1, 2, 3], [0.0, 0.0, 0.0]), ([1, 2, 3], [-1.0, 0.0, 0.0]), ([1, 1, 1], [1.0, 0.0, 1.0]), ([1], [1.0])],
)
def test_without_gain_or_difference_there_is_no_lift(scores: list[int], gaps: list[float]):
    assert lift_of(scores, gaps) is None


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30))
def test_equal_scores_share_a_rank_and_the_mean_rank_is_one_half(scores: list[int]):
    ranks = midranks(scores)
    assert sum(ranks) / len(ranks) == pytest.approx(0.5)
    assert len(set(zip(scores, ranks, strict=True))) == len(set(scores)) == len(set(ranks))

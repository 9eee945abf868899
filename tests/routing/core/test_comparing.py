"""Stopping an arm beside its control: seldom where it is no worse, soon where it is, however often asked."""

import math
import random
from collections import Counter

import pytest

from routing.core.comparing import Compared, Latencies, look_beside, means, percentiles
from routing.core.routes import Margin
from routing.core.stopping import ALPHA, SLOWER, Seen, log_evidence

NEEDED = math.log(1 / ALPHA)
LOOKS = (50, 100, 150, 200, 300, 400, 600, 800)


def is_stopped(arm: float, control: float, by: float, seed: int) -> bool:
    """Whether any look at a run stops the arm; both fail by these shares."""
    draw, failed, other, at = random.Random(seed), 0, 0, 0
    for until in LOOKS:
        failed += sum(draw.random() < arm for _ in range(until - at))
        other += sum(draw.random() < control for _ in range(until - at))
        at = until
        if means(Seen(at, failed), Seen(at, other), by).log_evidence >= NEEDED:
            return True
    return False


@pytest.mark.parametrize(("arm", "control", "by"), [(0.05, 0.05, 0.001), (0.55, 0.5, 0.05)])
def test_an_arm_that_is_no_worse_is_seldom_stopped_however_often_one_looks(
    arm: float, control: float, by: float
) -> None:
    assert sum(is_stopped(arm, control, by, run) for run in range(100)) <= 5


@pytest.mark.parametrize(("arm", "control", "by"), [(0.3, 0.05, 0.05), (0.5, 0.25, 0.02), (0.9, 0.6, 0.1)])
def test_an_arm_that_is_much_worse_is_stopped(arm: float, control: float, by: float) -> None:
    assert sum(is_stopped(arm, control, by, run) for run in range(20)) >= 18


@pytest.mark.parametrize(
    ("arm", "control"), [(Seen(0, 0), Seen(0, 0)), (Seen(100, 100), Seen(0, 0)), (Seen(0, 0), Seen(100, 0))]
)
def test_one_side_alone_proves_nothing(arm: Seen, control: Seen) -> None:
    assert means(arm, control, 0.02).log_evidence <= 1e-6


def test_the_value_that_counts_is_the_one_for_which_least_is_proven() -> None:
    for seed in range(20):
        draw = random.Random(seed)
        arm, control = (Seen(100, draw.randint(0, 100)) for _ in range(2))
        turned = Seen(control.count, control.count - control.total)
        by, found = 0.05, math.exp(means(arm, control, 0.05).log_evidence)
        for mean in (at / 50 * (1 - by) for at in range(1, 50)):
            beyond, below = math.exp(log_evidence(arm, mean + by)), math.exp(log_evidence(turned, 1 - mean))
            assert beyond * below / 2 + beyond / 4 + below / 4 >= found * (1 - 1e-6)


def latencies(draw: random.Random, median: float, count: int) -> Latencies:
    return Latencies(Counter(int(draw.lognormvariate(math.log(median), 0.5)) for _ in range(count)).items())


def slower(metric: str, arm: float, by: int, seed: int, count: int = 500) -> Compared:
    """Of an arm with this median beside a control of a second's."""
    draw = random.Random(seed)
    given = latencies(draw, arm, count), latencies(draw, 1000, count)
    return percentiles(*given, slower=SLOWER[metric], margin_ms=by)


@pytest.mark.parametrize(
    ("metric", "arm", "by", "broken"),
    [
        ("p50", 1000, 1, False),
        ("p50", 1050, 50, False),
        ("p50", 1500, 100, True),
        ("p95", 1000, 1, False),
        ("p95", 1100, 250, False),
        ("p95", 2500, 200, True),
    ],
)
def test_a_percentile_is_compared_with_the_controls(metric: str, arm: float, by: int, broken: bool) -> None:
    stopped = sum(slower(metric, arm, by, run).log_evidence >= NEEDED for run in range(20))
    assert stopped >= 18 if broken else stopped <= 1


def test_a_percentile_that_is_compared_at_fewer_edges_says_at_most_as_much(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    every = slower("p50", 2000, 50, 1).log_evidence
    monkeypatch.setattr("routing.core.comparing.MAX_EDGES", 12)
    assert NEEDED <= slower("p50", 2000, 50, 1).log_evidence < every


def test_latencies_are_counted_on_either_side() -> None:
    taken = Latencies([(200, 3), (100, 2)])
    assert [taken.under(at) for at in (0, 100, 101, 200, 999)] == [0, 0, 2, 2, 5]
    assert [taken.over(at) for at in (0, 100, 101, 200, math.inf)] == [5, 3, 3, 0, 0]


@pytest.mark.parametrize(("arm", "control", "broken"), [(100, 100, True), (99, 100, False), (100, 99, False)])
def test_both_have_to_have_been_seen_often_enough(arm: int, control: int, broken: bool) -> None:
    seen = Compared(10 * NEEDED, Seen(arm, arm), Seen(control, 0))
    assert look_beside(Margin("errors", 20), seen, bounds=3).is_broken is broken

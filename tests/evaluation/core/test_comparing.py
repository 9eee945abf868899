"""What models made of a set: means with intervals, and pairs over the same items."""

import pytest

from evaluation.core.comparing import Answered, paired, summaries


def answers(who: str, *scores: float | None, cost: int = 10, ms: int = 100) -> list[Answered]:
    return [Answered(str(item), who, score, cost, ms) for item, score in enumerate(scores)]


def test_the_best_comes_first_with_what_it_cost_and_took() -> None:
    best, other = summaries([*answers("a", 1, 0, None), *answers("b", 1, 1, ms=300, cost=20)])
    assert (best.who, best.answers, best.graded, best.quality.value) == ("b", 2, 2, 1.0)
    assert (best.cost_nano, best.median_ms) == (20, 300)
    assert (other.answers, other.graded, other.quality.value) == (3, 2, 0.5)


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        ([1] * 40, [0] * 40, "a is better for certain"),
        ([0] * 40, [1] * 40, "b is better for certain"),
        ([1, 0] * 20, [0, 1] * 20, "no difference that could be measured"),
        ([1] * 2, [0] * 2, "no difference that could be measured"),
        ([], [1], "no difference that could be measured"),
    ],
)
def test_two_are_compared_over_the_items_that_both_answered(first, second, verdict: str) -> None:
    found = paired([*answers("a", *first), *answers("b", *second)], "a", "b")
    assert (found.items, found.verdict) == (min(len(first), len(second)), verdict)

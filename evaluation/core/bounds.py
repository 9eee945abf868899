"""Means and lifts of samples, and how far off they may be. Pure; see audit.core.means for the bounds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from audit.core.means import TWO_SIDED_95, Mean, mean_of_sums


def mean_of(values: Sequence[float], *, least: float, most: float) -> Mean:
    """Of values between `least` and `most`. Of none it says nothing: the bounds are further than those."""
    squares = math.fsum(value * value for value in values)
    return mean_of_sums(len(values), math.fsum(values), squares, least=least, most=most)


@dataclass(frozen=True, slots=True)
class Lift:
    """How much better than by chance a score orders what there is to gain.

    `area` is the share of the gain that is recovered, averaged over all shares of strong calls (APGR): chance
    has one half. `chance_of_none` is how often a score that says nothing would do as well.
    """

    area: float
    low: float
    high: float
    chance_of_none: float

    @property
    def is_measurable(self) -> bool:
        return self.chance_of_none < 0.05


def lift_of(scores: Sequence[float], gaps: Sequence[float]) -> Lift | None:
    """None where there is no gain on average, or nothing to tell apart."""
    count = len(gaps)
    total = math.fsum(gaps)
    if count < 3 or total <= 0:
        return None
    ranks = midranks(scores)
    weighted = [rank * gap for rank, gap in zip(ranks, gaps, strict=True)]
    area = math.fsum(weighted) / total
    average = total / count
    spread = math.fsum(((rank - area) * gap) ** 2 for rank, gap in zip(ranks, gaps, strict=True))
    error = math.sqrt(spread / count) / (average * math.sqrt(count))
    rank_variance = math.fsum((rank - 0.5) ** 2 for rank in ranks)
    gap_variance = math.fsum((gap - average) ** 2 for gap in gaps)
    if not rank_variance or not gap_variance:
        return None
    covariance = math.fsum((rank - 0.5) * (gap - average) for rank, gap in zip(ranks, gaps, strict=True))
    z = covariance / math.sqrt(rank_variance * gap_variance / (count - 1))
    return Lift(area, area - TWO_SIDED_95 * error, area + TWO_SIDED_95 * error, 1 - NormalDist().cdf(z))


def midranks(scores: Sequence[float]) -> list[float]:
    """Each score's place among all, from 0 to 1; equal scores share theirs, and the mean is one half."""
    order = sorted(range(len(scores)), key=scores.__getitem__)
    ranks = [0.0] * len(scores)
    start = 0
    while start < len(order):
        end = start
        while end < len(order) and scores[order[end]] == scores[order[start]]:
            end += 1
        for at in order[start:end]:
            ranks[at] = (start + end) / 2 / len(order)
        start = end
    return ranks

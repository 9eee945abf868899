"""Means of few observations, and how far off they may be. Pure; normal bounds with a guard for small samples.

Two observations are added to every sample, one at each end of what was possible, so that a sample in which
nothing went wrong does not prove that nothing can.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

ONE_SIDED_95 = NormalDist().inv_cdf(0.95)
TWO_SIDED_95 = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Mean:
    """`value` is the sample's own mean; `guarded` and `error` are those with the two observations added."""

    value: float
    guarded: float
    error: float

    @property
    def lower(self) -> float:
        """With 95 % confidence the mean is no lower."""
        return self.guarded - ONE_SIDED_95 * self.error

    @property
    def upper(self) -> float:
        """With 95 % confidence the mean is no higher."""
        return self.guarded + ONE_SIDED_95 * self.error

    @property
    def interval(self) -> tuple[float, float]:
        return self.guarded - TWO_SIDED_95 * self.error, self.guarded + TWO_SIDED_95 * self.error


def mean_of_sums(count: int, total: float, squares: float, *, least: float, most: float) -> Mean:
    """Of `count` values between `least` and `most`, by their sum and the sum of their squares. Of none it
    says nothing: the bounds are further than those."""
    guarded = (total + least + most) / (count + 2)
    variance = (squares + least**2 + most**2) / (count + 2) - guarded**2
    error = math.sqrt(max(variance, 0.0) / (count + 1))
    return Mean(total / count if count else guarded, guarded, error)

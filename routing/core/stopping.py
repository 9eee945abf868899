"""When an arm of an experiment is stopped: its bounds, and what has been seen of it. Pure.

Each bound says that a mean is at most so much: the share of failures, of requests slower than a limit (half
of them for a median, a twentieth for the 95th percentile), the cost, or what answers lack to the best score.
What is held against it is a test martingale (likelihood ratios, mixed over all larger means), which may be
looked at after every request: of the arms that keep all their bounds, at most one in twenty is ever stopped.
It asks that requests are much alike in time, and for no distribution.
"""

import math
from dataclasses import dataclass

from routing.core.routes import MILLI, Bound

ALPHA = 0.05  # of an arm, over all its bounds and all looks
MEANS = 48  # over which ratios are mixed
COST_CAP = 20  # a cost counts up to so many limits: what is left out only makes the test milder
SLOWER = {"p50": 0.5, "p95": 0.05}
WORDS = {
    "errors": "failed requests",
    "p50": "median latency",
    "p95": "95th percentile of the latency",
    "cost": "cost per request",
    "score": "feedback",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """Of `count` values between 0 and 1, the sum."""

    count: int
    total: float


@dataclass(frozen=True, slots=True)
class Look:
    """What a bound says of what was seen. `evidence` is from 0 on; at 1 the arm is stopped. `control` is
    what was seen of the control where the arm is compared with it; `at_ms` where, of a percentile."""

    bound: Bound
    seen: Seen
    evidence: float
    control: Seen | None = None
    at_ms: int | None = None

    @property
    def is_broken(self) -> bool:
        counts = [self.seen.count, *([] if self.control is None else [self.control.count])]
        return min(counts) >= self.bound.after and self.evidence >= 1.0


def allowed_mean(bound: Bound) -> float:
    """The mean, between 0 and 1, that what is seen must not be above."""
    if bound.metric in SLOWER:
        return SLOWER[bound.metric]
    if bound.metric == "cost":
        return 1 / COST_CAP
    share = bound.limit / MILLI
    return 1 - share if bound.metric == "score" else share


def look(bound: Bound, seen: Seen, *, bounds: int) -> Look:
    """`bounds` is how many the arm has: they share the chance of being wrong."""
    return Look(bound, seen, share_of_needed(log_evidence(seen, allowed_mean(bound)), bounds))


def share_of_needed(evidence: float, bounds: int) -> float:
    """Of the evidence, as a logarithm, that stops an arm with so many bounds."""
    return max(evidence / math.log(bounds / ALPHA), 0.0)


def log_evidence(seen: Seen, mean: float) -> float:
    """The logarithm of the martingale against “the mean is at most `mean`”; of none it is nothing.

    Convexity makes the ratio fit for any values between 0 and 1: exp is at most what its chord says.
    """
    if not seen.count or mean >= 1:
        return 0.0
    if mean <= 0:
        return math.inf if seen.total > 0 else 0.0
    rest = seen.count - seen.total
    logs = []
    for at in range(1, MEANS + 1):
        larger = mean + (1 - mean) * (at / (MEANS + 1)) ** 2
        logs.append(seen.total * math.log(larger / mean) + rest * math.log((1 - larger) / (1 - mean)))
    most = max(logs)
    return most + math.log(math.fsum(math.exp(each - most) for each in logs) / MEANS)

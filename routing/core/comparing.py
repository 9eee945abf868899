"""Whether an arm is worse than the control by more than a margin. Pure.

For any value there are two test martingales (routing.core.stopping): one that the arm is beyond the value and
the margin, one that the control is below the value. Where the arm keeps the margin and the value is what is
true of the control, both are martingales, and so is their product, since each request moves one of them, and
any mean of these three. What is true is not known, so the value counts for which that mean is least: it is
never more than that of the truth. It may be looked at after every request, and asks that the requests of each
arm are much alike in time.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import ceil, exp, inf, log, sqrt

from routing.core.routes import Margin
from routing.core.stopping import Look, Seen, log_evidence, share_of_needed

GOLDEN = (sqrt(5) - 1) / 2
NARROWINGS = 40  # of where the least evidence is: to a hundred-millionth of the whole
MAX_EDGES = 200  # latencies that are tried; between two of them the least that it can be counts


@dataclass(frozen=True, slots=True)
class Compared:
    """The logarithm of the least mean, and what it is of: both sums at the same value."""

    log_evidence: float
    arm: Seen
    control: Seen
    at_ms: int | None = None  # of a percentile: what the control's may be at most


def look_beside(margin: Margin, compared: Compared, *, bounds: int) -> Look:
    """`bounds` is how many the arm has, of either kind: they share the chance of being wrong."""
    evidence = share_of_needed(compared.log_evidence, bounds)
    return Look(margin, compared.arm, evidence, compared.control, compared.at_ms)


def means(arm: Seen, control: Seen, margin: float) -> Compared:
    """Against “the arm's mean is at most the control's and `margin`”, of values between 0 and 1."""
    turned = Seen(control.count, control.count - control.total)

    def joint(mean: float) -> float:
        return _joint(log_evidence(arm, mean + margin), log_evidence(turned, 1 - mean))

    return Compared(_least(joint, 0.0, 1 - margin), arm, control)


def _joint(beyond: float, below: float) -> float:
    """Of two martingales a half of their product, and a quarter of each, as a logarithm: the product where
    both speak, the one where the other has nothing to say."""
    terms = (beyond + below - log(2), beyond - log(4), below - log(4))
    most = max(terms)
    return most + log(sum(exp(term - most) for term in terms))


def _least(convex: Callable[[float], float], low: float, high: float) -> float:
    """By golden section. Each martingale's logarithm is convex in the mean: of each ratio it is a sum of
    log((1 - g) + g / mean) and constants, and the logarithm of a sum of exponentials keeps convexity."""
    first, second = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    at_first, at_second = convex(first), convex(second)
    for _ in range(NARROWINGS):
        if at_first <= at_second:
            high, second, at_second = second, first, at_first
            first = high - GOLDEN * (high - low)
            at_first = convex(first)
        else:
            low, first, at_first = first, second, at_second
            second = low + GOLDEN * (high - low)
            at_second = convex(second)
    return min(at_first, at_second)


class Latencies:
    """How many requests took how many milliseconds."""

    def __init__(self, counts: Iterable[tuple[int, int]]) -> None:
        ordered = sorted(counts)
        self.values = [latency_ms for latency_ms, _ in ordered]
        self._up_to = [0, *accumulate(count for _, count in ordered)]

    @property
    def count(self) -> int:
        return self._up_to[-1]

    def under(self, latency_ms: float) -> int:
        return self._up_to[bisect_left(self.values, latency_ms)]

    def over(self, latency_ms: float) -> int:
        return self.count - self._up_to[bisect_right(self.values, latency_ms)]


def percentiles(arm: Latencies, control: Latencies, *, slower: float, margin_ms: int) -> Compared:
    """Against “the arm's percentile is at most the control's and `margin_ms`”, where the share `slower` of
    requests is above a percentile.

    If the control's is `at`: at most that share of the arm is slower than `at` and the margin, and at least
    that share of the control takes `at` or longer. The longer `at` is, the less speaks against the first, and
    the more against the second; so between two edges it is at least what the end says of the one and the
    start of the other.
    """
    found = list[Compared]()
    for at, until in pairwise([*_edges(arm, margin_ms), inf]):
        late = Seen(arm.count, arm.over(until - 1 + margin_ms))
        soon = Seen(control.count, control.under(at))
        evidence = _joint(log_evidence(late, slower), log_evidence(soon, 1 - slower))
        found.append(Compared(evidence, late, soon, int(at)))
    return min(found, key=lambda each: each.log_evidence)


def _edges(arm: Latencies, margin_ms: int) -> list[float]:
    """Where fewer of the arm are beyond: those that are its own, or some of them."""
    every = max(ceil(len(arm.values) / MAX_EDGES), 1)
    thinned = (value - margin_ms for value in arm.values[::-1][::every])
    return sorted({0.0, *(float(edge) for edge in thinned if edge > 0)})

"""What a router costs and yields at each threshold, and the cheapest threshold that can be vouched for. Pure.

The threshold that looks right on a few hundred labels misses its target on fresh data about every second
time. So a threshold is proposed only where the lower bound of its quality holds: thresholds are tried from
the cheapest up, and the first one whose 95 % bound reaches the target is taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from audit.core.means import Mean
from evaluation.core.bounds import mean_of
from evaluation.core.outcomes import Pair
from routing.core.trained import ALWAYS, NEVER

STEPS = 20
MIN_LABELS = 100


@dataclass(frozen=True, slots=True)
class Point:
    """One threshold. `against_strong` is the paired difference to always taking the strong model."""

    threshold: int
    strong_share: float
    quality: Mean
    against_strong: Mean
    cost_nano: float


@dataclass(frozen=True, slots=True)
class Target:
    """What the admin asks for: at least this quality, at most this loss against the strong model, or at most
    this cost per request. One of them is given."""

    quality: float | None = None
    loss: float | None = None
    cost_nano: float | None = None

    def is_met_by(self, point: Point) -> bool:
        if self.quality is not None:
            return point.quality.lower >= self.quality
        if self.loss is not None:
            return point.against_strong.lower >= -self.loss
        return self.cost_nano is not None and point.cost_nano <= self.cost_nano


def curve_of(pairs: Sequence[Pair], thousandths: Sequence[int]) -> list[Point]:
    """From the cheapest up: never the strong model, then more and more of the requests, then always."""
    return [point_at(pairs, thousandths, threshold) for threshold in thresholds_of(thousandths)]


def thresholds_of(thousandths: Sequence[int]) -> list[int]:
    """At most STEPS + 1, the highest first: at equal shares of the requests, and both ends."""
    ordered = sorted(thousandths, reverse=True)
    inner = {ordered[len(ordered) * step // STEPS] for step in range(1, STEPS)}
    return [NEVER, *sorted(inner, reverse=True), ALWAYS]


def point_at(pairs: Sequence[Pair], thousandths: Sequence[int], threshold: int) -> Point:
    strong = [score >= threshold for score in thousandths]
    quality, against, cost = [], [], 0
    for pair, is_strong in zip(pairs, strong, strict=True):
        quality.append(pair.strong if is_strong else pair.weak)
        against.append(0.0 if is_strong else -pair.gap)
        cost += pair.strong_cost_nano if is_strong else pair.weak_cost_nano
    return Point(
        threshold,
        sum(strong) / len(strong),
        mean_of(quality, least=0.0, most=1.0),
        mean_of(against, least=-1.0, most=1.0),
        cost / len(pairs),
    )


def certified(curve: Sequence[Point], target: Target) -> Point | None:
    """The cheapest point whose bound meets the target; of a budget, the best one within it. None where none
    does: then the strong model is always taken, or the rules are kept."""
    met = [point for point in curve if target.is_met_by(point)]
    if not met:
        return None
    return met[0] if target.cost_nano is None else max(met, key=lambda point: point.quality.value)


def looks_right(curve: Sequence[Point], target: Target) -> Point | None:
    """The cheapest point whose own mean meets a target of quality: what certifying is compared with."""
    return next((each for each in curve if each.quality.value >= (target.quality or 0.0)), None)

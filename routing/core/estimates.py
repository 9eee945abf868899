"""What each part of a route costs and takes: at worst, and where nothing fails and every first answer passes.

What is expected is of a request of TYPICAL_INPUT_TOKENS and TYPICAL_OUTPUT_TOKENS, at today's prices and the
measured median latencies; None where these are not known.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from routing.core.cost import worst_case_nano
from routing.core.facts import Health
from routing.core.lint.budgets import worst_of
from routing.core.lint.matching import matches
from routing.core.parts import HELPERS, ROOT, SHADOW, Part, every_part, parts_of
from routing.core.release import Policy, Release
from routing.core.routes import (
    Balance,
    Classify,
    Ensemble,
    Experiment,
    Model,
    Pipeline,
    Route,
    Verify,
)

TYPICAL_INPUT_TOKENS = 1_000
TYPICAL_OUTPUT_TOKENS = 300


@dataclass(frozen=True, slots=True)
class Estimate:
    worst_nano: int
    expected_nano: int | None
    expected_ms: int | None


@dataclass(frozen=True, slots=True)
class _Expected:
    nano: float | None
    ms: float | None


def estimates(
    route: Route, policy: Policy, release: Release, health: Mapping[str, Health], now_us: int
) -> dict[str, Estimate]:
    """Path → its estimate, of every part; a shadow's and a judge's too."""
    found = {}
    for part in every_part(route):
        likely = _expected(part.route, release, health, now_us)
        found[part.path] = Estimate(
            worst_of(part.route, policy, release, now_us),
            None if likely.nano is None else round(likely.nano),
            None if likely.ms is None else round(likely.ms),
        )
    return found


def _expected(route: Route, release: Release, health: Mapping[str, Health], now_us: int) -> _Expected:
    if isinstance(route, Model):
        return _of_model(route, release, health, now_us)
    asked = [part for part in _asked(route) if part.role != SHADOW]
    each = [_expected(part.route, release, health, now_us) for part in asked]
    costs, times = [one.nano for one in each], [one.ms for one in each]
    if isinstance(route, Balance | Experiment):
        weights = _weights(route)
        return _Expected(_mean(costs, weights), _mean(times, weights))
    if isinstance(route, Classify):
        helps = [place for place, part in enumerate(asked) if part.role in HELPERS]
        return _Expected(_branched(costs, helps), _branched(times, helps))
    if isinstance(route, Ensemble):
        helps = [place for place, part in enumerate(asked) if _is_helper(part)]
        return _Expected(_sum(costs), _slowest(times, helps))
    return _Expected(_sum(costs), _sum(times))


def _asked(route: Route) -> list[Part]:
    """What is asked where all goes well."""
    parts = list(parts_of(route, ROOT))
    if isinstance(route, Classify):
        return parts
    parts = [part for part in parts if not part.path.endswith(".o")]
    if isinstance(route, Balance | Experiment | Ensemble | Pipeline | Verify):
        return parts
    return [part for part in parts if part.path.startswith(f"{ROOT}.0")]


def _of_model(route: Model, release: Release, health: Mapping[str, Health], now_us: int) -> _Expected:
    """The mean of the deployments that it names."""
    named = [found for found in release.deployments.values() if matches(route, found)]
    prices = [deployment.price_at(now_us) for deployment in named]
    costs = [
        None
        if price is None
        else float(
            worst_case_nano(
                price, input_tokens=TYPICAL_INPUT_TOKENS, output_tokens=TYPICAL_OUTPUT_TOKENS, audio=False
            )
        )
        for price in prices
    ]
    measured = [health[found.name].latency_p50_ms for found in named if found.name in health]
    known = [float(ms) for ms in measured if ms is not None]
    return _Expected(_mean(costs, [1] * len(costs)), _mean([*known], [1] * len(known)))


def _weights(route: Balance | Experiment) -> list[int]:
    if isinstance(route, Experiment):
        return [arm.weight for arm in route.arms]
    return [weight if route.by == "weight" else 1 for _, weight in route.members]


def _is_helper(part: Part) -> bool:
    return part.path.endswith(".h")


def _mean(values: list[float | None], weights: list[int]) -> float | None:
    total = sum(weights)
    if not total or any(value is None for value in values):
        return None
    return sum((value or 0) * weight for value, weight in zip(values, weights, strict=True)) / total


def _sum(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known and len(known) == len(values) else None


def _branched(values: list[float | None], helps: list[int]) -> float | None:
    branches = [value for place, value in enumerate(values) if place not in helps]
    one = _mean(branches, [1] * len(branches))
    asked = _sum([values[place] for place in helps]) if helps else 0.0
    return None if one is None or asked is None else one + asked


def _slowest(values: list[float | None], helps: list[int]) -> float | None:
    known = [value for value in values if value is not None]
    if not known or len(known) < len(values):
        return None
    at_once = [value for place, value in enumerate(known) if place not in helps]
    return max(at_once, default=0.0) + sum(known[place] for place in helps)

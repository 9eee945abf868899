"""How long a route may take at worst: every call as long as its deployment is given, every retry made."""

from collections.abc import Iterator

from routing.core.lint.matching import matches
from routing.core.lint.problem import Problem
from routing.core.parts import HELPERS, ROOT, SHADOW, every_part, parts_of
from routing.core.release import Policy, Release
from routing.core.routes import (
    Balance,
    Classify,
    Ensemble,
    Experiment,
    Fallback,
    Hedge,
    Model,
    Places,
    Route,
)


def latency_problems(policy: Policy, release: Release, route: Route, subject: str) -> Iterator[Problem]:
    """Of routes that make several calls; a fallback alone is cut at the deadline, as it was meant to be."""
    if all(isinstance(part.route, Model | Places | Fallback | Balance) for part in every_part(route)):
        return
    worst_s = worst_latency_s(route, policy, release)
    if worst_s > policy.deadline_s:
        message = (
            f"It may take {worst_s} s where every call is as slow as it may be, and the deadline is "
            f"{policy.deadline_s} s: what does not fit is not begun."
        )
        yield Problem("deadline_short", subject, message, fatal=False)


def worst_latency_s(route: Route, policy: Policy, release: Release) -> int:
    """Seconds. Calls at once take as long as the slowest; a shadow is not waited for."""
    if isinstance(route, Model):
        return _slowest_s(route, 1, release) * policy.max_attempts_per_call
    if isinstance(route, Places):
        return _slowest_s(route.model, route.most, release) * policy.max_attempts_per_call
    parts = [part for part in parts_of(route, ROOT) if part.role != SHADOW]
    took = {part.path: worst_latency_s(part.route, policy, release) for part in parts}
    if isinstance(route, Balance | Experiment):
        return max(took.values(), default=0)
    if isinstance(route, Hedge):
        return sum(took.values())
    if isinstance(route, Ensemble):
        members = [took[part.path] for part in parts if part.path.rpartition(".")[2][0].isdigit()]
        return max(members, default=0) + sum(took.values()) - sum(members)
    if isinstance(route, Classify):
        helps = sum(took[part.path] for part in parts if part.role in HELPERS)
        return helps + max((took[part.path] for part in parts if part.role not in HELPERS), default=0)
    return sum(took.values())


def _slowest_s(model: Model, places: int, release: Release) -> int:
    """Of one call in each of the `places` slowest of its deployments."""
    named = [found.timeout_s for found in release.deployments.values() if matches(model, found)]
    return sum(sorted(named, reverse=True)[:places])

"""What is wrong with a route: its shape, and what it names."""

from collections.abc import Iterator, Mapping

from routing.core.execution import SURVIVABLE
from routing.core.lint.matching import deployments_of
from routing.core.lint.matching import matches as matches
from routing.core.lint.nodes import node_problems
from routing.core.lint.problem import Problem
from routing.core.parts import ROOT, depth_of, parts_of
from routing.core.parts import models_of as models_of
from routing.core.release import (
    BALANCE_BY,
    MAX_ROUTE_CALLS,
    MAX_ROUTE_DEPTH,
    Balance,
    Deployment,
    Fallback,
    Model,
    Release,
    Route,
)

_KINDS = frozenset(kind.value for kind in SURVIVABLE)


def route_problems(route: Route, release: Release, subject: str) -> Iterator[Problem]:
    if depth_of(route) > MAX_ROUTE_DEPTH:
        yield Problem("route_too_deep", subject, f"The route is more than {MAX_ROUTE_DEPTH} levels deep.")
        return
    models = list(models_of(route))
    if len(models) > MAX_ROUTE_CALLS:
        yield Problem("route_too_wide", subject, f"The route may make more than {MAX_ROUTE_CALLS} calls.")
    yield from _shape_problems(route, subject)
    yield from node_problems(route, release, subject)
    for model in dict.fromkeys(models):
        yield from _model_problems(model, release.deployments, subject)
    yield from _provider_problems(route, release, subject)


def _shape_problems(route: Route, subject: str) -> Iterator[Problem]:
    if isinstance(route, Fallback):
        unknown = sorted(set(route.on) - _KINDS)
        if unknown:
            yield Problem("unknown_failure", subject, f"“fallback on” names what can't happen: {unknown[0]}.")
    if isinstance(route, Balance):
        if route.by not in BALANCE_BY:
            yield Problem("unknown_balance", subject, f"“balance by {route.by}” is unknown.")
        weights = [weight for _, weight in route.members]
        if any(weight < 0 for weight in weights) or not any(weights):
            yield Problem("weights_empty", subject, "A “balance” needs a weight above zero, and none below.")
    if isinstance(route, Fallback | Balance) and not route.members:
        yield Problem("route_empty", subject, "A “fallback” or “balance” has no member.")
    for part in parts_of(route, ROOT):
        yield from _shape_problems(part.route, subject)


def _model_problems(model: Model, deployments: Mapping[str, Deployment], subject: str) -> Iterator[Problem]:
    of_model = [deployment for deployment in deployments.values() if deployment.model == model.model]
    if not of_model:
        yield Problem("dangling_model", subject, f"No deployment serves the model “{model.model}”.")
    elif not any(matches(model, deployment) for deployment in of_model):
        asked = [f"{name} {value}" for name, value in _narrowing(model) if value is not None]
        message = f"No deployment of “{model.model}” has {' and '.join(asked)}."
        yield Problem("dangling_reference", subject, message)


def _narrowing(model: Model) -> tuple[tuple[str, str | None], ...]:
    return ("version", model.version), ("deployment", model.deployment), ("region", model.region)


def _provider_problems(route: Route, release: Release, subject: str) -> Iterator[Problem]:
    if not isinstance(route, Fallback) or len(route.members) < 2:
        return
    providers = {deployment.provider for deployment in deployments_of(route, release.deployments)}
    if len(providers) == 1:
        message = f"Every member of the fallback is served by {providers.pop()}: one outage stops them all."
        yield Problem("single_provider_fallback", subject, message, fatal=False)

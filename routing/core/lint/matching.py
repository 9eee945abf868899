"""Which deployments a route names."""

from collections.abc import Mapping

from routing.core.parts import models_of
from routing.core.release import Deployment
from routing.core.routes import Model, Route


def deployments_of(route: Route, deployments: Mapping[str, Deployment]) -> list[Deployment]:
    """All that the route names, each once."""
    named = {d.name: d for model in models_of(route) for d in deployments.values() if matches(model, d)}
    return list(named.values())


def matches(model: Model, deployment: Deployment) -> bool:
    return (
        model.model == deployment.model
        and model.version in (None, deployment.version)
        and model.deployment in (None, deployment.name)
        and model.region in (None, deployment.region)
    )

"""Models that routes name and that are on their way out, or out already."""

from collections.abc import Iterator

from routing.core.lint.problem import Problem
from routing.core.lint.routes import matches, models_of
from routing.core.release import Deployment, Model, Release, Route

DEPRECATED, RETIRED = "deprecated", "retired"


def serving_problems(route: Route, release: Release, subject: str) -> Iterator[Problem]:
    for model in dict.fromkeys(models_of(route)):
        named = [deployment for deployment in release.deployments.values() if matches(model, deployment)]
        states = {deployment.lifecycle for deployment in named}
        if states == {RETIRED}:
            yield _warning("model_retired", subject, f"“{_called(model)}” is retired, so it never serves.")
        elif states and states <= {DEPRECATED, RETIRED}:
            message = (
                f"“{_called(model)}” is being retired: {_versions(named)} deprecated. Name its successor."
            )
            yield _warning("model_retiring", subject, message)


def _called(model: Model) -> str:
    return f"{model.model} {model.version}" if model.version else model.model


def _versions(named: list[Deployment]) -> str:
    versions = sorted({deployment.version for deployment in named if deployment.lifecycle == DEPRECATED})
    return f"version {versions[0]} is" if len(versions) == 1 else f"versions {', '.join(versions)} are"


def _warning(code: str, subject: str, message: str) -> Problem:
    return Problem(code, subject, message, fatal=False)

"""Whether an answer came from a deployment that stood in for one that was left alone because it kept failing.

Such a request has no failed attempt: the decision leaves out whose breaker is open. Without this a primary
that is down for hours would look like one that nobody asks.
"""

from collections.abc import Mapping

from routing.core.lint.matching import deployments_of
from routing.core.parts import ROOT, is_under, parts_of
from routing.core.release import Deployment, Release
from routing.core.routes import Fallback, Route


def stands_in(release: Release, policy: str, rule: str, path: str, failing: frozenset[str]) -> bool:
    """Whether some Fallback above the call at `path` has an earlier member that holds one of `failing`."""
    found = release.policies.get(policy)
    rules = found.rules if found is not None else ()
    route = next((each.route for each in rules if each.name == rule), None)
    return route is not None and _passed_over(route, ROOT, path, failing, release.deployments)


def _passed_over(
    route: Route, place: str, path: str, failing: frozenset[str], deployments: Mapping[str, Deployment]
) -> bool:
    earlier: list[Route] = []
    for part in parts_of(route, place):
        if is_under(path, part.path):
            if isinstance(route, Fallback) and any(
                deployment.name in failing
                for member in earlier
                for deployment in deployments_of(member, deployments)
            ):
                return True
            return _passed_over(part.route, part.path, path, failing, deployments)
        earlier.append(part.route)
    return False

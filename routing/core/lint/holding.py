"""Where answers may be held for a person: where they would have been the request's own, and are stored."""

from collections.abc import Iterator

from routing.core.lint.problem import Problem
from routing.core.parts import ANSWER, ROOT, every_part, otherwise_path, parts_of
from routing.core.release import Release, Route
from routing.core.routes import Ensemble, Hedge, Pipeline, Verify


def holding_problems(route: Route, release: Release, subject: str) -> Iterator[Problem]:
    if not any(_holds(part.route) for part in every_part(route)):
        return
    if _is_inside(route, ROOT, own=True):
        message = (
            "“verify or hold” stands where its answer is not the request's own: in an ensemble, a hedge, "
            "a step before the last, or a call that is not to answer."
        )
        yield Problem("hold_inside", subject, message)
    unstored = sorted(each.name for each in release.data_classes.values() if not each.store_content)
    if unstored:
        message = (
            f"Of data that may not be stored ({', '.join(unstored)}) no answer can be held: one that does "
            "not pass is refused."
        )
        yield Problem("hold_unstored", subject, message, fatal=False)


def _is_inside(route: Route, path: str, *, own: bool) -> bool:
    """`own` says whether the route's answer is the request's."""
    if _holds(route) and not own:
        return True
    return any(
        _is_inside(part.route, part.path, own=own and part.role == ANSWER and _gives(route, path, part.path))
        for part in parts_of(route, path)
    )


def _gives(route: Route, path: str, of: str) -> bool:
    """Whether the answer of the part at `of` is given as it is."""
    if isinstance(route, Pipeline):
        return of == f"{path}.{len(route.steps) - 1}"
    if isinstance(route, Ensemble):
        return of == otherwise_path(path)
    return not isinstance(route, Hedge)


def _holds(route: Route) -> bool:
    return isinstance(route, Verify) and route.on_failure == "hold"

"""Where the calls of each drawn part are in the plan: the paths of `routing.core.parts`, in the order of
`routing.core.shapes`. A judge that is drawn once is asked at several places."""

from collections.abc import Callable

from routing.core.parts import helper_path, judge_path, otherwise_path
from routing.core.shapes import RouteValue

Paths = tuple[str, ...]


def paths_below(route: RouteValue, paths: Paths) -> list[Paths]:
    """Of each member of the shape of `route`, which stands at `paths`."""
    found = _BELOW.get(route["node"])
    if found is None:
        return []
    each = [found(route, path) for path in paths]
    return [tuple(place for places in member for place in places) for member in zip(*each, strict=True)]


def _members(name: str) -> Callable[[RouteValue, str], list[Paths]]:
    return lambda route, path: [(f"{path}.{place}",) for place in range(len(route[name]))]


def _model(route: RouteValue, path: str) -> list[Paths]:
    return [(f"{path}.{place}",) for place in range(route.get("places", 0))]


def _checked(name: str) -> Callable[[RouteValue, str], list[Paths]]:
    def below(route: RouteValue, path: str) -> list[Paths]:
        places = [f"{path}.{place}" for place in range(len(route[name]))]
        judge = [tuple(judge_path(place) for place in places)] if "judge" in route else []
        return [*((place,) for place in places), *judge]

    return below


def _ensemble(route: RouteValue, path: str) -> list[Paths]:
    members = [_samples(f"{path}.{at}", part.get("samples", 1)) for at, part in enumerate(route["members"])]
    helper = [(helper_path(path),)] if "helper" in route else []
    return [*members, *helper, *_otherwise(route, path)]


def _samples(place: str, samples: int) -> Paths:
    return (place, *(f"{place}~{sample}" for sample in range(1, samples)))


def _pipeline(route: RouteValue, path: str) -> list[Paths]:
    found: list[Paths] = []
    for at, step in enumerate(route["steps"]):
        place = f"{path}.{at}"
        found += [(place,), *([(judge_path(place),)] if "judge" in step else [])]
    return found


def _verify(route: RouteValue, path: str) -> list[Paths]:
    return [(f"{path}.0",), (judge_path(f"{path}.0"),), *_otherwise(route, path)]


def _classify(route: RouteValue, path: str) -> list[Paths]:
    helper = [(helper_path(path),)] if "helper" in route or "unsure" in route else []
    return [*helper, *_members("branches")(route, path), *_otherwise(route, path)]


def _hedge(route: RouteValue, path: str) -> list[Paths]:
    return [(f"{path}.0",), (f"{path}.1",)]


def _experiment(route: RouteValue, path: str) -> list[Paths]:
    shadows: list[Paths] = [(f"{path}.s{at}",) for at in range(len(route.get("shadows", ())))]
    return [*_members("arms")(route, path), *shadows]


def _otherwise(route: RouteValue, path: str) -> list[Paths]:
    return [(otherwise_path(path),)] if "otherwise" in route else []


_BELOW: dict[str, Callable[[RouteValue, str], list[Paths]]] = {
    "model": _model,
    "fallback": _members("members"),
    "balance": _members("members"),
    "cascade": _checked("members"),
    "ensemble": _ensemble,
    "pipeline": _pipeline,
    "verify": _verify,
    "classify": _classify,
    "hedge": _hedge,
    "experiment": _experiment,
    "tiered": _checked("tiers"),
}

"""Whether what a rule names is registered: asked of the tables while it is being written."""

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import Any

from registry.models import Application, DataClass, Deployment, Model, ModelVersion, Team
from routing.core.shapes import shape_of

_CONDITION_TABLES: dict[str, tuple[str, type[DataClass] | type[Application] | type[Team]]] = {
    "data_class": ("data class", DataClass),
    "application": ("application", Application),
    "team": ("team", Team),
}


def unknown_names(conditions: Sequence[dict[str, Any]], route: dict[str, Any] | None) -> list[str]:
    """A sentence for each name that is registered nowhere, with the nearest one that is."""
    return [*_unknown_in_conditions(conditions), *_unknown_in_route(route)]


def _unknown_in_conditions(conditions: Sequence[dict[str, Any]]) -> Iterator[str]:
    for condition in conditions:
        if condition["fact"] in _CONDITION_TABLES:
            kind, table = _CONDITION_TABLES[condition["fact"]]
            yield from _unknown(kind, condition["values"], table.objects.values_list("name", flat=True))


def _unknown_in_route(route: dict[str, Any] | None) -> Iterator[str]:
    leaves = list(_leaves(route))
    if not leaves:
        return
    yield from _unknown("model", _named(leaves, "model"), Model.objects.values_list("name", flat=True))
    yield from _unknown(
        "version", _named(leaves, "version"), ModelVersion.objects.values_list("name", flat=True)
    )
    deployments = Deployment.objects.values_list("name", "region")
    yield from _unknown("deployment", _named(leaves, "deployment"), (name for name, _ in deployments))
    yield from _unknown("region", _named(leaves, "region"), (region for _, region in deployments))


def _leaves(route: dict[str, Any] | None) -> Iterator[dict[str, Any]]:
    if route is None:
        return
    if route["node"] == "model":
        yield route
    for _, member in shape_of(route).members:
        yield from _leaves(dict(member))


def _named(leaves: Iterable[dict[str, Any]], key: str) -> list[str]:
    return [leaf[key] for leaf in leaves if leaf.get(key)]


def _unknown(kind: str, names: Iterable[Any], known: Iterable[str]) -> Iterator[str]:
    wanted = dict.fromkeys(str(name) for name in names)
    if not wanted:
        return
    registered = set(known)
    for name in wanted:
        if name not in registered:
            near = get_close_matches(name, sorted(registered), n=1)
            yield f"There is no {kind} “{name}”." + (f" Did you mean “{near[0]}”?" if near else "")

"""What a route may name, as the tables have it: offered by the editor, and asked of what it posts."""

from typing import Any

from registry.models import Application, Capability, DataClass, Deployment, Model, ModelVersion, Price, Team
from routing.core.editing import Trouble, walk
from routing.core.operations import CHAT, OTHERS, serves
from routing.core.patterns import PATTERNS, Known, Shelf
from routing.models import PromptTemplate, Task, TrainedRouter
from routing.naming import unknown_names

MAX_NAMES = 2_000
Value = dict[str, Any]


def names() -> dict[str, Any]:
    """Of each kind of thing: pairs of a name and the models that it belongs to, if to any."""
    versions = ModelVersion.objects.values_list("name", "model__name").order_by("name")[:MAX_NAMES]
    deployments = list(_deployments())
    return {
        "models": [[name, []] for name in Model.objects.values_list("name", flat=True)[:MAX_NAMES]],
        "versions": _grouped(versions),
        "deployments": _grouped((row["name"], row["version__model__name"]) for row in deployments),
        "regions": _grouped((row["region"], row["version__model__name"]) for row in deployments),
        "routers": [[name, []] for name in TrainedRouter.objects.values_list("name", flat=True)[:MAX_NAMES]],
    }


def facts() -> dict[str, list[str]]:
    """What the values of a condition may be, where that is registered."""
    tables = {"data_class": DataClass, "application": Application, "team": Team, "task": Task}
    known = {
        fact: list(table.objects.values_list("name", flat=True)[:MAX_NAMES])  # type: ignore[attr-defined]
        for fact, table in tables.items()
    }
    return {
        **known,
        "operation": [CHAT, *sorted(OTHERS)],
        "capability": list(Capability.values),
        "prompt": sorted(set(PromptTemplate.objects.values_list("name", flat=True)[:MAX_NAMES])),
    }


def patterns() -> list[Value]:
    """The usual patterns, made of what is registered; `route` is None where something is lacking."""
    shelf = Shelf(_known())
    return [
        {"label": pattern.label, "help": pattern.help, "needs": pattern.needs, "route": pattern.make(shelf)}
        for pattern in PATTERNS
    ]


def unknown_in(route: Value | None) -> list[Trouble]:
    """A trouble at each call that names what is registered nowhere."""
    said: dict[str, list[str]] = {}
    found = []
    for path, node in walk(route):
        if node["node"] == "model":
            key = repr(sorted(node.items()))
            if key not in said:
                said[key] = unknown_names([], node)
            found += [Trouble(path, message) for message in said[key]]
    return found


def _known() -> list[Known]:
    """Models that chat and that some deployment serves."""
    providers: dict[str, list[str]] = {}
    for row in _deployments():
        if row["enabled"]:
            providers.setdefault(row["version__model__name"], []).append(row["provider__name"])
    prices = _prices()
    return [
        Known(
            model.name,
            model.tier,
            model.family,
            frozenset(providers[model.name]),
            prices.get(model.name),
            len(providers[model.name]),
        )
        for model in Model.objects.all()[:MAX_NAMES]
        if model.name in providers and _chats(model)
    ]


def _chats(model: Model) -> bool:
    return serves(frozenset(model.capabilities), CHAT)


def _prices() -> dict[str, int]:
    """Model → the least that a million input tokens ever cost, in nano-dollars: it only orders models."""
    rows = Price.objects.values_list("deployment__version__model__name", "input_usd_per_mtok")[:MAX_NAMES]
    least: dict[str, int] = {}
    for name, usd in rows:
        if usd is not None:
            nano = int(usd * 1_000_000_000)
            least[name] = min(nano, least.get(name, nano))
    return least


def _deployments() -> Any:
    names = ("name", "region", "enabled", "version__model__name", "provider__name")
    return Deployment.objects.order_by("name").values(*names)[:MAX_NAMES]


def _grouped(pairs: Any) -> list[list[Any]]:
    found: dict[str, list[str]] = {}
    for name, model in pairs:
        models = found.setdefault(name, [])
        if model not in models:
            models.append(model)
    return [[name, models] for name, models in found.items()]

"""Each node of a route as it is shown: a title, a few words beside it, and its parts, each with a label.

Pictures, outlines and sentences are made of this alone; a node is one entry of `_SHAPES`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from routing.core.routes import DEFAULT_FALLBACK_ON

RouteValue = Mapping[str, Any]

NARROWING = ("version", "deployment", "region")
_BALANCE = {
    "weight": "by share",
    "cost": "the cheapest",
    "latency": "the fastest",
    "load": "the least busy",
    "value": "the best value",
}
_ENSEMBLE = {
    "vote": "what most say",
    "any": "flagged where any flags it",
    "average": "the mean",
    "all": "all answers",
    "judge": "the best, by a judge",
    "synthesis": "one made of all",
}
_CLASSIFY = {"rules": "by rules", "trained": "by a trained router", "model": "by what a model says"}
_VERIFY = {
    "refuse": "else refused",
    "annotate": "else noted",
    "escalate": "else escalated",
    "hold": "else held for a person",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """A node as it is drawn: two lines of text, a class, and its members, each with the label of its line."""

    title: str
    small: str = ""
    css: str = "choice"
    members: tuple[tuple[str, RouteValue], ...] = ()
    key: str = ""  # by which it is known in the other picture


def shape_of(route: RouteValue | None) -> Shape:
    """A node that has no shape yet is shown by its name."""
    if route is None:
        return Shape("refuse", "no call is made", "refuse")
    known = _SHAPES.get(route["node"])
    return known(route) if known else Shape(str(route["node"]))


def _model(route: RouteValue) -> Shape:
    narrowed = [f"{name} {route[name]}" for name in NARROWING if route.get(name)]
    key = "\n".join(str(route.get(name) or "") for name in ("model", *NARROWING))
    if "places" in route:
        return _placed(route, narrowed, key)
    return Shape(str(route["model"]), " · ".join(narrowed), "call", key=key)


def _placed(route: RouteValue, narrowed: list[str], key: str) -> Shape:
    one = {name: given for name, given in route.items() if name != "places"}
    small = " · ".join([*narrowed, f"up to {route['places']} places"])
    return Shape(
        str(route["model"]),
        small,
        members=_numbered([one] * route["places"]),
        key=f"{key}\nplaces {route['places']}",
    )


def _fallback(route: RouteValue) -> Shape:
    on = tuple(route.get("on") or DEFAULT_FALLBACK_ON)
    small = "" if on == DEFAULT_FALLBACK_ON else f"on {', '.join(on)}"
    return Shape("in this order", small, members=_numbered(route["members"]))


def _balance(route: RouteValue) -> Shape:
    by, parts = route.get("by", "weight"), route["members"]
    total = sum(part["weight"] for part in parts)
    members = tuple(
        (_share(part["weight"], total) if by == "weight" else "", part["route"]) for part in parts
    )
    sticky = f", by {route['sticky'].replace('_', ' ')}" if "sticky" in route else ""
    return Shape("one of", _BALANCE.get(by, f"by {by}") + sticky, members=members)


def _cascade(route: RouteValue) -> Shape:
    small = _checks(route) + (", the last too" if route.get("strict") else "")
    return Shape("cascade", small, members=(*_numbered(route["members"]), *_judge(route)))


def _ensemble(route: RouteValue) -> Shape:
    quorum = f", {route['quorum']} needed" if "quorum" in route else ""
    members = [(_times(part), part["route"]) for part in route["members"]]
    helper = "judge" if route["by"] == "judge" else "writer"
    return Shape(
        "ensemble",
        f"{_ENSEMBLE[route['by']]}{quorum}",
        members=(
            *members,
            *_maybe(helper, route.get("helper")),
            *_maybe("otherwise", route.get("otherwise")),
        ),
    )


def _pipeline(route: RouteValue) -> Shape:
    members: list[tuple[str, RouteValue]] = []
    for step in route["steps"]:
        name = f"{step['name']}, optional" if step.get("optional") else step["name"]
        members += [(name, step["route"]), *_judge(step)]
    checked = sum(1 for step in route["steps"] if step.get("gates") or step.get("judge"))
    return Shape("pipeline", f"{checked} checked" if checked else "", members=tuple(members))


def _verify(route: RouteValue) -> Shape:
    return Shape(
        "verified",
        _VERIFY[route["on_failure"]],
        members=(
            ("answers", route["route"]),
            ("verifies", route["verifier"]["route"]),
            *_maybe("otherwise", route.get("otherwise")),
        ),
    )


def _classify(route: RouteValue) -> Shape:
    branches = tuple((branch["label"], branch["route"]) for branch in route["branches"])
    asked = _maybe("classifies", route.get("helper"))
    small = _CLASSIFY[route["by"]]
    if "unsure" in route:
        asked = _maybe("asked where unsure", route["unsure"]["route"])
        small += f", unsure within {route['unsure']['band']}"
    return Shape("by kind", small, members=(*asked, *branches, ("otherwise", route["otherwise"])))


def _hedge(route: RouteValue) -> Shape:
    small = f"after {route['after_ms']} ms" if "after_ms" in route else "when it is late"
    return Shape("hedged", small, members=(("first", route["route"]), ("second", route["second"])))


def _experiment(route: RouteValue) -> Shape:
    total = sum(arm["weight"] for arm in route["arms"])
    arms = tuple((f"{arm['name']} {_share(arm['weight'], total)}", arm["route"]) for arm in route["arms"])
    shadows = tuple(("shadow", shadow["route"]) for shadow in route.get("shadows", ()))
    bounds = "; ".join(map(stop_in_words, route.get("stops", ())))
    stops = f", arms stopped when {bounds}" if bounds else ""
    return Shape(f"experiment {route['name']}", f"by {route['sticky']}{stops}", members=(*arms, *shadows))


def stop_in_words(stop: RouteValue) -> str:
    """“errors above 50”, “score below control by 20 after 200”: as it is written in an outline."""
    way = "below" if stop["metric"] == "score" else "above"
    control = "control by " if stop.get("against") == "control" else ""
    after = f" after {stop['after']}" if "after" in stop else ""
    return f"{stop['metric']} {way} {control}{stop['limit']}{after}"


def _tiered(route: RouteValue) -> Shape:
    tiers = tuple((tier["name"], tier["route"]) for tier in route["tiers"])
    return Shape("tiers", _checks(route), members=(*tiers, *_judge(route)))


def _numbered(members: list[RouteValue]) -> tuple[tuple[str, RouteValue], ...]:
    return tuple((f"{place}.", member) for place, member in enumerate(members, start=1))


def _checks(route: RouteValue) -> str:
    return ", ".join(gate["gate"] for gate in route.get("gates", ()))


def _judge(route: RouteValue) -> tuple[tuple[str, RouteValue], ...]:
    return _maybe("judge", route["judge"]["route"]) if "judge" in route else ()


def _maybe(label: str, route: RouteValue | None) -> tuple[tuple[str, RouteValue], ...]:
    return () if route is None else ((label, route),)


def _otherwise(route: RouteValue) -> tuple[tuple[str, RouteValue], ...]:
    return _maybe("otherwise", route.get("otherwise"))


def _times(part: RouteValue) -> str:
    words = [f"weight {part['weight']}"] if "weight" in part else []
    return " ".join([*words, *([f"{part['samples']} times"] if "samples" in part else [])])


def _share(weight: int, total: int) -> str:
    return f"{100 * weight / total:.3g} %" if total else ""


_SHAPES: dict[str, Callable[[RouteValue], Shape]] = {
    "model": _model,
    "fallback": _fallback,
    "balance": _balance,
    "cascade": _cascade,
    "ensemble": _ensemble,
    "pipeline": _pipeline,
    "verify": _verify,
    "classify": _classify,
    "hedge": _hedge,
    "experiment": _experiment,
    "tiered": _tiered,
}

"""Routes as an indented outline.

    model small-model
    model large-model region eu-west
    model large-model places 3          up to three of its deployments, one after another

Several lines are tried in that order (a fallback). Written out, with what moves on to the next:

    fallback on error, timeout, rate_limit
      model small-model
      balance by weight
        3: model large-model
        1: model other-model version 2025-04-14

`balance by` takes weight, cost, latency, load or value. `refuse` alone refuses what the rule matches. The
nodes that make several calls are read by `routing.core.notation.nodes`; docs/orchestration.md shows each.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from routing.core.notation import nodes
from routing.core.notation.lines import INDENT, Line, lines_of, tree_of
from routing.core.notation.nodes import MAX_WEIGHT, Read, Write
from routing.core.notation.problem import NotationProblem
from routing.core.routes import (
    BALANCE_BY,
    DEFAULT_FALLBACK_ON,
    MAX_PLACES,
    MAX_ROUTE_CALLS,
    MAX_ROUTE_DEPTH,
    MILLI,
    STICKY_BY,
)

RouteValue = dict[str, Any]  # {"node": …}: as a release document holds it

REFUSE = "refuse"
NARROWING = ("version", "deployment", "region")
PLACES = "places"
_BALANCE = re.compile(
    r"((by )?(?P<by>[a-z]+)( (?P<floor>\d{1,4})( measured (?P<measured>[^\s]{1,128}))?)?)?"
    r"( ?sticky (?P<sticky>[a-z_]+))?"
)
ONLY_WEIGHTS = "only the members of a “balance” or an “ensemble” have weights."


def parse_route(text: str) -> RouteValue | None:
    """The route of an outline; None for `refuse`. Raises NotationProblem for the first line that is wrong."""
    lines = lines_of(text)
    if not lines:
        raise NotationProblem(1, "the route is empty. Name a model, or write “refuse”.")
    roots = tree_of(lines)
    if [root.text for root in roots] == [REFUSE] and not roots[0].children:
        return None
    value = _Reading(1).routes(roots)
    if sum(1 for line in lines if line.text.startswith("model ")) > MAX_ROUTE_CALLS:
        raise NotationProblem(lines[-1].number, f"a route names at most {MAX_ROUTE_CALLS} models.")
    return value


def render_route(route: RouteValue | None) -> str:
    """The outline that `parse_route` reads back to the same route."""
    if route is None:
        return REFUSE
    if route["node"] == "fallback" and _is_plain(route) and len(route["members"]) > 1:
        return "\n".join(line for member in route["members"] for line in _rendered(member, ""))
    return "\n".join(_rendered(route, ""))


class _Reading:
    """Reads lines at one depth of the tree."""

    def __init__(self, depth: int) -> None:
        self._depth = depth

    def routes(self, lines: list[Line]) -> RouteValue:
        """One line's route, or several tried in order."""
        if len(lines) == 1:
            return self._one(lines[0])
        members = [_Reading(self._depth + 1)._one(line) for line in lines]
        return {"node": "fallback", "members": members, "on": list(DEFAULT_FALLBACK_ON)}

    def _one(self, line: Line) -> RouteValue:
        if line.weight is not None:
            raise line.problem(ONLY_WEIGHTS)
        return self.value(line)

    def value(self, line: Line) -> RouteValue:
        if self._depth > MAX_ROUTE_DEPTH:
            raise line.problem(f"a route is at most {MAX_ROUTE_DEPTH} levels deep.")
        if line.word == "model":
            value = _model(line)
            if "places" in value and self._depth == MAX_ROUTE_DEPTH:
                raise line.problem(f"a route is at most {MAX_ROUTE_DEPTH} levels deep, and places are one.")
            return value
        read = _READ.get(line.word)
        if read is None:
            raise line.problem(f"“{line.word}” is unknown; a line begins with “model” or {_KNOWN}.")
        if not line.children:
            raise line.problem(f"“{line.word}” needs members: further lines, indented below it.")
        return read(line, _Reading(self._depth + 1))


def _model(line: Line) -> RouteValue:
    words = line.rest.split()
    if line.children:
        raise line.children[0].problem("nothing can stand below a model.")
    if not words or len(words) % 2 == 0:
        raise line.problem("write “model NAME”, then “version V”, “deployment D”, “region R” or “places N”.")
    value: RouteValue = {"node": "model", "model": words[0]}
    for name, given in zip(words[1::2], words[2::2], strict=True):
        if name not in (*NARROWING, PLACES) or name in value:
            raise line.problem(f"“{name}” is not expected; a model takes {_list((*NARROWING, PLACES))}.")
        value[name] = _places(line, given) if name == PLACES else given
    return {name: given for name, given in value.items() if (name, given) != (PLACES, 1)}


def _places(line: Line, given: str) -> int:
    places = int(given) if given.isascii() and given.isdigit() and len(given) < 3 else 0
    if not 1 <= places <= MAX_PLACES:
        raise line.problem(f"write “places” and a whole number from 1 to {MAX_PLACES}.")
    return places


def _fallback(line: Line, below: _Reading) -> RouteValue:
    on = list(DEFAULT_FALLBACK_ON)
    if line.rest:
        word, _, given = line.rest.partition(" ")
        on = [kind.strip() for kind in given.split(",") if kind.strip()]
        if word != "on" or not on:
            raise line.problem("write “fallback” or “fallback on error, timeout”.")
    return {"node": "fallback", "members": [below.routes([child]) for child in line.children], "on": on}


def _balance(line: Line, below: _Reading) -> RouteValue:
    by, sticky, floor, measured = _balance_by(line)
    members = []
    for child in line.children:
        weight = 1 if child.weight is None else child.weight
        if weight > MAX_WEIGHT:
            raise child.problem(f"a weight is at most {MAX_WEIGHT}.")
        members.append({"route": below.value(child), "weight": weight})
    value: RouteValue = {"node": "balance", "members": members, "by": by}
    if sticky != STICKY_BY[0]:
        value["sticky"] = sticky
    if by != "value":
        return value
    return {**value, "floor": floor, **({"measured": measured} if measured else {})}


def _balance_by(line: Line) -> tuple[str, str, int, str]:
    """(by, sticky, floor, measured) of “balance by weight sticky session”, or “balance by value 800 measured
    questions”."""
    found = _BALANCE.fullmatch(line.rest)
    by = (found["by"] or "weight") if found else ""
    sticky = (found["sticky"] or STICKY_BY[0]) if found else ""
    if found is None or by not in BALANCE_BY or sticky not in STICKY_BY:
        known = f"{_list(BALANCE_BY)}; then “sticky” and one of {_list(STICKY_BY)}"
        raise line.problem(f"write “balance by” and one of {known}.")
    if (by == "value") != bool(found["floor"]) or int(found["floor"] or 0) > MILLI:
        raise line.problem("write “balance by value 800”: the quality, in thousandths, that is enough.")
    return by, sticky, int(found["floor"] or 0), found["measured"] or ""


def _node(read: Callable[[Line, Read], RouteValue]) -> Callable[[Line, _Reading], RouteValue]:
    return lambda line, below: read(line, below.routes)


_READ: dict[str, Callable[[Line, _Reading], RouteValue]] = {
    "fallback": _fallback,
    "balance": _balance,
    "cascade": _node(nodes.read_cascade),
    "ensemble": _node(nodes.read_ensemble),
    "pipeline": _node(nodes.read_pipeline),
    "verify": _node(nodes.read_verify),
    "classify": _node(nodes.read_classify),
    "hedge": _node(nodes.read_hedge),
    "experiment": _node(nodes.read_experiment),
    "tiers": _node(nodes.read_tiered),
}
_WRITE: dict[str, Callable[[RouteValue, str, Write], Iterator[str]]] = {
    "cascade": nodes.write_cascade,
    "ensemble": nodes.write_ensemble,
    "pipeline": nodes.write_pipeline,
    "verify": nodes.write_verify,
    "classify": nodes.write_classify,
    "hedge": nodes.write_hedge,
    "experiment": nodes.write_experiment,
    "tiered": nodes.write_tiered,
}


def _rendered(route: RouteValue, start: str, prefix: str = "") -> Iterator[str]:
    if route["node"] == "model":
        words = [f"{name} {route[name]}" for name in (*NARROWING, PLACES) if route.get(name)]
        yield " ".join([f"{start}{prefix}model {route['model']}", *words])
    elif route["node"] == "fallback":
        yield start + prefix + ("fallback" if _is_plain(route) else f"fallback on {', '.join(route['on'])}")
        for member in route["members"]:
            yield from _rendered(member, start + INDENT)
    elif route["node"] == "balance":
        floor = f" {route['floor']}" if "floor" in route else ""
        floor += f" measured {route['measured']}" if "measured" in route else ""
        sticky = f" sticky {route['sticky']}" if "sticky" in route else ""
        yield f"{start}{prefix}balance by {route.get('by', 'weight')}{floor}{sticky}"
        for part in route["members"]:
            yield from _rendered(part["route"], start + INDENT, f"{part['weight']}: ")
    else:
        first, *rest = _WRITE[route["node"]](route, start, _rendered)
        yield start + prefix + first[len(start) :]
        yield from rest


def _is_plain(route: RouteValue) -> bool:
    return tuple(route.get("on") or DEFAULT_FALLBACK_ON) == DEFAULT_FALLBACK_ON


def _list(words: tuple[str, ...]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


_KNOWN = _list(tuple(f"“{word}”" for word in _READ))

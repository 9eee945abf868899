"""Routes as an indented outline.

    model small-model
    model large-model region eu-west

Several lines are tried in that order (a fallback). Written out, with what moves on to the next:

    fallback on error, timeout, rate_limit
      model small-model
      balance by weight
        3: model large-model
        1: model other-model version 2025-04-14

`balance by` takes weight, cost, latency or load. `refuse` alone refuses what the rule matches.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from routing.core.notation.problem import NotationProblem
from routing.core.release import BALANCE_BY, DEFAULT_FALLBACK_ON, MAX_ROUTE_CALLS, MAX_ROUTE_DEPTH

RouteValue = dict[str, Any]  # {"node": …}: as a release document holds it

REFUSE = "refuse"
MAX_LINES = 100
MAX_WEIGHT = 1_000_000
INDENT = "  "
NARROWING = ("version", "deployment", "region")
_WEIGHT = re.compile(r"(\d{1,7})\s*:\s*")


@dataclass(slots=True)
class _Line:
    number: int
    indent: int
    text: str
    weight: int | None = None
    children: list["_Line"] = field(default_factory=list)


def parse_route(text: str) -> RouteValue | None:
    """The route of an outline; None for `refuse`. Raises NotationProblem for the first line that is wrong."""
    lines = _lines(text)
    if not lines:
        raise NotationProblem(1, "the route is empty. Name a model, or write “refuse”.")
    roots = _tree(lines)
    if [root.text for root in roots] == [REFUSE] and not roots[0].children:
        return None
    values = [_value(root, depth=1 if len(roots) == 1 else 2) for root in roots]
    for root in roots:
        if root.weight is not None:
            raise NotationProblem(root.number, "only the members of a “balance” have weights.")
    if sum(1 for line in lines if line.text.startswith("model ")) > MAX_ROUTE_CALLS:
        raise NotationProblem(lines[-1].number, f"a route names at most {MAX_ROUTE_CALLS} models.")
    if len(values) == 1:
        return values[0]
    return {"node": "fallback", "members": values, "on": list(DEFAULT_FALLBACK_ON)}


def render_route(route: RouteValue | None) -> str:
    """The outline that `parse_route` reads back to the same route."""
    if route is None:
        return REFUSE
    if route["node"] == "fallback" and _is_plain(route) and len(route["members"]) > 1:
        return "\n".join(line for member in route["members"] for line in _rendered(member, 0, ""))
    return "\n".join(_rendered(route, 0, ""))


def _lines(text: str) -> list[_Line]:
    found = []
    for number, raw in enumerate(text.expandtabs(2).split("\n"), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        weight = _WEIGHT.match(line)
        body = " ".join((line[weight.end() :] if weight else line).split())
        indent = len(raw.rstrip()) - len(raw.strip())
        found.append(_Line(number, indent, body, int(weight[1]) if weight else None))
        if len(found) > MAX_LINES:
            raise NotationProblem(number, f"a route has at most {MAX_LINES} lines.")
    return found


def _tree(lines: list[_Line]) -> list[_Line]:
    """The lines by indentation: what stands further in belongs to the line above it."""
    root = _Line(0, -1, "")
    above = [root]
    for line in lines:
        while above[-1].indent >= line.indent:
            above.pop()
        siblings = above[-1].children
        if siblings and siblings[0].indent != line.indent:
            raise NotationProblem(line.number, "its indentation fits no line above it.")
        siblings.append(line)
        above.append(line)
    return root.children


def _value(line: _Line, depth: int) -> RouteValue:
    if depth > MAX_ROUTE_DEPTH:
        raise NotationProblem(line.number, f"a route is at most {MAX_ROUTE_DEPTH} levels deep.")
    word, _, rest = line.text.partition(" ")
    if word == "model":
        return _model(line, rest)
    if word not in ("fallback", "balance"):
        known = "“model”, “fallback” or “balance”"
        raise NotationProblem(line.number, f"“{word}” is unknown; a line begins with {known}.")
    if not line.children:
        raise NotationProblem(line.number, f"“{word}” needs members: further lines, indented below it.")
    return _fallback(line, rest, depth) if word == "fallback" else _balance(line, rest, depth)


def _model(line: _Line, rest: str) -> RouteValue:
    words = rest.split()
    if line.children:
        raise NotationProblem(line.children[0].number, "nothing can stand below a model.")
    if not words or len(words) % 2 == 0:
        raise NotationProblem(
            line.number, "write “model NAME”, then “version V”, “deployment D” or “region R”."
        )
    value: RouteValue = {"node": "model", "model": words[0]}
    for name, given in zip(words[1::2], words[2::2], strict=True):
        if name not in NARROWING or name in value:
            raise NotationProblem(line.number, f"“{name}” is not expected; a model takes {_list(NARROWING)}.")
        value[name] = given
    return value


def _fallback(line: _Line, rest: str, depth: int) -> RouteValue:
    on = list(DEFAULT_FALLBACK_ON)
    if rest:
        word, _, written = rest.partition(" ")
        on = [kind.strip() for kind in written.split(",") if kind.strip()]
        if word != "on" or not on:
            raise NotationProblem(line.number, "write “fallback” or “fallback on error, timeout”.")
    for member in line.children:
        if member.weight is not None:
            raise NotationProblem(member.number, "only the members of a “balance” have weights.")
    return {"node": "fallback", "members": [_value(child, depth + 1) for child in line.children], "on": on}


def _balance(line: _Line, rest: str, depth: int) -> RouteValue:
    by = rest.removeprefix("by ") if rest else "weight"
    if by not in BALANCE_BY:
        raise NotationProblem(line.number, f"write “balance by” and one of {_list(BALANCE_BY)}.")
    members = []
    for child in line.children:
        weight = 1 if child.weight is None else child.weight
        if weight > MAX_WEIGHT:
            raise NotationProblem(child.number, f"a weight is at most {MAX_WEIGHT}.")
        members.append({"route": _value(child, depth + 1), "weight": weight})
    return {"node": "balance", "members": members, "by": by}


def _rendered(route: RouteValue, depth: int, prefix: str) -> Iterator[str]:
    start = INDENT * depth + prefix
    if route["node"] == "model":
        words = [f"{name} {route[name]}" for name in NARROWING if route.get(name)]
        yield " ".join([f"{start}model {route['model']}", *words])
    elif route["node"] == "fallback":
        yield start + ("fallback" if _is_plain(route) else f"fallback on {', '.join(route['on'])}")
        for member in route["members"]:
            yield from _rendered(member, depth + 1, "")
    else:
        yield f"{start}balance by {route.get('by', 'weight')}"
        for part in route["members"]:
            yield from _rendered(part["route"], depth + 1, f"{part['weight']}: ")


def _is_plain(route: RouteValue) -> bool:
    return tuple(route.get("on") or DEFAULT_FALLBACK_ON) == DEFAULT_FALLBACK_ON


def _list(words: tuple[str, ...]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"

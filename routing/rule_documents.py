"""Rules in configuration documents: in the order in which they are asked, as people write them."""

from typing import Any

from registry.documents import shape
from routing.core.notation import (
    NotationProblem,
    parse_conditions,
    parse_route,
    render_conditions,
    render_route,
)
from routing.models import Rule


def register() -> None:
    shape(
        Rule,
        key=("policy", "name"),
        ordered_by="position",
        notations={
            "conditions": (render_conditions, _conditions),
            "route": (render_route, _route),
        },
    )


def _conditions(text: Any) -> Any:
    try:
        return parse_conditions(_text(text))
    except NotationProblem as problem:
        raise ValueError(str(problem)) from problem


def _route(text: Any) -> Any:
    try:
        return parse_route(_text(text))
    except NotationProblem as problem:
        raise ValueError(str(problem)) from problem


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must be text.")
    return value

"""How people write rules: one condition a line, and routes as an indented outline."""

from routing.core.notation.bands import parse_bands, render_bands
from routing.core.notation.conditions import parse_conditions, render_conditions
from routing.core.notation.problem import NotationProblem
from routing.core.notation.routes import parse_route, render_route

__all__ = [
    "NotationProblem",
    "parse_bands",
    "parse_conditions",
    "parse_route",
    "render_bands",
    "render_conditions",
    "render_route",
]

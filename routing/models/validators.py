"""Whether JSON fields hold what they must: read back through the notation that people write."""

from typing import Any

from django.core.exceptions import ValidationError

from routing.core.lint.release import RESERVED_NAME
from routing.core.notation import (
    NotationProblem,
    parse_bands,
    parse_conditions,
    parse_route,
    render_bands,
    render_conditions,
    render_route,
)

MAX_APPLICATIONS = 1_000


def validate_policy_name(value: str) -> None:
    if value == RESERVED_NAME:
        raise ValidationError({"name": "“auto” means the default policy; give it another name."})


def validate_applications(value: object) -> None:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise ValidationError("Applications are a list of names.")
    if len(set(value)) != len(value) or len(value) > MAX_APPLICATIONS:
        raise ValidationError(f"Applications are at most {MAX_APPLICATIONS} distinct names.")


def validate_conditions(value: Any) -> None:
    """Conditions are sound where writing them down and reading them gives the same."""
    _must_survive(value, render_conditions, parse_conditions, "These are not conditions of a rule.")


def validate_route(value: Any) -> None:
    _must_survive(value, render_route, parse_route, "This is not a route.")


def validate_tier_bands(value: Any) -> None:
    """Nothing is no band: it is left out of a release."""
    if value is not None:
        _must_survive(value, render_bands, parse_bands, "These are not bands of tiers.")


def _must_survive(value: Any, render: Any, parse: Any, message: str) -> None:
    try:
        same = parse(render(value)) == value
    except NotationProblem as problem:
        raise ValidationError(str(problem)) from problem
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValidationError(message) from error
    if not same:
        raise ValidationError(message)

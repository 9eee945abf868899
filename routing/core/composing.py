"""A chat request on its way to one deployment: the messages that this model gets, and what was done for it.

While it is decided and while it waits, a request holds its prompt as `prompt`, with the rendered messages of
every variant: which one is sent is known when a deployment is called, so that a fallback to another family
gets that family's own words. Everything here is pure, and what it did is in `notes`, in words that hold
nothing of the request.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from routing.core.prompts import DEFAULT
from routing.core.tokens import TokenCounts, estimate

PROMPT = "prompt"


@dataclass(frozen=True, slots=True)
class Composed:
    """What an adapter gets. `variant` is the family whose messages the prompt put in; None without one."""

    request: Mapping[str, Any]
    variant: str | None = None
    notes: tuple[str, ...] = ()


def with_prompt(request: Mapping[str, Any], family: str) -> Composed:
    """The request with its prompt's messages before its own."""
    prompt = request.get(PROMPT)
    if prompt is None:
        return Composed(request)
    variants: Mapping[str, list[dict[str, Any]]] = prompt["variants"]
    variant = family if family in variants else DEFAULT
    rest = {name: value for name, value in request.items() if name != PROMPT}
    return Composed({**rest, "messages": [*variants[variant], *request["messages"]]}, variant)


def every_form(request: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The request as each family would get it."""
    prompt = request.get(PROMPT)
    for family in prompt["variants"] if prompt is not None else (DEFAULT,):
        yield with_prompt(request, family).request


def counts(request: Mapping[str, Any]) -> TokenCounts:
    """The most that any form of the request holds."""
    found = [estimate(form) for form in every_form(request)]
    return TokenCounts(
        max(count.input_tokens for count in found),
        max(count.input_tokens_bound for count in found),
        found[0].images,
    )

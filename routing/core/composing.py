"""A chat request on its way to one deployment: the messages that this model gets, and what was done for it.

1. The messages of its prompt's variant for the model's family go before the request's own. While it is
   decided and while it waits, a request holds every variant as `prompt`, rendered: which one is sent is known
   when a deployment is called, so that a fallback to another family gets that family's own words.
2. Where the deployment takes no JSON schema, the one that is asked for is told (routing.core.telling).
3. Where the policy allows it, the oldest turns that have no room are left out (routing.core.truncating).
4. Roles become what the endpoint takes (routing.core.roles).

Everything here is pure, and `notes` say what was done, in words that hold nothing of the request.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from routing.core.prompts import DEFAULT
from routing.core.roles import with_roles
from routing.core.telling import TOKENS_OF_TELLING, Way, asks_schema, told, way_of
from routing.core.tokens import TokenCounts, estimate
from routing.core.truncating import Shortened, least, shortened

PROMPT = "prompt"


@dataclass(frozen=True, slots=True)
class Composed:
    """What an adapter gets. `variant` is the family whose messages the prompt put in, None without a prompt;
    the first `protected` messages are instructions, whatever their role."""

    request: Mapping[str, Any]
    variant: str | None = None
    protected: int = 0
    notes: tuple[str, ...] = ()
    shortened: Shortened | None = None


def composed(
    request: Mapping[str, Any],
    *,
    family: str,
    capabilities: frozenset[str],
    quirks: frozenset[str],
    room_tokens: int | None,
) -> Composed:
    """The request as one deployment gets it. `room_tokens` is what its input may come to, by the estimate;
    None where nothing may be left out."""
    made = with_prompt(request, family)
    request, protected, notes = made.request, made.protected, list[str]()
    way = way_of(request, capabilities, quirks)
    if way is not None:
        longer = told(request, way, capabilities)
        protected += len(longer["messages"]) - len(request["messages"])
        request = longer
        notes.append("schema_by_prompt" if way is Way.WORDS else "schema_by_tool")
    short = shortened(request, room_tokens, protected) if room_tokens is not None else None
    if short is not None and short.left_out:
        request = short.request
        notes.append(f"truncated:{short.left_out}")
    messages, said = with_roles(request["messages"], quirks)
    if said:
        request = {**request, "messages": messages}
    return Composed(request, made.variant, protected, (*notes, *said), short)


def with_prompt(request: Mapping[str, Any], family: str) -> Composed:
    """The request with its prompt's messages before its own."""
    prompt = request.get(PROMPT)
    if prompt is None:
        return Composed(request)
    variants: Mapping[str, list[dict[str, Any]]] = prompt["variants"]
    variant = family if family in variants else DEFAULT
    rest = {name: value for name, value in request.items() if name != PROMPT}
    own = variants[variant]
    return Composed({**rest, "messages": [*own, *request["messages"]]}, variant, len(own))


def counts(request: Mapping[str, Any]) -> TokenCounts:
    """The most that any form of the request holds."""
    return _most(request, [made.request for made in _every_form(request)])


def least_tokens(request: Mapping[str, Any]) -> int:
    """The estimate of what is left where all is left out that may be, in the form that holds most then."""
    return _most(request, [least(made.request, made.protected) for made in _every_form(request)]).input_tokens


def forms(request: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The request as each family would get it."""
    return (made.request for made in _every_form(request))


def _every_form(request: Mapping[str, Any]) -> Iterator[Composed]:
    prompt = request.get(PROMPT)
    for family in prompt["variants"] if prompt is not None else (DEFAULT,):
        yield with_prompt(request, family)


def _most(request: Mapping[str, Any], forms: list[Mapping[str, Any]]) -> TokenCounts:
    found = [estimate(form) for form in forms]
    more = TOKENS_OF_TELLING if asks_schema(request) else 0
    return TokenCounts(
        max(count.input_tokens for count in found),
        max(count.input_tokens_bound for count in found) + more,
        found[0].images,
    )

"""Leaving out the oldest turns of a conversation that no model has room for, where the policy allows it.

Never left out are instructions, a prompt's own messages, and the last turn: the last message of the user with
all that follows it. A turn goes as a whole, so that no answer of a tool is left without its call.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from routing.core.roles import INSTRUCTIONS
from routing.core.tokens import estimate

TRUNCATIONS = ("refuse", "oldest")

Request = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Shortened:
    """`left_out` counts messages; tokens are estimates, as facts have them."""

    request: Request
    left_out: int
    tokens_before: int
    tokens_after: int


def shortened(request: Request, room_tokens: int, protected: int = 0) -> Shortened:
    """The request with as many of its newest turns as have room; the first `protected` messages stay. The
    last turn stays too, whether it has room or not."""
    before = estimate(request).input_tokens
    left_out: set[int] = set()
    after = before
    for turn in _old_turns(request["messages"], protected):
        if after <= room_tokens:
            break
        left_out.update(turn)
        after -= _tokens([request["messages"][place] for place in turn])
        if after <= room_tokens:  # a sum of estimates: ask for the estimate of the whole
            after = estimate(_without(request, left_out)).input_tokens
    if not left_out:
        return Shortened(request, 0, before, before)
    made = _without(request, left_out)
    return Shortened(made, len(left_out), before, estimate(made).input_tokens)


def least(request: Request, protected: int = 0) -> Request:
    """The request with nothing but what is never left out."""
    turns = _old_turns(request["messages"], protected)
    return _without(request, {place for turn in turns for place in turn})


def _old_turns(messages: Sequence[Mapping[str, Any]], protected: int) -> list[list[int]]:
    """The places of each turn's messages, from the oldest on, without the last turn."""
    turns: list[list[int]] = []
    for place in range(protected, len(messages)):
        role = messages[place]["role"]
        if role in INSTRUCTIONS:
            continue
        if role == "user" or not turns:
            turns.append([])
        turns[-1].append(place)
    return turns[:-1]


def _tokens(messages: Sequence[Mapping[str, Any]]) -> int:
    return estimate({"messages": messages}).input_tokens


def _without(request: Request, places: set[int]) -> Request:
    if not places:
        return request
    kept = [message for place, message in enumerate(request["messages"]) if place not in places]
    return {**request, "messages": kept}

"""Draws without randomness: a hash of the request's id and of the place in the route.

The same request draws the same in every process and in every replay; requests spread evenly.
"""

from collections.abc import Sequence
from hashlib import blake2b

from routing.core.facts import Facts


def draw(request_id: str, path: str, below: int) -> int:
    """An integer in [0, below), spread evenly over request ids."""
    digest = blake2b(f"{request_id}|{path}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") * below >> 64


def draw_by_weight(request_id: str, path: str, weights: Sequence[int]) -> int:
    """An index into `weights`. Where every weight is zero, the first."""
    total = sum(weights)
    if total <= 0:
        return 0
    point = draw(request_id, path, total)
    for position, weight in enumerate(weights):
        point -= weight
        if point < 0:
            return position
    return len(weights) - 1


def sticky_key(facts: Facts, by: str) -> str:
    """What keeps one who asks in one arm. A session is named by a tag `session:…`; who has none is taken by
    the request."""
    if by == "session":
        return next((tag for tag in facts.tags if tag.startswith("session:")), facts.request_id)
    value = {"end_user": facts.end_user, "application": facts.application, "api_key": facts.api_key}.get(by)
    return value or facts.request_id

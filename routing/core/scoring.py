"""Which trained routers a request is shown to, and what of it they see. Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Any

from routing.core.facts import Facts, Score
from routing.core.release import Policy, Release
from routing.core.trained import TrainedRouter

MAX_RELEASES = 8
MAX_POLICIES = 256


def scores_of(release: Release, requested: str, request: Mapping[str, Any], task: str) -> tuple[Score, ...]:
    """Of the routers that the policy in question names, by name; nothing is read where it names none."""
    if not release.routers:
        return ()
    policy = requested if requested in release.policies else release.default_policy
    asked = routers_of(release, policy)
    if not asked:
        return ()
    text = conversation_text(request)
    return tuple(router.score(text, task) for router in asked)


@lru_cache(maxsize=MAX_RELEASES * MAX_POLICIES)
def routers_of(release: Release, policy: str) -> tuple[TrainedRouter, ...]:
    """The release's routers that some route of the policy names, by name."""
    known = release.policies.get(policy)
    named = routers_named(known) if known else frozenset()
    return tuple(release.routers[name] for name in sorted(named & release.routers.keys()))


def routers_named(policy: Policy) -> frozenset[str]:
    return frozenset(name for rule in policy.rules for name in _named(rule.route))


def says(release: Release, router: str, label: str) -> Callable[[Facts], bool]:
    """Whether a trained router, by its own threshold, comes to `label`. One that was not asked never does."""
    known = release.routers.get(router)

    def holds(facts: Facts) -> bool:
        score = facts.score_of(router)
        if known is None or score is None:
            return False
        dial = facts.knobs.dial
        return known.label(score, None if dial is None else known.at_dial(dial)) == label

    return holds


def is_unsure(release: Release, router: str, band: int) -> Callable[[Facts], bool]:
    """Whether a trained router's score is within `band` thousandths of the threshold that it is asked by."""
    known = release.routers.get(router)

    def holds(facts: Facts) -> bool:
        score = facts.score_of(router)
        if known is None or score is None or score.outside:
            return False
        dial = facts.knobs.dial
        threshold = known.threshold if dial is None else known.at_dial(dial)
        return abs(score.thousandths - threshold) <= band

    return holds


def conversation_text(request: Mapping[str, Any]) -> str:
    """The first message of the user, so that a conversation keeps its route, and with it the provider's cache
    of its prompt; "" where there is none."""
    for message in request.get("messages") or ():
        if isinstance(message, Mapping) and message.get("role") == "user":
            return _text(message.get("content"))
    return ""


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list | tuple) else ()
    return "\n".join(
        str(part["text"]) for part in parts if isinstance(part, Mapping) and part.get("type") == "text"
    )


def _named(node: Any) -> Iterator[str]:
    """The value of every field called `router`, at any depth: which nodes have one is theirs to say."""
    if isinstance(node, tuple):
        for part in node:
            yield from _named(part)
    elif is_dataclass(node):
        for field in fields(node):
            value = getattr(node, field.name)
            if field.name == "router" and isinstance(value, str):
                if value:
                    yield value
            else:
                yield from _named(value)

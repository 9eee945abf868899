"""Which requests may be answered again, and why another is not: a closed vocabulary."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from routing.core.batching import ZERO_RETENTION
from routing.core.caching.settings import Caching
from routing.core.decision import ExperimentPlan, Plan, PlanNode
from routing.core.facts import Facts
from routing.core.operations import CHAT
from routing.core.release import Release

CONFIDENTIAL = "confidential"  # where a release has a class of this name: it, and what is above it
MAX_NEAR_CHARS = 4000  # of a question that is compared with others
MAX_SYSTEM_MESSAGES = 4


class Skip(StrEnum):
    """Why a request is neither looked up nor kept. Add, never rename."""

    OPERATION = "operation"  # it is not a chat
    CHOICES = "choices"  # it asks for several answers
    SAMPLED = "sampled"  # it does not ask for temperature 0, and the policy keeps only what does
    REDACTED = "redacted"  # its answer is restored with values that are of this request alone
    EXPERIMENT = "experiment"  # a measurement would be falsified
    LIVE_SOURCES = "live_sources"  # the provider looks things up, which change
    AUDIO = "audio"  # it is answered in sound
    RETENTION = "retention"  # its class asks that nothing is kept
    BATCH = "batch"  # a provider's own batch service answers
    # of what is near alone
    TOOLS = "tools"
    TURNS = "turns"
    PROMPT = "prompt"
    PARTS = "parts"
    LENGTH = "length"
    TEMPERATURE = "temperature"
    DATA_CLASS = "data_class"


def skipped(
    caching: Caching, release: Release, facts: Facts, request: Mapping[str, Any], plan: Plan
) -> Skip | None:
    """Why this request's answer can't stand for that of an equal one; None where it can."""
    reasons = {
        Skip.OPERATION: facts.operation != CHAT,
        Skip.REDACTED: bool(facts.redacted),
        Skip.CHOICES: facts.choices != 1,
        Skip.AUDIO: "audio" in (request.get("modalities") or ()),
        Skip.LIVE_SOURCES: "web_search_options" in request,
        Skip.SAMPLED: not caching.sampled and not is_cold(request),
        Skip.RETENTION: ZERO_RETENTION in release.data_classes[facts.data_class].requirements,
        Skip.BATCH: plan.batch,
        Skip.EXPERIMENT: any(isinstance(node, ExperimentPlan) for node in nodes(plan.root)),
    }
    return next((skip for skip, holds in reasons.items() if holds), None)


def skipped_near(release: Release, facts: Facts, request: Mapping[str, Any]) -> Skip | None:
    """Why, beside that, what is only near is never compared with this request."""
    if "tools" in request or "functions" in request:
        return Skip.TOOLS
    if "prompt" in request:
        return Skip.PROMPT
    if not is_cold(request):
        return Skip.TEMPERATURE
    if is_sensitive(release, facts.data_class):
        return Skip.DATA_CLASS
    return _skipped_turns(request["messages"])


def _skipped_turns(messages: list[Mapping[str, Any]]) -> Skip | None:
    *before, last = messages
    if last["role"] != "user" or len(before) > MAX_SYSTEM_MESSAGES:
        return Skip.TURNS
    if any(message["role"] not in ("system", "developer") for message in before):
        return Skip.TURNS
    if not isinstance(last.get("content"), str):
        return Skip.PARTS
    return Skip.LENGTH if len(last["content"]) > MAX_NEAR_CHARS else None


def is_cold(request: Mapping[str, Any]) -> bool:
    """Whether it asks for temperature 0. One that says nothing gets the provider's own, which is not."""
    said = request.get("temperature")
    return said is not None and said == 0


def is_sensitive(release: Release, name: str) -> bool:
    """Whether nothing near may stand for a request of this class: its content is not stored, it is of a
    kind of its own (personal, health …), or it is confidential or above."""
    data_class = release.data_classes.get(name)
    if data_class is None or not data_class.store_content or data_class.kinds:
        return True
    confidential = release.data_classes.get(CONFIDENTIAL)
    return confidential is not None and data_class.rank >= confidential.rank


def nodes(node: PlanNode) -> Iterator[PlanNode]:
    yield node
    for part in getattr(node, "parts", ()):
        yield from nodes(part)

"""All that a dossier is told from: the rows and entries of one request, each list bounded."""

from dataclasses import dataclass, field
from typing import Any

from audit.models import Attempt, Content, Entry, Feedback, Request
from audit.selectors import feedback
from audit.selectors.story import json_object

IN_TIME = ("occurred_at", "emitter_id", "emitter_seq")
MAX_ENTRIES = 200
MAX_ATTEMPTS = 100


@dataclass(slots=True)
class Sources:
    """All that a dossier is told from."""

    request: Request
    attempts: list[Attempt]
    entries: list[Entry]
    contents: list[Content]
    feedback: list[Feedback] = field(default_factory=list)
    decision: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    live: dict[str, Any] = field(default_factory=dict)

    def told(self, event_type: str) -> dict[str, Any]:
        """What the last entry of this type says; empty where there is none."""
        found: dict[str, Any] = {}
        for entry in self.entries:
            if entry.event_type == event_type:
                found = entry.data
        return found


def sources(request: Request) -> Sources:
    by_request = {"request_id": request.pk}
    found = Sources(
        request,
        list(Attempt.objects.filter(**by_request).order_by("number")[:MAX_ATTEMPTS]),
        list(
            Entry.objects.filter(**by_request).order_by("occurred_at", "emitter_id", "emitter_seq")[
                :MAX_ENTRIES
            ]
        ),
        list(Content.objects.filter(**by_request).defer("ciphertext").order_by("slot")),
        list(feedback.of_request(request.pk)),
    )
    found.decision = json_object(request.decision)
    known = json_object(request.facts)
    found.facts, found.live = known.get("facts", known), known.get("live", {})
    return found


def commitments(found: Sources) -> dict[str, str]:
    """The commitment of each slot, from whichever entry tells it last."""
    told: dict[str, str] = {}
    for entry in found.entries:
        content = entry.data.get("content")
        if isinstance(content, dict):
            told.update({slot: value for slot, value in content.items() if isinstance(value, str)})
    return told

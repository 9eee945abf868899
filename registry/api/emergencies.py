"""Not the ordinary way of a proposal: breaking the glass, its review, and taking up what conflicts."""

from django.http import HttpResponse
from rest_framework.request import Request

from registry.api import body_types as bodies
from registry.api.answer_types import ProposalAnswer, ReleaseAnswer, release_of
from registry.api.base import ManagementView, Operation, answer
from registry.api.proposals import (
    APPROVE,
    OF_BODIES,
    OF_CHANGES,
    OF_DECISIONS,
    OF_ONE,
    OF_RELEASES,
    PROPOSE,
    SEE,
    one,
    shown,
)
from registry.errors import ChangedSinceReview
from registry.models import Proposal
from registry.services import applying, emergencies, rebasing

EMERGENCY = ("emergency",)


class BreakingGlass(ManagementView):
    operations = {
        "POST": Operation(
            "breakGlass",
            "Apply it at once, before anybody reviewed it; it is undone after `for_s` unless it is kept",
            EMERGENCY,
            SEE,
            ReleaseAnswer,
            body=bodies.BreakingGlass,
            codes=(*OF_ONE, *OF_BODIES, *OF_RELEASES, "wrong_state", "changed_since_read", "reason_missing"),
        )
    }

    def post(self, request: Request, number: int) -> HttpResponse:
        asked = self.body(bodies.BreakingGlass)
        made = applying.break_glass(
            proposal=_read(number, asked.digest), actor=self.actor, reason=asked.reason, for_s=asked.for_s
        )
        return answer(release_of(made))


class Review(ManagementView):
    operations = {
        "POST": Operation(
            "reviewEmergency",
            "Keep what was applied in an emergency, or take it back at once",
            APPROVE,
            SEE,
            ProposalAnswer,
            body=bodies.Reviewing,
            codes=(*OF_DECISIONS, "conflict", "release_refused", "refused", "busy", "reason_missing"),
        )
    }

    def post(self, request: Request, number: int) -> HttpResponse:
        asked = self.body(bodies.Reviewing)
        read = _read(number, asked.digest)
        emergencies.review(proposal=read, reviewer=self.actor, keep=asked.keep, reason=asked.reason)
        return shown(read)


class TakingUp(ManagementView):
    operations = {
        "POST": Operation(
            "takeUpProposal",
            "Make it a draft of what is in force now, which stays at the places that are kept",
            PROPOSE,
            SEE,
            ProposalAnswer,
            body=bodies.TakingUp,
            codes=(*OF_ONE, *OF_BODIES, *OF_CHANGES, "wrong_state", "changed_since_read"),
        )
    }

    def post(self, request: Request, number: int) -> HttpResponse:
        asked = self.body(bodies.TakingUp)
        kept = [(place.kind, str(place.id), place.field) for place in asked.keep]
        again = rebasing.take_up(
            proposal=one(number), editor=self.actor, digest=asked.digest, seen=asked.seen, kept=kept
        )
        return shown(again)


def _read(number: int, digest: str) -> Proposal:
    """Raises ChangedSinceReview where it says something else by now."""
    found = one(number)
    if found.digest != digest:
        raise ChangedSinceReview
    return found

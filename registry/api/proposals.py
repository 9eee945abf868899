"""Proposals: made, read, edited, and taken to the next release. A token acts as its user, by their rights."""

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request

from registry.api import body_types as bodies
from registry.api import query
from registry.api.answer_types import (
    ProposalAnswer,
    ProposalPage,
    ReleaseAnswer,
    proposal_of,
    release_of,
    summary_of,
)
from registry.api.base import ManagementView, Operation, answer
from registry.api.change_sets import proposed
from registry.api.errors import ApiError
from registry.errors import ChangedSinceReview, NothingProposed, NotPermitted, WrongState
from registry.models import Proposal, ProposalState, Source
from registry.services import applying, approving, proposals

READ, PROPOSE, APPROVE = ("read",), ("propose",), ("approve",)
SEE = "registry.view_proposal"
OF_CHANGES = ("document_invalid", "changes_invalid", "nothing_proposed", "busy")
OF_BODIES = ("request_too_large", "unsupported_media_type")
OF_ONE = ("not_found",)
OF_DECISIONS = (
    *(*OF_ONE, *OF_BODIES, "wrong_state", "changed_since_read", "own_proposal", "not_eligible"),
    "already_decided",
)
OF_RELEASES = ("conflict", "changes_invalid", "release_refused", "refused", "busy")


def every() -> "QuerySet[Proposal]":
    """Without the texts of their releases, which are long."""
    found = Proposal.objects.select_related("release")
    return found.defer("release__document", "release__configuration")


def one(number: int) -> Proposal:
    found = every().filter(number=number).first() if number <= query.MAX_NUMBER else None
    if found is None:
        raise ApiError("not_found", f"There is no proposal {number}.")
    return found


def shown(proposal: Proposal, status: int = 200) -> HttpResponse:
    return answer(proposal_of(one(proposal.number)), status)


class Proposals(ManagementView):
    operations = {
        "GET": Operation(
            "listProposals",
            "The proposals, the newest first",
            READ,
            SEE,
            ProposalPage,
            query={"state": f"Only those that are {', '.join(ProposalState.values)}.", **query.PAGING},
        ),
        "POST": Operation(
            "createProposal",
            "Draft a proposal, of a whole configuration or of a change set",
            PROPOSE,
            SEE,
            ProposalAnswer,
            body=bodies.Drafting,
            codes=(*OF_BODIES, *OF_CHANGES),
            status=201,
        ),
    }

    def get(self, request: Request) -> HttpResponse:
        query.only(request, self.operations["GET"].query or ())
        state = query.choice(request, "state", ProposalState.values)
        lean = every().defer("changes", "release__document", "release__configuration")
        rows = lean.filter(state=state) if state else lean
        return answer(query.page(request, rows, summary_of))

    def post(self, request: Request) -> HttpResponse:
        asked = self.body(bodies.Drafting)
        if not self.actor.has_perm(proposals.PROPOSE):
            raise NotPermitted
        changes = proposed(asked.config, asked.changes)
        if changes is None:
            raise NothingProposed("Say what is proposed, by `config` or by `changes`.")
        drafted = proposals.draft(
            author=self.actor, title=asked.title, reason=asked.reason, changes=changes, source=Source.API
        )
        return shown(drafted, 201)


class OneProposal(ManagementView):
    operations = {
        "GET": Operation(
            "getProposal",
            "One of them: what it changes, where it conflicts with what is in force, who has said what",
            READ,
            SEE,
            ProposalAnswer,
            codes=OF_ONE,
        ),
        "PUT": Operation(
            "editProposal",
            "Edit it: it is a draft again, approvals of what it said are void, its editor decides nothing",
            PROPOSE,
            SEE,
            ProposalAnswer,
            body=bodies.Editing,
            codes=(*OF_ONE, *OF_BODIES, *OF_CHANGES, "wrong_state", "changed_since_read"),
        ),
    }

    def get(self, request: Request, number: int) -> HttpResponse:
        query.only(request, ())
        return shown(one(number))

    def put(self, request: Request, number: int) -> HttpResponse:
        asked, proposal = self.body(bodies.Editing), one(number)
        if not self.actor.has_perm(proposals.PROPOSE):
            raise NotPermitted
        edited = proposals.edit(
            proposal=proposal,
            editor=self.actor,
            title=asked.title,
            reason=asked.reason,
            changes=proposed(asked.config, asked.changes),
            expected_digest=asked.digest,
        )
        return shown(edited)


class Submission(ManagementView):
    operations = {
        "POST": Operation(
            "submitProposal",
            "Put it to whoever owns what it changes; with `apply_at`, to be applied at a time",
            PROPOSE,
            SEE,
            ProposalAnswer,
            body=bodies.Submitting,
            codes=(
                *(*OF_ONE, *OF_BODIES, *OF_RELEASES, "wrong_state", "changed_since_read", "not_yours"),
                *("reason_missing", "schedule_in_past"),
            ),
        )
    }

    def post(self, request: Request, number: int) -> HttpResponse:
        asked = self.body(bodies.Submitting)
        submitted = proposals.submit(
            proposal=one(number),
            actor=self.actor,
            scheduled_for=asked.apply_at,
            expected_digest=asked.digest,
        )
        return shown(submitted)


class Approval(ManagementView):
    operations = {
        "POST": Operation(
            "approveProposal",
            "Agree to exactly this digest, for every area in which one may",
            APPROVE,
            SEE,
            ProposalAnswer,
            body=bodies.Approving,
            codes=OF_DECISIONS,
        )
    }

    def post(self, request: Request, number: int) -> HttpResponse:
        asked = self.body(bodies.Approving)
        approved = approving.approve(
            proposal=one(number), actor=self.actor, digest=asked.digest, reason=asked.reason
        )
        return shown(approved)


class Rejection(ManagementView):
    operations = {
        "POST": Operation(
            "rejectProposal",
            "Turn exactly this digest down, with a reason: one rejection ends it",
            APPROVE,
            SEE,
            ProposalAnswer,
            body=bodies.Rejecting,
            codes=(*OF_DECISIONS, "reason_missing"),
        )
    }

    def post(self, request: Request, number: int) -> HttpResponse:
        asked = self.body(bodies.Rejecting)
        rejected = approving.reject(
            proposal=one(number), actor=self.actor, digest=asked.digest, reason=asked.reason
        )
        return shown(rejected)


class Withdrawal(ManagementView):
    operations = {
        "POST": Operation(
            "withdrawProposal",
            "Take it back, before it is applied",
            PROPOSE,
            SEE,
            ProposalAnswer,
            body=bodies.Reasoned,
            codes=(*OF_ONE, *OF_BODIES, "wrong_state", "not_yours"),
        )
    }

    def post(self, request: Request, number: int) -> HttpResponse:
        reason = self.body(bodies.Reasoned).reason
        return shown(proposals.withdraw(proposal=one(number), actor=self.actor, reason=reason))


class Application(ManagementView):
    operations = {
        "POST": Operation(
            "applyProposal",
            "Make what everyone agreed to the next release",
            (*PROPOSE, *APPROVE),
            SEE,
            ReleaseAnswer,
            body=bodies.Applying,
            codes=(*OF_ONE, *OF_BODIES, *OF_RELEASES, "wrong_state", "changed_since_read"),
        )
    }

    def post(self, request: Request, number: int) -> HttpResponse:
        digest, proposal = self.body(bodies.Applying).digest, one(number)
        if proposal.digest != digest:
            raise ChangedSinceReview
        if proposal.scheduled_for is not None and proposal.scheduled_for > timezone.now():
            raise WrongState("It is scheduled, and so applied by the clock when its time has come.")
        return answer(release_of(applying.apply(proposal=proposal, actor=self.actor)))

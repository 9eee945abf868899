"""Deciding on a proposal: approval and rejection, each of exactly what was read."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from registry.core.approvals import Person, Standing, standing
from registry.errors import (
    AlreadyDecided,
    ChangedSinceReview,
    NotEligible,
    OwnProposal,
    ReasonMissing,
    WrongState,
)
from registry.models import Approval, Area, Delegation, Proposal, ProposalState, User, Verdict
from registry.services import proposals
from registry.services.ballots import Ballot, ballot, editors_of

__all__ = ["Ballot", "approve", "areas_of", "ballot", "person", "reject", "standing_of"]


def standing_of(proposal: Proposal, user: User) -> Standing:
    """For which of its areas `user` may decide, and by whose right."""
    cast = ballot(proposal)
    return standing(person(user, timezone.now()), editors_of(proposal), cast.quorums, cast.votes)


def person(user: User, now: datetime) -> Person:
    delegations = Delegation.objects.filter(
        Q(revoked_at__isnull=True), delegate=user, starts_at__lte=now, ends_at__gt=now
    ).select_related("principal")
    acts_for = {str(row.principal_id): areas_of(row.principal) for row in delegations}
    return Person(str(user.pk), areas_of(user), acts_for)


def areas_of(user: User) -> frozenset[str]:
    """The areas on which `user` may decide by their own right."""
    return frozenset(area.value for area in Area if user.has_perm(f"registry.approve_{area.value}"))


@transaction.atomic
def approve(*, proposal: Proposal, actor: User, digest: str, reason: str = "") -> Proposal:
    """Agree to `digest`, for every area in which `actor` may. Once all areas have their quorum the proposal
    is approved (or scheduled). Raises ChangedSinceReview, OwnProposal, NotEligible, AlreadyDecided,
    WrongState."""
    current = _decide(proposal, actor, digest, Verdict.APPROVE, reason)
    proposals.record("approval.given", current, actor, {"reason": reason.strip()[:2000]})
    if not ballot(current).missing:
        proposals.agreed(current)
    return current


@transaction.atomic
def reject(*, proposal: Proposal, actor: User, digest: str, reason: str) -> Proposal:
    """Turn it down, with a reason: one rejection ends it."""
    if not reason.strip():
        raise ReasonMissing
    current = _decide(proposal, actor, digest, Verdict.REJECT, reason)
    current.state, current.decided_at = ProposalState.REJECTED, timezone.now()
    current.save(update_fields=["state", "decided_at"])
    proposals.record("proposal.rejected", current, actor, {"reason": reason.strip()[:2000]})
    return current


def _decide(proposal: Proposal, actor: User, digest: str, verdict: Verdict, reason: str) -> Proposal:
    current = proposals.locked(proposal)
    if current.state != ProposalState.SUBMITTED:
        raise WrongState
    if current.digest != digest:
        raise ChangedSinceReview
    may = standing_of(current, actor)
    if may.own_work:
        raise OwnProposal
    if not may.areas:
        raise AlreadyDecided if _has_decided(current, actor) else NotEligible
    principals = {str(user.pk): user for user in User.objects.filter(pk__in=set(may.areas.values()))}
    for area, right in may.areas.items():
        principal = principals[right] if right != str(actor.pk) else None
        try:
            with transaction.atomic():
                Approval.objects.create(
                    proposal=current,
                    digest=digest,
                    area=area,
                    verdict=verdict,
                    approver=actor,
                    approver_name=actor.get_username(),
                    acting_for=principal,
                    acting_for_name=principal.get_username() if principal else "",
                    reason=reason.strip(),
                    at=timezone.now(),
                )
        except IntegrityError as error:
            raise AlreadyDecided from error
    return current


def _has_decided(proposal: Proposal, actor: User) -> bool:
    return proposal.approvals.filter(digest=proposal.digest, approver=actor).exists()

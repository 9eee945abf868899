"""What follows a change that was applied in an emergency: its review, or its end.

1. Somebody who had no hand in it, and may decide on all that it changes, keeps it or takes it back.
2. Where nobody has kept it by the time that was given, it is taken back without anybody.
3. Taking it back is a proposal of its own (source “Signalbox”), applied at once, of whatever still stands of
   it: what a reviewed proposal has changed since stays.
"""

import logging
from datetime import datetime
from functools import partial

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from registry.core.changes import ChangeSet
from registry.core.merge import taken_back
from registry.errors import (
    AlreadyDecided,
    NotEligible,
    OwnProposal,
    ReasonMissing,
    RegistryError,
    ReviewRefused,
)
from registry.governed import read_rows
from registry.models import (
    BreakGlassReview,
    Pointer,
    Proposal,
    ProposalState,
    Release,
    Source,
    User,
    Verdict,
)
from registry.services import applying, approving, lifting, proposals
from registry.services.ballots import editors_of
from registry.services.snapshot import on_one_state

MAX_AT_ONCE = 100

logger = logging.getLogger(__name__)


def waiting() -> QuerySet[Proposal]:
    """Emergency changes that stand and that nobody has reviewed, the most pressing first."""
    in_force = Proposal.objects.filter(state=ProposalState.APPLIED, break_glass=True, review__isnull=True)
    return in_force.filter(ended_by__isnull=True).exclude(source=Source.SYSTEM).order_by("reverts_at")


def overdue(now: datetime) -> QuerySet[Proposal]:
    """Those that should have been reviewed by now."""
    return waiting().filter(review_due_at__lte=now)


def may_review(proposal: Proposal, user: User) -> bool:
    """Whether `user` may keep it. A quorum of 0 asks for nobody: then its own people may."""
    return _refusal(proposal, user) is None


def review(*, proposal: Proposal, reviewer: User, keep: bool, reason: str) -> Release | None:
    """Say of an emergency change that it stays, or take it back at once: then the release that did.

    Raises ReasonMissing, ReviewRefused, AlreadyDecided, OwnProposal, NotEligible, and whatever applying
    raises where it can't be taken back.
    """
    if not reason.strip():
        raise ReasonMissing
    return on_one_state(lambda: _review(proposal, reviewer, keep, reason.strip()))


def revert_due(now: datetime) -> list[Proposal]:
    """Take back what nobody has kept in time; those that were. Safe to run twice at once. What can't be taken
    back is logged, and stays among those that are overdue."""
    lapsed = []
    for proposal in waiting().filter(reverts_at__lte=now)[:MAX_AT_ONCE]:
        try:
            if on_one_state(partial(_lapse, proposal)):
                lapsed.append(proposal)
        except (RegistryError, ValidationError, IntegrityError):
            logger.exception("The emergency change P%s can't be taken back.", proposal.number)
    return lapsed


def _review(proposal: Proposal, reviewer: User, keep: bool, reason: str) -> Release | None:
    Pointer.objects.select_for_update(of=("self",)).get_or_create(pk=1)
    current = proposals.locked(proposal)
    refusal = _refusal(current, reviewer)
    if refusal is not None:
        raise refusal
    _conclude(current, reviewer, keep, reason)
    if keep:
        return None
    return _take_back(current, reviewer, f"Rejected by {reviewer.get_username()}: {reason}")


def _lapse(proposal: Proposal) -> bool:
    Pointer.objects.select_for_update(of=("self",)).get_or_create(pk=1)
    if not waiting().filter(pk=proposal.pk).exists():
        return False
    return _take_back(proposal, None, "Nobody has reviewed it in the time that was given.") is not None


def _refusal(proposal: Proposal, user: User) -> RegistryError | None:
    """Why `user` may not review it now."""
    if proposal.state != ProposalState.APPLIED or not proposal.break_glass:
        return ReviewRefused()
    if proposal.source == Source.SYSTEM:
        return ReviewRefused()
    if BreakGlassReview.objects.filter(proposal=proposal).exists():
        return AlreadyDecided("It was reviewed already.")
    person = approving.person(user, timezone.now())
    editors = editors_of(proposal)
    if person.id in editors or editors & set(person.acts_for):
        return OwnProposal("Nobody reviews what they had a hand in, in their own name or for another.")
    rights = person.areas.union(*person.acts_for.values())
    lacking = [area.label for area in proposals.areas_of(proposal.change_set) if area.value not in rights]
    if lacking:
        return NotEligible(f"You have no right to decide for {' and '.join(lacking)}.")
    return None


def _conclude(proposal: Proposal, reviewer: User, keep: bool, reason: str) -> None:
    verdict = Verdict.APPROVE if keep else Verdict.REJECT
    try:
        with transaction.atomic():
            BreakGlassReview.objects.create(
                proposal=proposal,
                reviewer=reviewer,
                reviewer_name=reviewer.get_username(),
                verdict=verdict,
                reason=reason,
                at=timezone.now(),
            )
    except IntegrityError as error:
        raise AlreadyDecided("It was reviewed already.") from error
    proposals.record(
        "emergency.reviewed", proposal, reviewer, {"verdict": verdict.value, "reason": reason[:2000]}
    )


def _take_back(proposal: Proposal, actor: User | None, reason: str) -> Release | None:
    """None where nothing of it stands any more."""
    changes = proposal.change_set
    back = taken_back(read_rows(changes), changes)
    left = ChangeSet(tuple(change for change in back if not lifting.is_suspended_again(change)))
    if not left:
        return None
    ending = proposals.drafted(
        author=actor or proposal.author,
        title=f"End of the emergency change P{proposal.number}",
        reason=f"It takes back P{proposal.number} {proposal.title}. {reason}",
        changes=left,
        source=Source.SYSTEM,
    )
    return applying.take_back(proposal=ending, actor=actor, ends=proposal)

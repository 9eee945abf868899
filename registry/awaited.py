"""Which proposals wait, and for whom: as queries, for lists and inboxes."""

from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from registry.models import Approval, Proposal, ProposalArea, ProposalEdit, ProposalState, User, Verdict
from registry.services import approving


def waiting_for_areas(areas: frozenset[str]) -> QuerySet[Proposal]:
    """Submitted proposals that still lack somebody of one of `areas`."""
    return Proposal.objects.filter(Exists(_open_areas(areas)), state=ProposalState.SUBMITTED)


def waiting_for(user: User) -> QuerySet[Proposal]:
    """Submitted proposals on which `user` may decide now, by their own right or for another."""
    person = approving.person(user, timezone.now())
    areas = person.areas.union(*person.acts_for.values())
    hands = [UUID(hand) for hand in (person.id, *person.acts_for)]
    undecided = _open_areas(areas).exclude(Exists(_verdicts(OuterRef("area")).filter(approver=user)))
    edited = ProposalEdit.objects.filter(proposal=OuterRef("pk"), editor__in=hands)
    submitted = Proposal.objects.filter(Exists(undecided), state=ProposalState.SUBMITTED)
    return submitted.exclude(author__in=hands).exclude(Exists(edited))


def by(user: User) -> QuerySet[Proposal]:
    """Proposals in which `user` has a hand."""
    edited = ProposalEdit.objects.filter(proposal=OuterRef("pk"), editor=user)
    return Proposal.objects.filter(Q(author=user) | Exists(edited))


def _open_areas(areas: frozenset[str]) -> QuerySet[ProposalArea]:
    """Areas of the outer proposal's digest that lack agreement."""
    agreed = (
        _verdicts(OuterRef("area"))
        .filter(verdict=Verdict.APPROVE)
        .order_by()
        .values("area")
        .annotate(people=Count("approver", distinct=True))
        .values("people")
    )
    asked = ProposalArea.objects.filter(proposal=OuterRef("pk"), digest=OuterRef("digest"), area__in=areas)
    return asked.annotate(agreed=Coalesce(Subquery(agreed), 0)).filter(quorum__gt=F("agreed"))


def _verdicts(area: OuterRef) -> QuerySet[Approval]:
    """Inside an area: the verdicts on what it asks."""
    return Approval.objects.filter(proposal=OuterRef("proposal"), digest=OuterRef("digest"), area=area)

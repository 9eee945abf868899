"""What a person may do with a proposal now: what its page offers, and what the other doors may ask.

The services refuse the rest by themselves; this tells it beforehand, and tells why.
"""

from dataclasses import dataclass, field

from django.utils import timezone

from registry.core.approvals import Standing
from registry.models import Area, Proposal, ProposalState, User
from registry.services import approving, emergencies, proposals
from registry.services.applying import APPLICABLE, BREAK_GLASS, has_part

ON_THE_WAY = (ProposalState.SUBMITTED, ProposalState.APPROVED, ProposalState.SCHEDULED, ProposalState.FAILED)


@dataclass(frozen=True, slots=True)
class Rights:
    """`describe` is title and reason of a draft; `reopen` makes a draft of one that is on its way; `decide`
    holds the areas, `acting_for` the names of those whose right is used. `why_not` says why whoever could
    approve may not."""

    describe: bool = False
    submit: bool = False
    edit: bool = False
    reopen: bool = False
    withdraw: bool = False
    apply: bool = False
    break_glass: bool = False
    review: bool = False
    decide: tuple[str, ...] = ()
    acting_for: tuple[str, ...] = ()
    why_not: str = field(default="")

    @property
    def any(self) -> bool:
        flags = (self.describe, self.submit, self.edit, self.reopen, self.withdraw, self.apply)
        return any((*flags, self.break_glass, self.review, self.decide))


def rights_of(user: User, proposal: Proposal) -> Rights:
    state, proposes = proposal.state, user.has_perm(proposals.PROPOSE)
    draft, hand = state == ProposalState.DRAFT, proposals.is_editor(proposal, user)
    standing = (
        approving.standing_of(proposal, user)
        if state == ProposalState.SUBMITTED
        else Standing(own_work=False)
    )
    names = User.objects.filter(pk__in=set(standing.areas.values()) - {str(user.pk)})
    return Rights(
        describe=draft and hand and proposes,
        submit=draft and hand,
        edit=draft and hand and proposes,
        reopen=state in ON_THE_WAY and proposes,
        withdraw=proposal.is_open and hand,
        apply=may_apply(user, proposal),
        break_glass=state in (ProposalState.DRAFT, ProposalState.SUBMITTED) and user.has_perm(BREAK_GLASS),
        review=emergencies.may_review(proposal, user),
        decide=tuple(Area(area).label for area in standing.areas),
        acting_for=tuple(names.order_by("username").values_list("username", flat=True)),
        why_not=_why_not(proposal, user, standing),
    )


def may_apply(user: User, proposal: Proposal) -> bool:
    """Once everyone has agreed and its time has come; see registry.services.applying."""
    if proposal.state not in APPLICABLE:
        return False
    if proposal.scheduled_for is not None and proposal.scheduled_for > timezone.now():
        return False
    return has_part(user, proposal)


def _why_not(proposal: Proposal, user: User, standing: Standing) -> str:
    if proposal.state != ProposalState.SUBMITTED or standing.areas or not approving.areas_of(user):
        return ""
    if standing.own_work:
        return "You have had a hand in it, or act for somebody who has, so others decide."
    if proposal.approvals.filter(digest=proposal.digest, approver=user).exists():
        return "You have decided on it already."
    return "You have no right to decide on an area of it that still waits."

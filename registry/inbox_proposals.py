"""What proposals put into inboxes: what waits for a person's decision, what became of their own, and the
emergency changes that nobody has reviewed."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from registry import awaited, inbox
from registry.inbox import Item
from registry.models import Proposal, ProposalState, Release, User
from registry.services import approving, emergencies

LOOK_BACK = timedelta(days=14)
UNSUCCESSFUL = (ProposalState.REJECTED, ProposalState.EXPIRED)


def install() -> None:
    inbox.register("Emergency changes to review", to_review, order=0)
    inbox.register("Proposals to decide", to_decide, order=1)
    inbox.register("Your proposals", own, order=20)
    inbox.register("In force without a second person", alone, order=25)


def to_review(user: User) -> Iterator[Item]:
    """For everyone with a right to approve, whether or not they may review this one: it is everyone's."""
    if not approving.areas_of(user):
        return
    now = timezone.now()
    for proposal in emergencies.waiting()[: inbox.MAX_ITEMS + 1]:
        late = proposal.review_due_at is not None and proposal.review_due_at <= now
        ends = f"Without a review it ends on {proposal.reverts_at:%Y-%m-%d at %H:%M} UTC."
        yield Item(
            str(proposal),
            f"Its review is overdue. {ends}" if late else ends,
            _page(proposal),
            proposal.review_due_at,
            "error",
        )


def to_decide(user: User) -> Iterator[Item]:
    for proposal in awaited.waiting_for(user).order_by("submitted_at")[: inbox.MAX_ITEMS + 1]:
        yield Item(
            str(proposal),
            f"{proposal.author_name}: {proposal.reason}",
            _page(proposal),
            proposal.submitted_at,
            "warning",
        )


def own(user: User) -> Iterator[Item]:
    """What failed until it is taken up or withdrawn; what was rejected or expired, for two weeks."""
    failed = Q(state=ProposalState.FAILED)
    ended = Q(state__in=UNSUCCESSFUL, decided_at__gte=timezone.now() - LOOK_BACK)
    for proposal in awaited.by(user).filter(failed | ended).order_by("-number")[: inbox.MAX_ITEMS + 1]:
        text = proposal.failure if proposal.state == ProposalState.FAILED else ""
        yield Item(
            f"{proposal}: {proposal.get_state_display().lower()}",
            text,
            _page(proposal),
            proposal.decided_at,
            "error" if proposal.state == ProposalState.FAILED else "",
        )


def alone(user: User) -> Iterator[Item]:
    """Releases of two weeks that one person put in force, for whoever reports on the register."""
    if not user.has_perm("audit.export_register"):
        return
    single = Q(self_published=True) | Q(break_glass=True)
    lately = Release.objects.filter(single, published_at__gte=timezone.now() - LOOK_BACK)
    rows = lately.defer("document", "configuration").order_by("-number")
    for release in rows[: inbox.MAX_ITEMS + 1]:
        how = "in an emergency" if release.break_glass else "where nobody had to agree"
        yield Item(
            f"Release {release.number}, {how}",
            f"{release.published_by_name}: {release.reason}",
            reverse("admin:registry_release_change", args=[release.pk]),
            release.published_at,
            "error" if release.break_glass else "warning",
        )


def _page(proposal: Proposal) -> str:
    return reverse("admin:registry_proposal_change", args=[proposal.pk])

"""Who hears of what happens to proposals and suspensions: in the transaction of what they are told."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.text import get_text_list

from registry.lifecycle.retirements import End
from registry.models import (
    Area,
    Drift,
    NoticeKind,
    Proposal,
    ProposalEdit,
    Source,
    Suspension,
    User,
)
from registry.services import notices

MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"
SUSPEND = "registry.suspend"
PROPOSE = "registry.propose"

Details = Mapping[str, Any]


def about(event_type: str, proposal: Proposal, details: Details) -> None:
    """Tell whoever an event of a proposal concerns, with what the register keeps of it; nobody of most.

    What was to be decided and no longer is leaves the inboxes first: nobody is called to what is over.
    """
    if event_type in _DECIDED:
        notices.put_away(kind=NoticeKind.PROPOSAL_SUBMITTED, url=_page(proposal))
    tell = _TOLD.get(event_type)
    if tell is not None:
        tell(proposal, details)


def suspended(placed: Suspension) -> None:
    """Everyone who may suspend hears of it: they know what else to stop."""
    notices.tell(
        kind=NoticeKind.SUSPENSION_PLACED,
        subject=f"Suspended: {placed}",
        text=f"{placed.placed_by_name or 'The system'} suspended it: {placed.reason}",
        url=reverse("admin:registry_suspension_change", args=[placed.pk]),
        to_users=_holders([SUSPEND]),
    )


def drifted(found: Drift) -> None:
    """Whoever may stop it, and whoever owns the platform, hears that a model answered as another one."""
    what = f"the fingerprint {found.fingerprint}" if found.fingerprint else found.reported
    stopped = " It was suspended for that." if found.blocked else ""
    notices.tell(
        kind=NoticeKind.MODEL_DRIFT,
        subject=f"Drift: {found.deployment} reports {what}",
        text=f"{found.sent} of {found.model} {found.model_version} is pinned.{stopped}",
        url=reverse("admin:registry_drift_change", args=[found.pk]),
        to_users=_holders([SUSPEND, f"registry.approve_{Area.PLATFORM.value}"]),
    )


def retiring(end: End, days: int, dependants: Sequence[str]) -> None:
    """Whoever can propose a successor, and whoever owns the platform, hears that a version ends."""
    when = f"within {days} days" if days else "by now"
    depends = f"These depend on it: {', '.join(dependants)}." if dependants else "Nothing depends on it."
    notices.tell(
        kind=NoticeKind.MODEL_RETIRING,
        subject=f"{end} retires {when}",
        text=f"Its provider turns {end.version.upstream_id} off on {end.on}. {depends}",
        url=f"{reverse('admin:registry_retirements')}#end-{end.id}",
        to_users=_holders([PROPOSE, f"registry.approve_{Area.PLATFORM.value}"]),
    )


def approvers_of(areas: Iterable[str]) -> "QuerySet[User]":
    """Everyone who may decide on one of `areas`, by their own right or for somebody who delegated it."""
    now = timezone.now()
    owners = _holders([f"registry.approve_{area}" for area in areas])
    lent = Q(
        acts_for__principal__in=owners.order_by().values("pk"),
        acts_for__revoked_at__isnull=True,
        acts_for__starts_at__lte=now,
        acts_for__ends_at__gt=now,
    )
    return User.objects.filter(Q(pk__in=owners.order_by().values("pk")) | lent, is_active=True).distinct()


def _holders(permissions: Iterable[str]) -> "QuerySet[User]":
    found = User.objects.none()
    for permission in permissions:
        found = found | User.objects.with_perm(permission, backend=MODEL_BACKEND)
    return found.distinct()


def _editors(proposal: Proposal) -> "QuerySet[User]":
    hands = ProposalEdit.objects.filter(proposal=proposal).values("editor")
    return User.objects.filter(Q(pk=proposal.author_id) | Q(pk__in=hands))


def _everyone(proposal: Proposal) -> Iterator[User]:
    """Whoever approves of anything, and the proposal's own people."""
    return chain(approvers_of(area.value for area in Area), _editors(proposal))


def _submitted(proposal: Proposal, details: Details) -> None:
    waiting = [area for area, quorum in details["areas"].items() if quorum]
    if waiting:
        deciding = approvers_of(waiting).exclude(pk__in=_editors(proposal).order_by().values("pk"))
        areas = get_text_list([str(Area(area).label) for area in waiting], "and")
        text = f"{proposal.author_name} proposes it to {areas}: {proposal.reason}"
        _tell(NoticeKind.PROPOSAL_SUBMITTED, f"To decide: {proposal}", text, proposal, deciding)


def _approved(proposal: Proposal, details: Details) -> None:
    when = f"on {proposal.scheduled_for:%Y-%m-%d at %H:%M} UTC" if proposal.scheduled_for else "now"
    _tell_its_people(NoticeKind.PROPOSAL_APPROVED, "Approved", f"It can be applied {when}.", proposal)


def _rejected(proposal: Proposal, details: Details) -> None:
    _tell_its_people(NoticeKind.PROPOSAL_REJECTED, "Rejected", str(details["reason"]), proposal)


def _failed(proposal: Proposal, details: Details) -> None:
    _tell_its_people(NoticeKind.PROPOSAL_FAILED, "Could not be applied", str(details["problem"]), proposal)


def _expired(proposal: Proposal, details: Details) -> None:
    text = "It was not decided on, or not applied, in time. Propose it again if it is still wanted."
    _tell_its_people(NoticeKind.PROPOSAL_EXPIRED, "Expired", text, proposal)


def _emergency(proposal: Proposal, details: Details) -> None:
    text = (
        f"It is in force before anybody reviewed it, and must be reviewed within a day: {details['reason']}"
    )
    _tell(NoticeKind.BREAKGLASS_USED, f"BREAK-GLASS: {proposal}", text, proposal, _everyone(proposal))


def _applied(proposal: Proposal, details: Details) -> None:
    """“It can be applied” is over where nobody has read it yet. What Signalbox applied by itself ends an
    emergency change."""
    notices.restate(
        kind=NoticeKind.PROPOSAL_APPROVED,
        url=_page(proposal),
        text=f"It is in force as release {details['release']}.",
    )
    if proposal.source == Source.SYSTEM:
        _tell(NoticeKind.BREAKGLASS_USED, str(proposal), proposal.reason, proposal, _everyone(proposal))


def _tell_its_people(kind: NoticeKind, what: str, text: str, proposal: Proposal) -> None:
    _tell(kind, f"{what}: {proposal}", text, proposal, _editors(proposal))


def _tell(kind: NoticeKind, subject: str, text: str, proposal: Proposal, people: Iterable[User]) -> None:
    notices.tell(kind=kind, subject=subject, text=text, url=_page(proposal), to_users=people)


def _page(proposal: Proposal) -> str:
    return reverse("admin:registry_proposal_change", args=[proposal.pk])


_DECIDED = {f"proposal.{what}" for what in ("approved", "rejected", "withdrawn", "expired", "applied")}

_TOLD: dict[str, Callable[[Proposal, Details], None]] = {
    "proposal.submitted": _submitted,
    "proposal.approved": _approved,
    "proposal.rejected": _rejected,
    "proposal.failed": _failed,
    "proposal.expired": _expired,
    "proposal.break_glass": _emergency,
    "proposal.applied": _applied,
}

"""An approved proposal → the next release, in one transaction; and what needs no second person."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.core.ids import uuid7
from registry.core.changes import ChangeSet, conflicts
from registry.errors import (
    ConfigurationBusy,
    NotPermitted,
    ProposalConflict,
    PublishRefused,
    ReasonMissing,
    RegistryError,
    TooManyEmergencies,
    WrongState,
)
from registry.governed import kind_of, read_rows
from registry.models import (
    MAX_EMERGENCIES_A_DAY,
    BrokenGlass,
    Permit,
    Pointer,
    Proposal,
    ProposalState,
    Release,
    Source,
    User,
    Verdict,
)
from registry.releases.compiler import errors_in
from registry.services import approving, directory, proposals, releases
from registry.services.rehearsal import rehearse
from registry.services.snapshot import on_one_state
from registry.services.writing import write

T = TypeVar("T")

APPLICABLE = (ProposalState.APPROVED, ProposalState.SCHEDULED)
BREAK_GLASS = "registry.break_glass"
MAX_DUE = 100


def apply(*, proposal: Proposal, actor: User | None) -> Release:
    """Make it the next release. `actor` is who asks for it; None is the schedule.

    1. It must be approved by everyone whom its submission named; the database counts them again. Who asks
       must have had a part in it, or own an area of it (NotPermitted).
    2. It must still fit what is in force: ProposalConflict otherwise, and nothing is written.
    3. Rows, release, register and pointer are written in one transaction; the result is validated as a whole
       (PublishRefused).
    """
    return on_one_state(lambda: _apply(proposal, actor))


def _apply(proposal: Proposal, actor: User | None) -> Release:
    Pointer.objects.select_for_update(of=("self",)).get_or_create(pk=1)
    current = proposals.locked(proposal)
    waits = current.state == ProposalState.SCHEDULED and (
        current.scheduled_for is not None and current.scheduled_for > timezone.now()
    )
    if current.state not in APPLICABLE or waits:
        raise WrongState
    if actor is not None and not has_part(actor, current):
        raise NotPermitted
    return _carry_out(current, actor)


def has_part(user: User, proposal: Proposal) -> bool:
    """Whoever wrote it, approved it, or decides on one of its areas."""
    owners = {area.value for area in proposals.areas_of(proposal.change_set)}
    approved = proposal.approvals.filter(digest=proposal.digest, approver=user)
    return proposals.is_editor(proposal, user) or bool(owners & approving.areas_of(user)) or approved.exists()


def _carry_out(proposal: Proposal, actor: User | None) -> Release:
    changes = proposal.change_set
    if proposal.said_digest != proposal.digest:
        raise WrongState("What the proposal says does not have the digest that was approved.")
    found = conflicts(read_rows(changes), changes)
    if found:
        raise ProposalConflict(found)
    permit = Permit.objects.create(proposal=proposal, barrier_id=uuid7())
    write(changes, actor=proposal.author, reason=f"P{proposal.number}: {proposal.title}")
    for change in changes:
        applied = kind_of(change.kind).applied
        if applied is not None:
            applied(change, proposal)
    if any(kind_of(change.kind).live for change in changes):
        directory.bump()
    release = releases.publish(
        actor=proposal.author,
        reason=_reason_of(proposal),
        approvers=_approvers(proposal),
        proposal_number=proposal.number,
        break_glass=proposal.break_glass,
    )
    proposal.state, proposal.release, proposal.failure = ProposalState.APPLIED, release, ""
    proposal.save(update_fields=["state", "release", "failure"])
    permit.delete()
    proposals.record("proposal.applied", proposal, actor, {"release": release.number})
    return release


def _reason_of(proposal: Proposal) -> str:
    """What the release says of why; who broke the glass said why too."""
    broken = BrokenGlass.objects.filter(proposal=proposal, ends__isnull=True).first()
    if broken is None:
        return proposal.reason
    return f"{proposal.reason}\n\nBreak-glass by {broken.actor_name}: {broken.reason}".strip()


def _approvers(proposal: Proposal) -> list[User]:
    agreed = proposal.approvals.filter(digest=proposal.digest, verdict=Verdict.APPROVE).select_related(
        "approver"
    )
    return list({row.approver_id: row.approver for row in agreed}.values())


def apply_due(now: datetime) -> list[Proposal]:
    """Apply what is scheduled and due; those that were applied or failed.

    What has become stale fails, and its author is told (`failed`). Where the configuration is busy it waits
    for the next time. Safe to run twice at once: one of the two finds the proposal applied.
    """
    due = Proposal.objects.filter(state=ProposalState.SCHEDULED, scheduled_for__lte=now).order_by(
        "scheduled_for"
    )
    handled = []
    for proposal in due[:MAX_DUE]:
        try:
            apply(proposal=proposal, actor=None)
        except ConfigurationBusy:
            continue
        except (RegistryError, ValidationError, IntegrityError) as error:
            failed(proposal=proposal, problem=words_of(error))
        handled.append(proposal)
    return handled


@transaction.atomic
def failed(*, proposal: Proposal, problem: str) -> None:
    """What was scheduled can't be applied any more. Its author may take it up again."""
    current = proposals.locked(proposal)
    if current.state not in APPLICABLE:
        return
    current.state, current.failure = ProposalState.FAILED, problem[:4000]
    current.save(update_fields=["state", "failure"])
    proposals.record("proposal.failed", current, None, {"problem": problem[:2000]})


def words_of(error: RegistryError | ValidationError | IntegrityError) -> str:
    """The error and what it carries, for people."""
    if isinstance(error, ValidationError):
        return "; ".join(error.messages)
    if isinstance(error, PublishRefused):
        return f"{error} " + "; ".join(
            f"{found.subject}: {found.message}" for found in errors_in(error.findings)
        )
    if isinstance(error, ProposalConflict):
        fields = sorted({f"{found.kind} {found.field or 'row'}" for found in error.conflicts})
        return f"{error} ({', '.join(fields[:20])})"
    return str(error)


def break_glass(*, proposal: Proposal, actor: User, reason: str, for_s: int) -> Release:
    """Apply a draft at once in an emergency, before anybody reviewed it.

    It needs the right to do so and a reason; it is undone after `for_s` seconds unless a second person
    approves of it, and it must be reviewed within a day; the release says what it is.
    """
    if not actor.has_perm(BREAK_GLASS):
        raise NotPermitted
    if not reason.strip():
        raise ReasonMissing
    if not 0 < for_s <= settings.BREAK_GLASS_MAX_S:
        raise WrongState(f"An emergency change lasts at most {settings.BREAK_GLASS_MAX_S} seconds.")
    return on_one_state(lambda: _break_glass(proposal, actor, reason.strip(), for_s))


def _break_glass(proposal: Proposal, actor: User, reason: str, for_s: int) -> Release:
    Pointer.objects.select_for_update(of=("self",)).get_or_create(pk=1)
    current = proposals.locked(proposal)
    if current.state not in (ProposalState.DRAFT, ProposalState.SUBMITTED):
        raise WrongState
    now = timezone.now()
    today = BrokenGlass.objects.filter(ends__isnull=True, at__gt=now - timedelta(days=1))
    if today.count() >= MAX_EMERGENCIES_A_DAY:
        raise TooManyEmergencies
    proposals.edited(current, actor)
    proposals.record("proposal.break_glass", current, actor, {"reason": reason[:2000], "for_s": for_s})
    return _unreviewed(current, Unreviewed(actor, reason, now, now + timedelta(seconds=for_s)))


@transaction.atomic
def take_back(*, proposal: Proposal, actor: User | None, ends: Proposal) -> Release:
    """Apply what ends the emergency change `ends` (registry.services.emergencies): it needs nobody's
    approval, since the change that it takes back never had any. Its release says what it is."""
    Pointer.objects.select_for_update(of=("self",)).get_or_create(pk=1)
    now = timezone.now()
    until = now + timedelta(seconds=settings.BREAK_GLASS_MAX_S)
    current = proposals.locked(proposal)
    return _unreviewed(current, Unreviewed(actor, current.reason, now, until, ends))


@dataclass(frozen=True, slots=True)
class Unreviewed:
    """Who answers for what nobody has reviewed, and until when it stands; `ends` is what it takes back."""

    actor: User | None
    reason: str
    at: datetime
    until: datetime
    ends: Proposal | None = None


def _unreviewed(proposal: Proposal, why: Unreviewed) -> Release:
    BrokenGlass.objects.create(
        proposal=proposal,
        digest=proposal.digest,
        ends=why.ends,
        actor=why.actor,
        actor_name=why.actor.get_username() if why.actor else "",
        reason=why.reason,
        at=why.at,
        reverts_at=why.until,
    )
    proposal.break_glass, proposal.reverts_at = True, why.until
    proposal.review_due_at = why.at + timedelta(seconds=settings.BREAK_GLASS_REVIEW_S)
    proposal.save(update_fields=["break_glass", "reverts_at", "review_due_at"])
    return _carry_out(proposal, why.actor)


def directly(
    *, author: User, title: str, reason: str, work: Callable[[], T], source: str = Source.COMMAND
) -> T:
    """Do `work` on the configuration and put it in force, where nobody else has to agree: the quorum of every
    area it touches is 0, or nothing is in force yet. Answers what `work` answers.

    Raises proposals' errors; where somebody has to agree, the proposal stays submitted and WrongState is
    raised.
    """
    rehearsed = rehearse(work)
    changes: ChangeSet = rehearsed.changes
    if changes:
        proposal = proposals.draft(author=author, title=title, reason=reason, changes=changes, source=source)
        proposal = proposals.submit(proposal=proposal, actor=author)
        if proposal.state != ProposalState.APPROVED:
            raise WrongState(f"{proposal} waits for somebody's approval.")
        apply(proposal=proposal, actor=author)
    return rehearsed.answer

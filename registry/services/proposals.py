"""Proposals up to their submission: drafting, editing, submitting, withdrawing; and what becomes of old ones.

Every mutation checks the state by a conditional update, so that of two callers one wins, and records itself
in the register in its own transaction.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from audit.services import entries
from registry.core.changes import ChangeSet, conflicts, digest_of
from registry.errors import (
    ChangedSinceReview,
    NothingProposed,
    NotPermitted,
    NotYours,
    ProposalConflict,
    PublishRefused,
    ReasonMissing,
    ScheduleInPast,
    WrongState,
)
from registry.governed import kind_of, read_rows
from registry.models import (
    Area,
    Pointer,
    Proposal,
    ProposalArea,
    ProposalEdit,
    ProposalState,
    ReviewRule,
    Source,
    User,
)
from registry.models.proposal import MAX_TITLE_LENGTH
from registry.releases.clock import to_us
from registry.releases.compiler import compile_document, errors_in, validate_document
from registry.releases.findings import Finding
from registry.services import telling
from registry.services.ballots import ballot, editors_of
from registry.services.rehearsal import rehearse
from registry.services.snapshot import on_one_state

PROPOSE = "registry.propose"
WhenSubmitted = Callable[[Proposal], None]
_when_submitted: list[WhenSubmitted] = []
DEFAULT_QUORUM = 1
EDITABLE = (
    ProposalState.DRAFT,
    ProposalState.SUBMITTED,
    ProposalState.APPROVED,
    ProposalState.SCHEDULED,
    ProposalState.FAILED,
)


def when_submitted(told: WhenSubmitted) -> None:
    """Tell `told` of every submission, in its transaction. Apps register in `AppConfig.ready`."""
    if told not in _when_submitted:
        _when_submitted.append(told)


@transaction.atomic
def draft(
    *, author: User, title: str, changes: ChangeSet, reason: str = "", source: str = Source.ADMIN
) -> Proposal:
    """A new draft. Raises NotPermitted, NothingProposed."""
    if not author.has_perm(PROPOSE):
        raise NotPermitted
    return drafted(author=author, title=title, changes=changes, reason=reason, source=source)


@transaction.atomic
def drafted(*, author: User, title: str, changes: ChangeSet, reason: str, source: str) -> Proposal:
    """As `draft`, of what Signalbox itself proposes in the name of `author`, whatever rights they have."""
    if not changes:
        raise NothingProposed
    pointer, _ = Pointer.objects.select_for_update(of=("self",)).get_or_create(pk=1)
    last = Proposal.objects.aggregate(last=Max("number"))["last"] or 0
    title, reason = title.strip()[:MAX_TITLE_LENGTH], reason.strip()
    proposal = Proposal.objects.create(
        number=last + 1,
        title=title,
        reason=reason,
        source=source,
        author=author,
        author_name=author.get_username(),
        changes=changes.text,
        digest=digest_of(title, reason, changes),
        base_id=pointer.release_id,
    )
    edited(proposal, author)
    record("proposal.drafted", proposal, author)
    return proposal


@transaction.atomic
def edit(
    *,
    proposal: Proposal,
    editor: User,
    changes: ChangeSet | None = None,
    title: str | None = None,
    reason: str | None = None,
    expected_digest: str | None = None,
) -> Proposal:
    """The proposal with what is given changed. One that was submitted becomes a draft again, and approvals of
    what it said are void; its editor can't approve it any more. Where it has another digest than the expected
    one, somebody else has edited it meanwhile: ChangedSinceReview."""
    if not editor.has_perm(PROPOSE):
        raise NotPermitted
    if changes is not None and not changes:
        raise NothingProposed
    current = locked(proposal)
    if current.state not in EDITABLE:
        raise WrongState
    if expected_digest is not None and current.digest != expected_digest:
        raise ChangedSinceReview
    if current.state != ProposalState.DRAFT:
        back_to_draft(current, editor)
    if title is not None:
        current.title = title.strip()[:MAX_TITLE_LENGTH]
    if reason is not None:
        current.reason = reason.strip()
    if changes is not None:
        pointer = Pointer.objects.filter(pk=1).first()
        current.changes = changes.text
        current.base_id = pointer.release_id if pointer else None
    current.digest = current.said_digest
    current.save(update_fields=["title", "reason", "changes", "digest", "base"])
    edited(current, editor)
    return current


def submit(
    *,
    proposal: Proposal,
    actor: User,
    scheduled_for: datetime | None = None,
    expected_digest: str | None = None,
) -> Proposal:
    """Put it to the people who own what it changes.

    1. It must be a draft of whoever submits it, with a title, a reason and changes.
    2. Applied to what is in force it must make a release without errors (PublishRefused, with the findings),
       and must not conflict with it (ProposalConflict).
    3. Its areas and their quorums are taken now. Where nobody has to agree, it is approved at once; so is the
       very first configuration, since nothing is in force that it could loosen. Its release says
       self-published.
    4. Who agreed to these very changes, title and reason before it was taken back to a draft has still
       agreed, unless they have edited it since.
    """
    if not proposal.reason.strip() or not proposal.title.strip():
        raise ReasonMissing
    if scheduled_for is not None and scheduled_for <= timezone.now():
        raise ScheduleInPast
    return on_one_state(lambda: _submit(proposal, actor, scheduled_for, expected_digest))


def _submit(
    proposal: Proposal, actor: User, scheduled_for: datetime | None, expected_digest: str | None
) -> Proposal:
    current = locked(proposal)
    if current.state != ProposalState.DRAFT:
        raise WrongState
    if expected_digest is not None and current.digest != expected_digest:
        raise ChangedSinceReview
    if not is_editor(current, actor):
        raise NotYours
    check(current.change_set)
    now = timezone.now()
    quorums = quorums_of(current.change_set)
    current.state = ProposalState.SUBMITTED
    current.submitted_at, current.scheduled_for = now, scheduled_for
    current.expires_at = now + timedelta(days=settings.PROPOSAL_EXPIRES_DAYS)
    current.failure = ""
    current.save(update_fields=["state", "submitted_at", "scheduled_for", "expires_at", "failure"])
    for area, quorum in quorums.items():
        ProposalArea.objects.get_or_create(
            proposal=current, digest=current.digest, area=area, defaults={"quorum": quorum}
        )
    record("proposal.submitted", current, actor, {"areas": quorums})
    for told in _when_submitted:
        told(current)
    if not ballot(current).missing:
        agreed(current)
    return current


@transaction.atomic
def withdraw(*, proposal: Proposal, actor: User, reason: str = "") -> Proposal:
    """Taken back by its author or an editor, before it is applied."""
    current = locked(proposal)
    if not current.is_open:
        raise WrongState
    if not is_editor(current, actor):
        raise NotYours
    current.state, current.decided_at = ProposalState.WITHDRAWN, timezone.now()
    current.save(update_fields=["state", "decided_at"])
    record("proposal.withdrawn", current, actor, {"reason": reason.strip()[:2000]})
    return current


@transaction.atomic
def expire_old(now: datetime) -> list[Proposal]:
    """End what nobody decided on in time."""
    old = Proposal.objects.select_for_update().filter(
        state__in=(ProposalState.SUBMITTED, ProposalState.APPROVED), expires_at__lte=now
    )
    expired = list(old[:1000])
    for proposal in expired:
        proposal.state, proposal.decided_at = ProposalState.EXPIRED, now
        proposal.save(update_fields=["state", "decided_at"])
        record("proposal.expired", proposal, None)
    return expired


def check(changes: ChangeSet) -> tuple[Finding, ...]:
    """What validation says of the configuration with `changes`. Raises ProposalConflict and
    PublishRefused."""
    found = conflicts(read_rows(changes), changes)
    if found:
        raise ProposalConflict(found)
    findings = rehearse(_findings, on=changes).answer
    if errors_in(findings):
        raise PublishRefused(findings)
    return findings


def quorums_of(changes: ChangeSet) -> dict[str, int]:
    """The areas that own what is changed, and how many people of each must agree."""
    if not Pointer.objects.filter(release__isnull=False).exists():
        return {area.value: 0 for area in areas_of(changes)}
    rules = dict(ReviewRule.objects.values_list("area", "quorum"))
    return {area.value: rules.get(area.value, DEFAULT_QUORUM) for area in areas_of(changes)}


def areas_of(changes: ChangeSet) -> list[Area]:
    """Whoever owns a row as it is, or as it becomes."""
    current = read_rows(changes)
    owners = set()
    for change in changes:
        row, kind = current[change.kind].get(change.id, {}), kind_of(change.kind)
        owners |= {kind.field_areas[name] for name in change.fields if name in kind.field_areas}
        if kind.field_areas and kind.field_areas.keys() >= set(change.fields):
            continue
        for record in (row, {**row, **(change.after or {})}):
            if record:
                owners.add(kind.area(record))
    return sorted(owners)


def _findings() -> tuple[Finding, ...]:
    return validate_document(compile_document().document, to_us(timezone.now()))


def locked(proposal: Proposal) -> Proposal:
    """Its row as it is now, held until the transaction ends."""
    return Proposal.objects.select_for_update(of=("self",)).get(pk=proposal.pk)


def is_editor(proposal: Proposal, user: User) -> bool:
    return str(user.pk) in editors_of(proposal)


def agreed(proposal: Proposal) -> None:
    """Everyone has agreed to it: it may be applied, or waits for its time."""
    due = proposal.scheduled_for is None or proposal.scheduled_for <= timezone.now()
    proposal.state = ProposalState.APPROVED if due else ProposalState.SCHEDULED
    proposal.decided_at = timezone.now()
    proposal.save(update_fields=["state", "decided_at"])
    record("proposal.approved", proposal, None)


def back_to_draft(proposal: Proposal, editor: User) -> None:
    proposal.state = ProposalState.DRAFT
    proposal.submitted_at = proposal.expires_at = proposal.decided_at = None
    proposal.save(update_fields=["state", "submitted_at", "expires_at", "decided_at"])
    record("proposal.reopened", proposal, editor)


def record(
    event_type: str, proposal: Proposal, actor: User | None, more: dict[str, Any] | None = None
) -> None:
    """Into the register; and whoever it concerns is told."""
    entries.record(
        event_type,
        {
            "actor": entries.actor_of(actor),
            "proposal": {"number": proposal.number, "id": str(proposal.pk), "sha256": proposal.digest},
            "title": proposal.title,
            "author": proposal.author_name,
            **(more or {}),
        },
    )
    telling.about(event_type, proposal, more or {})


def edited(proposal: Proposal, editor: User) -> None:
    """`editor` has a hand in it from now on, and so decides on nothing of it."""
    ProposalEdit.objects.create(
        proposal=proposal,
        editor=editor,
        editor_name=editor.get_username(),
        digest=proposal.digest,
        at=timezone.now(),
    )

"""What the management API answers, and how rows become it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from registry.api.body_types import ChangedRow, Place
from registry.models import Proposal, Release, Suspension
from registry.proposal_state import basis_of, changes_in_words, clashes_of
from registry.services.ballots import ballot
from registry.wording import Worded


class ErrorDetail(Struct):
    message: str
    type: str
    param: str | None
    code: str


class ErrorAnswer(Struct):
    error: ErrorDetail


class ProposalSummary(Struct, kw_only=True):
    number: int
    title: str
    reason: str
    state: str
    source: str
    author: str
    digest: str
    created_at: datetime
    submitted_at: datetime | None
    expires_at: datetime | None
    apply_at: datetime | None
    decided_at: datetime | None
    release: int | None
    failure: str
    break_glass: bool


class Told(Struct):
    """A changed row in words."""

    op: str
    noun: str
    name: str
    lines: tuple[str, ...]


class ConflictAnswer(Struct):
    """Where what is in force is not what the proposal was made on."""

    noun: str
    name: str
    field: str
    place: Place
    was: str
    now: str
    would: str


class Verdict(Struct):
    verdict: str
    area: str
    by: str
    acting_for: str
    reason: str
    at: datetime
    counts: bool  # given on what the proposal says now


class ProposalAnswer(ProposalSummary, kw_only=True):
    waits_for: dict[str, int]
    editors: tuple[str, ...]
    verdicts: list[Verdict]
    told: list[Told]
    conflicts: list[ConflictAnswer]
    seen: str  # names these conflicts, for taking it up
    changes: list[ChangedRow]


class ProposalPage(Struct):
    items: list[ProposalSummary]
    next: int | None


class ReleaseAnswer(Struct, kw_only=True):
    number: int
    digest: str
    reason: str
    published_at: datetime
    published_by: str
    approvers: list[str]
    self_published: bool
    break_glass: bool
    proposal: int | None


class ReleasePage(Struct):
    items: list[ReleaseAnswer]
    next: int | None


class Difference(Struct):
    kind: str
    noun: str
    name: str
    details: tuple[str, ...]


class Comparison(Struct):
    before: int
    after: int
    differences: list[Difference]


class DifferenceInWords(Struct):
    told: list[Told]


class SuspensionAnswer(Struct, kw_only=True):
    id: UUID
    kind: str
    target: str
    reason: str
    cancel_in_flight: bool
    in_force: bool
    placed_at: datetime
    placed_by: str
    lifted_at: datetime | None
    lifted_by: str
    lift_reason: str


class SuspensionPage(Struct):
    items: list[SuspensionAnswer]
    next: UUID | None


def summary_of(proposal: Proposal) -> ProposalSummary:
    return ProposalSummary(**_summary(proposal))


def _summary(proposal: Proposal) -> dict[str, Any]:
    return {
        "number": proposal.number,
        "title": proposal.title,
        "reason": proposal.reason,
        "state": proposal.state,
        "source": proposal.source,
        "author": proposal.author_name,
        "digest": proposal.digest,
        "created_at": proposal.created_at,
        "submitted_at": proposal.submitted_at,
        "expires_at": proposal.expires_at,
        "apply_at": proposal.scheduled_for,
        "decided_at": proposal.decided_at,
        "release": proposal.release.number if proposal.release else None,
        "failure": proposal.failure,
        "break_glass": proposal.break_glass,
    }


def proposal_of(proposal: Proposal) -> ProposalAnswer:
    """The whole of it: what it changes, in words and as rows, and who has said what."""
    changes, clashes = proposal.change_set, clashes_of(proposal)
    return ProposalAnswer(
        **_summary(proposal),
        waits_for=ballot(proposal).missing if proposal.is_open else {},
        editors=tuple(sorted(set(proposal.edits.values_list("editor_name", flat=True)))),
        verdicts=[
            Verdict(
                row.verdict,
                row.area,
                row.approver_name,
                row.acting_for_name,
                row.reason,
                row.at,
                row.digest == proposal.digest,
            )
            for row in proposal.approvals.all()
        ],
        told=told(changes_in_words(proposal, basis_of(proposal))),
        conflicts=[
            ConflictAnswer(
                found.noun,
                found.name,
                found.title,
                Place(found.kind, UUID(found.id), found.field),
                found.was,
                found.now,
                found.would,
            )
            for found in clashes.items
        ],
        seen=clashes.fingerprint,
        changes=[
            ChangedRow(
                row.kind,
                UUID(row.id),
                None if row.before is None else dict(row.before),
                None if row.after is None else dict(row.after),
            )
            for row in changes
        ],
    )


def told(worded: tuple[Worded, ...]) -> list[Told]:
    return [Told(item.op, item.noun, item.name, item.lines) for item in worded]


def release_of(release: Release) -> ReleaseAnswer:
    named = [release.approved_by_name] if release.approved_by_name else []
    return ReleaseAnswer(
        number=release.number,
        digest=release.digest,
        reason=release.reason,
        published_at=release.published_at,
        published_by=release.published_by_name,
        approvers=named if release.approvers is None else list(release.approvers),
        self_published=release.self_published,
        break_glass=bool(release.break_glass),
        proposal=release.proposal_number,
    )


def suspension_of(suspension: Suspension) -> SuspensionAnswer:
    return SuspensionAnswer(
        id=suspension.pk,
        kind=suspension.kind,
        target=suspension.target,
        reason=suspension.reason,
        cancel_in_flight=suspension.cancel_in_flight,
        in_force=suspension.in_force,
        placed_at=suspension.placed_at,
        placed_by=suspension.placed_by_name,
        lifted_at=suspension.lifted_at,
        lifted_by=suspension.lifted_by_name,
        lift_reason=suspension.lift_reason,
    )

"""The context of a proposal's page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from registry.admin import drafting, panels
from registry.admin.actor import actor_of
from registry.admin.proposal_forms import BreakGlassForm, DescribeForm
from registry.models import Approval, Area, Proposal, ProposalState, Verdict
from registry.proposal_rights import rights_of
from registry.proposal_state import basis_of, changes_in_words, clashes_of, verdicts_of
from registry.services import approving, proposals

TONES = {
    ProposalState.DRAFT: "absent",
    ProposalState.SUBMITTED: "upcoming",
    ProposalState.APPROVED: "approved",
    ProposalState.SCHEDULED: "upcoming",
    ProposalState.APPLIED: "approved",
    ProposalState.REJECTED: "denied",
    ProposalState.FAILED: "denied",
    ProposalState.WITHDRAWN: "absent",
    ProposalState.EXPIRED: "expired",
}


@dataclass(frozen=True, slots=True)
class AreaRow:
    """What one area asked for, and who of it has decided."""

    label: str
    quorum: int
    missing: int
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened to the proposal."""

    at: datetime
    who: str
    text: str
    reason: str = ""


def context_of(request: HttpRequest, proposal: Proposal) -> dict[str, Any]:
    user, basis = actor_of(request), basis_of(proposal)
    draft = drafting.draft_of(request)
    return {
        "proposal": proposal,
        "tone": TONES[ProposalState(proposal.state)],
        "rights": rights_of(user, proposal),
        "areas": areas_of(proposal),
        "changed": changes_in_words(proposal, basis),
        "clashes": clashes_of(proposal),
        "verdicts": verdicts_of(proposal),
        "panels": [html for panel in panels.panels() if (html := panel.render(request, proposal))],
        "steps": sorted(_steps(proposal), key=lambda step: step.at),
        "describe": DescribeForm.of(proposal),
        "break_glass": BreakGlassForm(),
        "working": draft is not None and draft.pk == proposal.pk,
        "list_url": reverse("admin:registry_proposal_changelist"),
        "review": getattr(proposal, "review", None),
    }


def areas_of(proposal: Proposal) -> list[AreaRow]:
    """Those of its submission; before that, those that it would ask."""
    cast = approving.ballot(proposal)
    verdicts = list(proposal.approvals.filter(digest=proposal.digest))
    quorums = cast.quorums or _expected(proposal)
    return [
        AreaRow(
            label=str(Area(area).label),
            quorum=quorum,
            missing=cast.missing.get(area, 0) if cast.quorums else quorum,
            people=tuple(_said(row) for row in verdicts if row.area == area),
        )
        for area, quorum in sorted(quorums.items())
    ]


def _expected(proposal: Proposal) -> dict[str, int]:
    return proposals.quorums_of(proposal.change_set) if proposal.is_open else {}


def _said(row: Approval) -> str:
    verb = "approved" if row.verdict == Verdict.APPROVE else "rejected"
    acting = f" for {row.acting_for_name}" if row.acting_for_name else ""
    return f"{row.approver_name}{acting} {verb}"


def _steps(proposal: Proposal) -> Iterable[Step]:
    edits = list(proposal.edits.all())
    for number, edit in enumerate(edits):
        yield Step(edit.at, edit.editor_name, "drafted it" if number == 0 else "edited it")
    for row in proposal.approvals.all():
        stale = "" if row.digest == proposal.digest else ", as it was then"
        verb = "approved" if row.verdict == Verdict.APPROVE else "rejected"
        acting = f" for {row.acting_for_name}" if row.acting_for_name else ""
        text = f"{verb} it for {row.get_area_display()}{acting}{stale}"
        yield Step(row.at, row.approver_name, text, row.reason)
    if proposal.submitted_at:
        yield Step(proposal.submitted_at, "", "It was submitted")
    if proposal.release is not None:
        release = proposal.release
        yield Step(release.published_at, "", f"It became release {release.number}")
    review = getattr(proposal, "review", None)
    if review is not None:
        verb = "kept" if review.verdict == Verdict.APPROVE else "took back"
        yield Step(review.at, review.reviewer_name, f"{verb} the emergency change", review.reason)


def waits_for(proposal: Proposal) -> str:
    """The areas that still have to agree, for lists."""
    if proposal.state != ProposalState.SUBMITTED:
        return ""
    missing = approving.ballot(proposal).missing
    return ", ".join(str(Area(area).label) for area in missing)

"""How a proposal stands: who must agree to what it says now, and who has."""

from dataclasses import dataclass
from typing import Any

from registry.core.approvals import Vote, waiting
from registry.models import Proposal, Verdict


@dataclass(frozen=True, slots=True)
class Ballot:
    """`quorums` are those of its submission, `missing` what is left of them."""

    quorums: dict[str, int]
    votes: tuple[Vote, ...]

    @property
    def missing(self) -> dict[str, int]:
        return waiting(self.quorums, self.votes)


def ballot(proposal: Proposal) -> Ballot:
    """Of what the proposal says now: verdicts on what it said before don't count, nor does the agreement of
    somebody who has had a hand in it since."""
    quorums = dict(proposal.areas.filter(digest=proposal.digest).values_list("area", "quorum"))
    editors = editors_of(proposal)
    votes = tuple(
        Vote(row.area, str(row.approver_id), row.verdict == Verdict.APPROVE)
        for row in proposal.approvals.filter(digest=proposal.digest)
        if str(row.approver_id) not in editors and str(row.acting_for_id) not in editors
    )
    return Ballot(quorums, votes)


def editors_of(proposal: Proposal) -> frozenset[str]:
    """Everyone who had a hand in it, the author included."""
    edited: Any = proposal.edits.values_list("editor_id", flat=True)
    return frozenset({str(proposal.author_id), *(str(editor) for editor in edited)})

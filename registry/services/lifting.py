"""Lifting a suspension: a loosening, so it is proposed by one person and approved by another."""

from django.db import transaction
from django.utils import timezone

from audit.services import entries
from registry.core.changes import Change, ChangeSet
from registry.errors import AlreadyLifted, ReasonMissing
from registry.models import Proposal, Source, Suspension, User
from registry.services import directory
from registry.services.suspensions import MAX_REASON_CHARS, body_of, name_of

DETAILS = ("lifted_at", "lifted_by", "lifted_by_name", "lift_reason", "lift_proposal")


@transaction.atomic
def ask(*, actor: User, suspension: Suspension, reason: str, source: str = Source.ADMIN) -> Proposal:
    """A proposal to lift it, put to whoever must agree; nothing changes before that.

    Raises AlreadyLifted, ReasonMissing, and what drafting and submitting raise.
    """
    from registry.services import proposals  # which governs this table, and so imports this module

    if not suspension.in_force:
        raise AlreadyLifted
    if not reason.strip():
        raise ReasonMissing
    change = Change(Suspension._meta.label_lower, str(suspension.pk), {"in_force": True}, {"in_force": False})
    drafted = proposals.draft(
        author=actor,
        title=f"Lift the suspension of {suspension}",
        reason=reason,
        changes=ChangeSet((change,)),
        source=source,
    )
    return proposals.submit(proposal=drafted, actor=actor)


def applied(change: Change, proposal: Proposal) -> None:
    """The proposal has lifted it: say when, by whom and why, record it, and let every process know."""
    lifted = Suspension.objects.select_for_update(of=("self",)).get(pk=change.id)
    if lifted.in_force or lifted.lifted_at is not None:
        raise AlreadyLifted
    lifted.lifted_at = timezone.now()
    lifted.lifted_by, lifted.lifted_by_name = proposal.author, name_of(proposal.author)
    lifted.lift_reason = proposal.reason.strip()[:MAX_REASON_CHARS]
    lifted.lift_proposal = proposal.pk
    lifted.save(update_fields=DETAILS)
    directory.bump()
    body = {**body_of(lifted, proposal.author, lifted.lift_reason), "proposal": str(proposal.pk)}
    entries.record("suspension.lifted", body)

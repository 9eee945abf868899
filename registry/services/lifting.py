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


def is_suspended_again(change: Change) -> bool:
    """Whether `change` would put a suspension back while another one of the same holds already."""
    if change.kind != Suspension._meta.label_lower or not (change.after or {}).get("in_force"):
        return False
    row = Suspension.objects.get(pk=change.id)
    same = {"kind": row.kind, "target": row.target, "cancel_in_flight": row.cancel_in_flight}
    return Suspension.objects.filter(in_force=True, **same).exclude(pk=row.pk).exists()


def applied(change: Change, proposal: Proposal) -> None:
    """The proposal has lifted it: say when, by whom and why, record it, and let every process know.

    The end of an emergency change that nobody kept puts it back in force.
    """
    row = Suspension.objects.select_for_update(of=("self",)).get(pk=change.id)
    reason = proposal.reason.strip()[:MAX_REASON_CHARS]
    if not row.in_force:
        row.lifted_at = timezone.now()
        row.lifted_by, row.lifted_by_name = proposal.author, name_of(proposal.author)
        row.lift_reason, row.lift_proposal = reason, proposal.pk
        row.save(update_fields=DETAILS)
    directory.bump()
    event = "suspension.placed" if row.in_force else "suspension.lifted"
    entries.record(event, {**body_of(row, proposal.author, reason), "proposal": str(proposal.pk)})

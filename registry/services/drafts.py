"""The draft that a person is working on: what they save in the admin is gathered in it."""

from django.db import transaction

from registry.core.changes import ChangeSet
from registry.errors import WrongState
from registry.models import Proposal, ProposalState, Source, User
from registry.services import proposals


def current(user: User, proposal_id: str | None) -> Proposal | None:
    """The draft of that id, while it is one and `user` has a hand in it."""
    if not proposal_id:
        return None
    found = Proposal.objects.filter(pk=proposal_id, state=ProposalState.DRAFT).first()
    return found if found is not None and proposals.is_editor(found, user) else None


@transaction.atomic
def keep(*, user: User, draft: Proposal | None, changes: ChangeSet, title: str) -> Proposal | None:
    """The draft with `changes` as all that it changes: a new one where there was none. One that changes
    nothing any more is withdrawn, and None is answered."""
    if draft is None:
        return (
            proposals.draft(author=user, title=title, changes=changes, source=Source.ADMIN)
            if changes
            else None
        )
    held = proposals.locked(draft)
    if held.state != ProposalState.DRAFT or held.digest != draft.digest:
        raise WrongState("The draft was changed meanwhile. Look at it again.")
    if not changes:
        proposals.withdraw(proposal=held, actor=user, reason="It changes nothing any more.")
        return None
    return proposals.edit(proposal=held, editor=user, changes=changes)

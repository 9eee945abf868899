"""Taking a proposal up again on what is in force now, where that has changed under it."""

from collections.abc import Collection

from registry.core.changes import conflicts
from registry.core.merge import Place, fingerprint, rebased
from registry.errors import ChangedSinceReview, NothingProposed
from registry.governed import read_rows
from registry.models import Proposal, User
from registry.services import proposals
from registry.services.snapshot import on_one_state


def take_up(
    *, proposal: Proposal, editor: User, digest: str, seen: str, kept: Collection[Place] = ()
) -> Proposal:
    """The proposal as a draft of what is in force now; at the places in `kept` what is in force stays.

    `digest` and `seen` (`fingerprint` of the conflicts) say on what the editor chose: ChangedSinceReview
    where either is another by now. NothingProposed where nothing is left to change; withdraw it then.
    """
    return on_one_state(lambda: _take_up(proposal, editor, digest, seen, kept))


def _take_up(proposal: Proposal, editor: User, digest: str, seen: str, kept: Collection[Place]) -> Proposal:
    current = proposals.locked(proposal)
    changes = current.change_set
    rows = read_rows(changes)
    if current.digest != digest or fingerprint(conflicts(rows, changes)) != seen:
        raise ChangedSinceReview("What is in force, or the proposal, changed while you chose. Look again.")
    left = rebased(rows, changes, kept)
    if not left:
        raise NothingProposed("Nothing would be left to change. Withdraw it instead.")
    return proposals.edit(proposal=current, editor=editor, changes=left)

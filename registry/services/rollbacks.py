"""Returning to an earlier release: a proposal like any other, of what differs from it now."""

import json

from registry.core.changes import ChangeSet, State, diff
from registry.errors import ReleaseCorrupt
from registry.governed import kinds, read_state
from registry.models import Proposal, Release, Source, User
from registry.services import proposals


def changes_to(release: Release) -> ChangeSet:
    """What returns the configuration to that of `release`. Facts that are no choice, such as prices, stay."""
    if release.configuration is None:
        raise ReleaseCorrupt(f"Release {release.number} was made before configurations were kept.")
    restored = [kind for kind in kinds() if kind.restored]
    then: State = json.loads(release.configuration)
    return diff(read_state(restored), {kind.label: then.get(kind.label, {}) for kind in restored})


def propose(*, actor: User, release: Release, reason: str = "") -> Proposal:
    """A draft that returns to `release`. Raises NothingProposed where nothing differs."""
    return proposals.draft(
        author=actor,
        title=f"Return to release {release.number}",
        reason=reason,
        changes=changes_to(release),
        source=Source.ROLLBACK,
    )

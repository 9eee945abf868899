"""Returning to an earlier release: a proposal like any other, of what differs from it now."""

import json
from collections.abc import Mapping

from registry.core.changes import ChangeSet, Record, State, diff
from registry.errors import ReleaseCorrupt
from registry.governed import Kind, kinds, read_state, record_of
from registry.models import Proposal, Release, Source, User
from registry.services import proposals


def changes_to(release: Release) -> ChangeSet:
    """What returns the configuration to that of `release`. Facts that are no choice, such as prices, stay."""
    if release.configuration is None:
        raise ReleaseCorrupt(f"Release {release.number} was made before configurations were kept.")
    restored = [kind for kind in kinds() if kind.restored]
    then: State = json.loads(release.configuration)
    now = read_state(restored)
    return diff(now, {kind.label: _as_today(kind, then.get(kind.label, {}), now) for kind in restored})


def _as_today(kind: Kind, rows: Mapping[str, Record], now: State) -> dict[str, Record]:
    """Rows with the fields that there are now: what an earlier version did not have stays as it is, or is
    what a new row would have; what it had and this one has not is left out."""
    fresh = record_of(kind, kind.model())
    today = {row_id: now[kind.label].get(row_id, fresh) for row_id in rows}
    return {
        row_id: {name: row.get(name, today[row_id][name]) for name in kind.fields}
        for row_id, row in rows.items()
    }


def propose(*, actor: User, release: Release, reason: str = "") -> Proposal:
    """A draft that returns to `release`. Raises NothingProposed where nothing differs."""
    return proposals.draft(
        author=actor,
        title=f"Return to release {release.number}",
        reason=reason,
        changes=changes_to(release),
        source=Source.ROLLBACK,
    )

"""Live rows: what tightens takes effect at once, by one person; what loosens becomes a proposal.

An app registers for each kind (`register`) which fields of a change loosen it. A form that mixes both saves
the tightening and files the rest. Before anything is in force there is nothing to loosen.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import models

from audit.services import entries
from registry.core.changes import Change, ChangeSet, Record
from registry.errors import NotPermitted, ReasonMissing
from registry.governed import Kind, kind_of, record_of, values_of
from registry.models import Pointer, Proposal, ProposalState, Source, User
from registry.services import applying, proposals

CHANGED = "live.changed"

M = TypeVar("M", bound=models.Model)
Rule = Callable[[Record, Record], frozenset[str]]

_rules: dict[str, Rule] = {}


@dataclass(frozen=True, slots=True)
class Loosening:
    """What was asked for and is not in force yet."""

    changes: ChangeSet
    title: str


def register(model: type[models.Model], rule: Rule) -> None:
    """`rule` names the fields in which the second record lets more pass than the first. The model is
    registered in `registry.governed` with those as live fields."""
    _rules[model._meta.label_lower] = rule


def fields_of(row: models.Model) -> frozenset[str]:
    """The reviewed fields in which the unsaved `row` is looser than the stored one."""
    stored = type(row)._default_manager.filter(pk=row.pk).first()
    return _loosened(stored, row) if stored is not None else frozenset()


def hold_back(row: models.Model) -> Loosening | None:
    """Give the unsaved `row` back what it is now where it would be looser; what was taken out of it.

    The stored row is held until the transaction ends.
    """
    kind = _kind(row)
    stored = type(row)._default_manager.select_for_update(of=("self",)).filter(pk=row.pk).first()
    loosened = _loosened(stored, row) if stored is not None else frozenset()
    if stored is None or not loosened:
        return None
    was, wanted = record_of(kind, stored), record_of(kind, row)
    before = {name: was[name] for name in sorted(loosened)}
    after = {name: wanted[name] for name in sorted(loosened)}
    for name, value in values_of(kind, before).items():
        setattr(row, name, value)
    change = Change(kind.label, str(row.pk), before, after)
    return Loosening(ChangeSet((change,)), f"Loosen {kind.model._meta.verbose_name} {stored}")


def ask(*, actor: User | None, held: Loosening, reason: str) -> Proposal:
    """Propose what was held back. Where nobody has to agree it is in force at once, and its release says so.

    Whoever may change the row may ask, whatever other rights they have. Raises ReasonMissing, NotPermitted
    where nobody asks, and what submitting raises.
    """
    if actor is None:
        raise NotPermitted("A loosening needs somebody who asks for it.")
    if not reason.strip():
        raise ReasonMissing
    proposal = proposals.drafted(
        author=actor,
        title=held.title,
        reason=reason,
        changes=held.changes,
        source=Source.LOOSENING,
    )
    proposal = proposals.submit(proposal=proposal, actor=actor)
    if proposal.state == ProposalState.APPROVED:
        applying.apply(proposal=proposal, actor=actor)
        proposal.refresh_from_db()
    return proposal


def in_force() -> bool:
    """Whether there is anything that could be loosened."""
    return Pointer.objects.filter(release__isnull=False).exists()


def before_of(row: models.Model) -> Record | None:
    """What is reviewed of the stored row; None of a new one."""
    stored = type(row)._default_manager.filter(pk=row.pk).first()
    return record_of(_kind(row), stored) if stored is not None else None


def record(actor: User | None, before: Record | None, row: models.Model) -> None:
    """Into the register: what of the saved row's reviewed fields is another than it was."""
    kind = _kind(row)
    after = record_of(kind, row)
    changed = sorted(name for name in after if before is not None and before[name] != after[name])
    if before is None or not changed:
        return
    body: dict[str, Any] = {
        "actor": entries.actor_of(actor),
        "kind": kind.label,
        "id": str(row.pk),
        "name": str(row),
        "before": {name: before[name] for name in changed},
        "after": {name: after[name] for name in changed},
    }
    entries.record(CHANGED, body)


def _loosened(stored: models.Model, row: models.Model) -> frozenset[str]:
    if not in_force():
        return frozenset()
    kind = _kind(row)
    return _rules[kind.label](record_of(kind, stored), record_of(kind, row))


def _kind(row: models.Model) -> Kind:
    return kind_of(row._meta.label_lower)

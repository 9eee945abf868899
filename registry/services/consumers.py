"""Changing teams, applications and keys. A change takes effect in every process within a second, unless it
loosens: then it is proposed."""

from django.db import transaction

from registry.core import loosening as core
from registry.core.changes import Record
from registry.models import ApiKey, Application, DataClass, Proposal, Team, User
from registry.services import directory, loosening


@transaction.atomic
def save(*, row: Team | Application | ApiKey, actor: User | None, reason: str = "") -> Proposal | None:
    """Write a new or changed row; the proposal of what loosens it, None where nothing does.

    Raises ValidationError, and what registry.services.loosening.ask raises.
    """
    row.full_clean()
    before = loosening.before_of(row)
    held = loosening.hold_back(row)
    row.full_clean()
    row._history_user = actor
    row.save()
    directory.bump()
    loosening.record(actor, before, row)
    if held is None:
        return None
    proposal = loosening.ask(actor=actor, held=held, reason=reason)
    row.refresh_from_db()
    return proposal


def register() -> None:
    loosening.register(Team, core.of_owner)
    loosening.register(Application, core.of_owner)
    loosening.register(ApiKey, _of_key)


def _of_key(before: Record, after: Record) -> frozenset[str]:
    ranks = {str(key): rank for key, rank in DataClass.objects.values_list("pk", "rank")}
    return core.of_key(before, after, ranks)

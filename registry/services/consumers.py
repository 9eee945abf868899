"""Changing teams, applications and keys. A change takes effect in every process within a second, unless it
loosens: then it is proposed."""

from django.db import transaction

from registry.core import loosening as core
from registry.core.changes import Record
from registry.models import ApiKey, Application, DataClass, Proposal, Team, User
from registry.services import directory, keys, loosening


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


@transaction.atomic
def new_key(*, actor: User, key: ApiKey) -> tuple[keys.CreatedKey, Proposal | None]:
    """An unsaved key, made by a person: its one sight, and the proposal of what needs a second one.

    It is cleared at once for what the application's other keys are cleared for, and for the least sensitive
    class where there is none; a higher clearance is proposed. Otherwise a new key would go round the review
    that raising the clearance of an old one takes.
    """
    wanted, ceiling = key.clearance, _ceiling(key.application)
    held = loosening.in_force() and ceiling is not None and wanted.rank > ceiling.rank
    if held and ceiling is not None:
        key.clearance = ceiling
    created = keys.issue(actor=actor, key=key)
    if not held:
        return created, None
    raised = ApiKey.objects.get(pk=created.key.pk)
    raised.clearance = wanted
    reason = f"The new key “{key.name}” of {key.application} is asked for with the clearance {wanted}."
    return created, save(row=raised, actor=actor, reason=reason)


def _ceiling(application: Application) -> DataClass | None:
    """The highest class that a key of the application is cleared for, or the least sensitive there is."""
    cleared = DataClass.objects.filter(
        pk__in=application.api_keys.filter(revoked_at__isnull=True).values("clearance")
    )
    return cleared.order_by("-rank").first() or DataClass.objects.order_by("rank").first()


def register() -> None:
    loosening.register(Team, core.of_owner)
    loosening.register(Application, core.of_owner)
    loosening.register(ApiKey, _of_key)


def _of_key(before: Record, after: Record) -> frozenset[str]:
    ranks = {str(key): rank for key, rank in DataClass.objects.values_list("pk", "rank")}
    return core.of_key(before, after, ranks)

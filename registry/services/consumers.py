"""Changing teams, applications and keys. A change takes effect in every process within a second, unless it
loosens: then it is proposed."""

from collections.abc import Sequence

from django.db import transaction

from registry.core import loosening as core
from registry.core.changes import Change, Record, ordered
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


def new_key(*, actor: User, key: ApiKey) -> tuple[keys.CreatedKey, Proposal | None]:
    """As `new_keys`, of one."""
    (created,), proposal = new_keys(actor=actor, wanted=[key])
    return created, proposal


@transaction.atomic
def new_keys(*, actor: User, wanted: Sequence[ApiKey]) -> tuple[tuple[keys.CreatedKey, ...], Proposal | None]:
    """Unsaved keys, made by a person: their one sight, and the proposal of what needs a second one.

    Each is cleared at once for what its application's other keys are cleared for, and for the least sensitive
    class where there is none; a higher clearance is proposed, of all in one. Otherwise a new key would go
    round the review that raising the clearance of an old one takes. The database refuses it too.
    """
    ceilings = {key.application_id: _ceiling(key.application) for key in wanted}
    made, raises, told = [], [], []
    for key in wanted:
        asked, ceiling = key.clearance, ceilings[key.application_id]
        held = loosening.in_force() and ceiling is not None and asked.rank > ceiling.rank
        if held and ceiling is not None:
            key.clearance = ceiling
        made.append(keys.issue(actor=actor, key=key))
        if held:
            before, after = ({"clearance": str(each.pk)} for each in (key.clearance, asked))
            raises.append(Change(ApiKey._meta.label_lower, str(key.pk), before, after))
            told.append(f"The new key “{key.name}” of {key.application} is asked for as cleared for {asked}.")
    if not raises:
        return tuple(made), None
    title = f"Loosen API key {wanted[0]}" if len(raises) == 1 else f"Clear {len(raises)} new keys"
    held_back = loosening.Loosening(ordered(raises), title)
    return tuple(made), loosening.ask(actor=actor, held=held_back, reason=" ".join(told))


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

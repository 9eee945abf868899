"""What can be suspended, and where its rows are. Apps register in `AppConfig.ready`.

A suspension names its target by text, because releases and records do; the row's id is kept beside it, so
that a rename can't slip out from under it (see registry.releases.validation).
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Model

from registry.core.subjects import SubjectKind, of_caller, of_deployment, subject, version_target
from registry.errors import NothingToSuspend
from registry.models import ApiKey, Application, Deployment, ModelVersion, Provider, Suspension, Team
from registry.models import Model as LanguageModel


@dataclass(frozen=True, slots=True)
class Suspendable:
    """One kind. `find` answers the row of a target's text; `target_of` the text of a row, and None where the
    row is of another model."""

    kind: SubjectKind
    find: Callable[[str], Model | None]
    by_id: Callable[[UUID], Model | None]
    target_of: Callable[[Model], str | None]


_kinds: dict[SubjectKind, Suspendable] = {}


def register(suspendable: Suspendable) -> None:
    """Registering a kind again replaces it."""
    _kinds[suspendable.kind] = suspendable


def kinds() -> tuple[SubjectKind, ...]:
    """In the order of the vocabulary."""
    return tuple(kind for kind in SubjectKind if kind in _kinds)


def find(kind: str, target: str) -> tuple[SubjectKind, str, Model]:
    """(kind, text, row) of what a person named. Raises NothingToSuspend: a typing error must be told."""
    try:
        suspendable = _kinds[SubjectKind(kind)]
    except (ValueError, KeyError):
        raise NothingToSuspend(f"“{kind}” can't be suspended; {', '.join(kinds())} can.") from None
    row = suspendable.find(target.strip())
    text = None if row is None else suspendable.target_of(row)
    if row is None or text is None:
        raise NothingToSuspend(f"There is no {kind} “{target.strip()}”, so nothing was suspended.")
    return suspendable.kind, text, row


def subject_of(row: Model) -> tuple[SubjectKind, str] | None:
    """(kind, text) of a row that can be suspended."""
    for suspendable in _kinds.values():
        text = suspendable.target_of(row)
        if text is not None:
            return suspendable.kind, text
    return None


def current_target(kind: str, row_id: UUID | None) -> str | None:
    """What the row is called now; None where it is gone."""
    row = row_of(kind, row_id)
    return _kinds[SubjectKind(kind)].target_of(row) if row is not None else None


def row_of(kind: str, row_id: UUID | None) -> Model | None:
    suspendable = _kinds.get(SubjectKind(kind))
    return suspendable.by_id(row_id) if suspendable is not None and row_id is not None else None


def in_force_of(row: Model) -> list[Suspension]:
    """The suspensions that stop this row, by itself or by what it belongs to; of a policy also its rules'."""
    found = subject_of(row)
    if found is None:
        return []
    stopping = {*_belongs_to(row), subject(*found)}
    rules = f"{found[1]}#" if found[0] is SubjectKind.ROUTE else None
    return [
        placed
        for placed in Suspension.objects.filter(in_force=True)
        if placed.subject in stopping
        or (rules is not None and placed.kind == found[0] and placed.target.startswith(rules))
    ]


def _belongs_to(row: Model) -> tuple[str, ...]:
    match row:
        case Deployment():
            version = row.version
            return of_deployment(row.name, version.model.name, version.name, row.provider.name)
        case ModelVersion():
            return (subject(SubjectKind.MODEL, row.model.name),)
        case ApiKey():
            return of_caller(row.prefix, row.application.name, row.application.team.name)
        case Application():
            return (subject(SubjectKind.TEAM, row.team.name),)
    return ()


def register_own() -> None:
    """The kinds whose rows are the registry's."""
    for kind, model in (
        (SubjectKind.PROVIDER, Provider),
        (SubjectKind.MODEL, LanguageModel),
        (SubjectKind.DEPLOYMENT, Deployment),
        (SubjectKind.TEAM, Team),
        (SubjectKind.APPLICATION, Application),
    ):
        register(_named(kind, model))
    register(
        Suspendable(SubjectKind.VERSION, _version, lambda pk: _by_id(ModelVersion, pk), _target_of_version)
    )
    register(Suspendable(SubjectKind.KEY, _key, lambda pk: _by_id(ApiKey, pk), _target_of_key))


def _named(kind: SubjectKind, model: type[Model]) -> Suspendable:
    return Suspendable(
        kind,
        lambda name: model._default_manager.filter(name=name).first(),
        lambda pk: _by_id(model, pk),
        lambda row: str(row.name) if isinstance(row, model) else None,  # type: ignore[attr-defined]
    )


def _by_id(model: type[Model], pk: UUID) -> Model | None:
    return model._default_manager.filter(pk=pk).first()


def _version(target: str) -> Model | None:
    model, _, name = target.partition("@")
    return ModelVersion.objects.select_related("model").filter(model__name=model, name=name).first()


def _target_of_version(row: Model) -> str | None:
    return version_target(row.model.name, row.name) if isinstance(row, ModelVersion) else None


def _key(target: str) -> Model | None:
    return ApiKey.objects.filter(prefix=target.removeprefix("sb-")).first()


def _target_of_key(row: Model) -> str | None:
    return row.prefix if isinstance(row, ApiKey) else None

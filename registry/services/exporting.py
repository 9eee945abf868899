"""The configuration taken out as a text; that it was, by whom and which, is on record."""

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from audit.actors import system_name
from audit.core.canonical import sha256_hex
from audit.services import entries
from registry import documents
from registry.core.changes import State
from registry.models import Pointer, Release, User
from registry.services.snapshot import on_one_state


@dataclass(frozen=True, slots=True)
class Exported:
    """`release` is the number of the one that it is the configuration of; 0 where nothing is in force."""

    text: str = field(repr=False)
    release: int


def export(*, actor: User | None, release: Release | None, form: str) -> Exported | None:
    """What is in force, or what `release` was made of, as `yaml` or `json`; `actor` is None for commands.

    None where the configuration of that release was not kept.
    """
    return on_one_state(lambda: _export(actor, release, form))


@transaction.atomic
def _export(actor: User | None, release: Release | None, form: str) -> Exported | None:
    number, state = _state_of(release)
    if release is not None and state is None:
        return None
    text = documents.dump(documents.export(state), form)
    body: dict[str, Any] = {"actor": entries.actor_of(actor), "what": "configuration", "release": number}
    if actor is None:
        body["actor"]["name"] = system_name()
    entries.record("export.generated", {**body, "format": form, "sha256": sha256_hex(text.encode())})
    return Exported(text, number)


def _state_of(release: Release | None) -> tuple[int, State | None]:
    if release is not None:
        return release.number, documents.configuration_of(release)
    live = Pointer.objects.filter(pk=1).values_list("release__number", flat=True).first()
    return live or 0, None

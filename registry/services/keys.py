"""API keys: shown once when they are made, revoked at once."""

import base64
import os
import secrets
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from audit.services import entries
from registry.directory import PREFIX_LENGTH, hash_token
from registry.errors import KeyRevoked
from registry.models import ApiKey, Application, DataClass, User, default_scopes
from registry.services import directory

SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class CreatedKey:
    """`token` is the key itself. It exists here and with whoever it is shown to, nowhere else."""

    key: ApiKey
    token: str = field(repr=False)


@transaction.atomic
def create(
    *,
    actor: User | None,
    application: Application,
    name: str,
    clearance: DataClass,
    default_data_class: DataClass | None = None,
    scopes: list[str] | None = None,
    requests_per_min: int | None = None,
    tokens_per_min: int | None = None,
    expires_at: datetime | None = None,
) -> CreatedKey:
    """A new key for `application`, and the one sight of its text. `actor` is None for commands."""
    key = ApiKey(
        application=application,
        name=name,
        clearance=clearance,
        default_data_class=default_data_class,
        scopes=default_scopes() if scopes is None else scopes,
        requests_per_min=requests_per_min,
        tokens_per_min=tokens_per_min,
        expires_at=expires_at,
    )
    return issue(actor=actor, key=key)


@transaction.atomic
def issue(*, actor: User | None, key: ApiKey) -> CreatedKey:
    """Give an unsaved key its text, check it and store it."""
    token = new_token()
    key.prefix, key.sha256 = token[3 : 3 + PREFIX_LENGTH], hash_token(token)
    key.full_clean()
    key._history_user = actor
    key.save(force_insert=True)
    directory.bump()
    _record("key.created", actor, key)
    return CreatedKey(key, token)


@transaction.atomic
def revoke(*, actor: User | None, key: ApiKey) -> ApiKey:
    """Refuse the key from now on, in every process within a second. Raises KeyRevoked the second time."""
    locked = ApiKey.objects.select_for_update(of=("self",)).get(pk=key.pk)
    if locked.revoked_at is not None:
        raise KeyRevoked
    locked.revoked_at = timezone.now()
    locked._history_user = actor
    locked.save(update_fields=["revoked_at"])
    directory.bump()
    _record("key.revoked", actor, locked)
    return locked


def new_token() -> str:
    prefix = base64.b32encode(os.urandom(8)).decode().lower()[:PREFIX_LENGTH]
    return f"sb-{prefix}-{secrets.token_urlsafe(SECRET_BYTES)}"


def _record(event_type: str, actor: User | None, key: ApiKey) -> None:
    entries.record(
        event_type,
        {
            "actor": entries.actor_of(actor),
            "api_key": key.prefix,
            "name": key.name,
            "application": key.application.name,
            "team": key.application.team.name,
            "scopes": sorted(key.scopes),
            "clearance": key.clearance.name,
        },
    )

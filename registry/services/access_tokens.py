"""Personal access tokens: made by their owner, shown once, looked up by each request, revoked at once."""

import base64
import os
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hmac import compare_digest

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from audit.services import entries
from registry.directory import PREFIX_LENGTH, SECRET_LENGTH, hash_token
from registry.errors import LifetimeRefused, TokenRevoked
from registry.models import AccessToken, User

SECRET_BYTES = 32
MAX_DAYS = 366
USE_IS_NOTED_EVERY = timedelta(minutes=5)
_TOKEN = re.compile(rf"\Asbp-([a-z2-7]{{{PREFIX_LENGTH}}})-[A-Za-z0-9_-]{{{SECRET_LENGTH}}}\Z")
_NO_HASH = "0" * 64


@dataclass(frozen=True, slots=True)
class CreatedToken:
    """`text` is the token itself. It exists here and with whoever it is shown to, nowhere else."""

    token: AccessToken
    text: str = field(repr=False)


@transaction.atomic
def create(*, user: User, name: str, scopes: list[str], expires_at: datetime) -> CreatedToken:
    """A token by which `user` acts, made by `user`. Raises LifetimeRefused, ValidationError."""
    return issue(user=user, token=AccessToken(name=name, scopes=scopes, expires_at=expires_at))


@transaction.atomic
def issue(*, user: User, token: AccessToken) -> CreatedToken:
    """Give an unsaved token its owner and its text, check it and store it."""
    now = timezone.now()
    if not now < token.expires_at <= now + timedelta(days=MAX_DAYS):
        raise LifetimeRefused
    prefix = base64.b32encode(os.urandom(8)).decode().lower()[:PREFIX_LENGTH]
    text = f"sbp-{prefix}-{secrets.token_urlsafe(SECRET_BYTES)}"
    token.user, token.prefix, token.sha256 = user, prefix, hash_token(text)
    token.full_clean()
    token.save(force_insert=True)
    _record("token.created", user, token)
    return CreatedToken(token, text)


@transaction.atomic
def revoke(*, actor: User, token: AccessToken) -> AccessToken:
    """Refuse it from its next request on. Raises TokenRevoked the second time."""
    locked = AccessToken.objects.select_for_update(of=("self",)).select_related("user").get(pk=token.pk)
    if locked.revoked_at is not None:
        raise TokenRevoked
    locked.revoked_at = timezone.now()
    locked.save(update_fields=["revoked_at"])
    _record("token.revoked", actor, locked)
    return locked


def authenticate(text: str) -> AccessToken | None:
    """The token of this text, with its user, while both are good; unknown, expired and revoked ones are
    alike, and so are those of people who may not sign in to the admin any more."""
    match = _TOKEN.match(text)
    usable = AccessToken.objects.select_related("user").filter(
        revoked_at__isnull=True, expires_at__gt=timezone.now(), user__is_active=True, user__is_staff=True
    )
    found = usable.filter(prefix=match[1]).first() if match else None
    same = compare_digest(hash_token(text), found.sha256 if found else _NO_HASH)
    if found is None or not same:
        return None
    _note_use(found)
    return found


def _note_use(token: AccessToken) -> None:
    now = timezone.now()
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - USE_IS_NOTED_EVERY)
    if token.last_used_at is None or token.last_used_at < now - USE_IS_NOTED_EVERY:
        AccessToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)


def _record(event_type: str, actor: User, token: AccessToken) -> None:
    entries.record(
        event_type,
        {
            "actor": entries.actor_of(actor),
            "token": token.prefix,
            "name": token.name,
            "user": token.user.get_username(),
            "scopes": sorted(token.scopes),
            "expires_at": token.expires_at.isoformat(),
        },
    )

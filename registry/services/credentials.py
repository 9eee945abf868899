"""Providers' secrets: stored encrypted, or found by reference; resolved in workers alone."""

import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from django.db import transaction

from audit.contents import decrypt, encrypt
from audit.errors import FieldKeysMissing as NoFieldKeys
from registry.errors import CredentialNotBound, CredentialNotFound, CredentialUnreadable, FieldKeysMissing
from registry.models import Credential, CredentialKind, User

MAX_SECRET_BYTES = 64 * 1024
CACHE_TTL_S = 15.0
CACHE_MAX_ENTRIES = 1000


@dataclass(frozen=True, slots=True)
class _Resolved:
    secret: str = field(repr=False)
    hosts: frozenset[str]
    until: float


_cache: dict[str, _Resolved] = {}
_cache_lock = Lock()


@transaction.atomic
def store(*, actor: User | None, credential: Credential, secret: str | None = None) -> Credential:
    """Save `credential`; a `secret` replaces what is kept, None leaves it.

    A credential that is no longer stored here forgets its ciphertext.
    """
    if credential.kind != CredentialKind.STORED:
        credential.ciphertext = ""
    else:
        credential.reference = ""
        if secret:
            credential.ciphertext = _encrypt(secret)
    credential.full_clean()
    credential._history_user = actor
    credential.save()
    transaction.on_commit(forget)
    return credential


@transaction.atomic
def rotate() -> int:
    """Encrypt every stored secret under the newest key; how many. Then the oldest key can be taken away."""
    rows = Credential.objects.select_for_update().filter(kind=CredentialKind.STORED).exclude(ciphertext="")
    count = 0
    for credential in rows:
        credential.ciphertext = _encrypt(_decrypt(credential))
        credential.save_without_historical_record(update_fields=["ciphertext"])  # type: ignore[attr-defined]
        count += 1
    return count


def resolve(name: str, host: str | None = None) -> str:
    """The secret of the credential called `name`; "" for no name.

    `host` is the host[:port] that it is about to be sent to: CredentialNotBound unless the credential is
    bound to it. Reads the database at most once in CACHE_TTL_S, so call it off the event loop.
    """
    if not name:
        return ""
    found = _cache.get(name)
    if found is None or found.until < time.monotonic():
        found = _read(name)
        with _cache_lock:
            if len(_cache) >= CACHE_MAX_ENTRIES:
                _cache.clear()
            _cache[name] = found
    if host is not None and host not in found.hosts:
        raise CredentialNotBound(f"The credential {name} is not bound to {host}.")
    return found.secret


def check_keys() -> None:
    """Raises FieldKeysMissing where nothing can be stored."""
    _encrypt("")


def forget() -> None:
    """Read every credential again at its next use."""
    with _cache_lock:
        _cache.clear()


def _read(name: str) -> _Resolved:
    credential = Credential.objects.filter(name=name).first()
    if credential is None:
        raise CredentialNotFound(f"There is no credential called {name}.")
    readers = {
        CredentialKind.ENV: _from_environment,
        CredentialKind.FILE: _from_file,
        CredentialKind.STORED: _decrypt,
    }
    secret = readers[CredentialKind(credential.kind)](credential)
    return _Resolved(secret, frozenset(credential.hosts), time.monotonic() + CACHE_TTL_S)


def _from_environment(credential: Credential) -> str:
    secret = os.environ.get(credential.reference, "").strip()
    if not secret:
        raise CredentialUnreadable(
            f"{credential.reference} is not set, which credential {credential.name} names."
        )
    return secret


def _from_file(credential: Credential) -> str:
    try:
        with Path(credential.reference).open("rb") as file:
            data = file.read(MAX_SECRET_BYTES + 1)
        secret = data.decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CredentialUnreadable(f"The file of credential {credential.name} can't be read.") from error
    if not secret or len(data) > MAX_SECRET_BYTES:
        raise CredentialUnreadable(f"The file of credential {credential.name} holds no secret.")
    return secret


def _decrypt(credential: Credential) -> str:
    try:
        content = decrypt(credential.ciphertext.encode()) if credential.ciphertext else None
    except NoFieldKeys as error:
        raise FieldKeysMissing from error
    if content is None:
        raise CredentialUnreadable(f"No key that is configured reads the credential {credential.name}.")
    return content.decode()


def _encrypt(secret: str) -> str:
    try:
        return encrypt(secret.encode()).decode()
    except NoFieldKeys as error:
        raise FieldKeysMissing from error

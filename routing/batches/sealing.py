"""Lines at rest, under the field keys; where there are none, under one that follows from the secret key."""

import base64
import hashlib
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from routing.errors import FileUnreadable


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...], secret: str) -> MultiFernet:
    derived = hashlib.sha256(b"signalbox.files\x00" + secret.encode()).digest()
    return MultiFernet([Fernet(key) for key in (*keys, base64.urlsafe_b64encode(derived).decode())])


def _current() -> MultiFernet:
    return _cipher(tuple(settings.FIELD_KEYS), settings.SECRET_KEY)


def seal(line: bytes) -> bytes:
    return _current().encrypt(line)


def opened(sealed: bytes) -> bytes:
    """Raises FileUnreadable where no key that is left reads it."""
    try:
        return _current().decrypt(bytes(sealed))
    except InvalidToken as error:
        raise FileUnreadable from error

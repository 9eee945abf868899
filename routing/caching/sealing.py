"""What is kept, as ciphertext; and names that say nothing of what is behind them.

Both keys follow from the field keys, or from the secret key where there are none: whoever reads Valkey can
neither read an answer nor find out whether some text was asked.
"""

import base64
import hashlib
import hmac
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

_CONTEXT = b"signalbox.cache\x00"


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...], secret: str) -> MultiFernet:
    derived = hashlib.sha256(_CONTEXT + secret.encode()).digest()
    return MultiFernet([Fernet(key) for key in (*keys, base64.urlsafe_b64encode(derived).decode())])


@lru_cache(maxsize=4)
def _naming_key(keys: tuple[str, ...], secret: str) -> bytes:
    newest = keys[0] if keys else ""
    return hmac.new(secret.encode(), _CONTEXT + b"names\x00" + newest.encode(), hashlib.sha256).digest()


def _keys() -> tuple[tuple[str, ...], str]:
    return tuple(settings.FIELD_KEYS), settings.SECRET_KEY


def name_of(material: bytes) -> str:
    return hmac.new(_naming_key(*_keys()), material, hashlib.sha256).hexdigest()


def seal(content: bytes) -> bytes:
    return _cipher(*_keys()).encrypt(content)


def opened(sealed: bytes) -> bytes | None:
    """The content, or None where it was changed, or no key that is left reads it."""
    try:
        return _cipher(*_keys()).decrypt(sealed)
    except InvalidToken:
        return None

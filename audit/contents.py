"""Encrypting content at rest, under settings.FIELD_KEYS: the newest key writes, every key reads."""

from functools import lru_cache
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from audit.core.ids import uuid7
from audit.core.records import Row
from audit.errors import FieldKeysMissing


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    if not keys:
        raise FieldKeysMissing
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(content: bytes) -> bytes:
    return _cipher(tuple(settings.FIELD_KEYS)).encrypt(content)


def decrypt(ciphertext: bytes) -> bytes | None:
    """The content, or None where no key that is left reads it."""
    try:
        return _cipher(tuple(settings.FIELD_KEYS)).decrypt(bytes(ciphertext))
    except InvalidToken:
        return None


def content_row(*, request_id: UUID, slot: str, content: bytes) -> Row:
    """A row for the writer. Only for requests whose data class stores content."""
    return Row("content", (uuid7().hex, request_id.hex, slot, encrypt(content)))

"""Salted commitments: the register can prove what was said without holding a word of it."""

import hashlib
import hmac

from audit.core.entropy import random_bytes

SALT_BYTES = 32


def new_salt() -> bytes:
    return random_bytes(SALT_BYTES)


def commit(salt: bytes, slot: str, content: bytes) -> str:
    """HMAC-SHA-256(salt, slot ‖ 0x00 ‖ content), in hexadecimal.

    `slot` is `system`, `request`, `response` or `tools`, of an answer that waited for a person `held` or
    `released`; it keeps equal contents in two slots apart.
    """
    return hmac.new(salt, slot.encode() + b"\x00" + content, hashlib.sha256).hexdigest()

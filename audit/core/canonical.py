"""Canonical JSON: one byte string for one value, so that a digest names a value.

An RFC 8785 subset: ASCII keys, sorted; compact; no floats; integers within 2**53; strings as UTF-8.
With floats out and keys in ASCII, `json.dumps` alone produces what RFC 8785 asks for.
"""

import hashlib
import json
from typing import Any

MAX_SAFE_INTEGER = 2**53 - 1


class NotCanonical(ValueError):
    """The value has no canonical form: a float, a non-ASCII key, or an integer past 2**53."""


def canonical_json(value: Any) -> bytes:
    """The canonical bytes of `value` (dict, list, tuple, str, int, bool, None).

    Raises NotCanonical for floats, keys that are not ASCII strings, and integers past 2**53 - 1.
    """
    _check(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode("utf-8")


def sha256_hex(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def digest(value: Any) -> str:
    """SHA-256 of the canonical bytes, in hexadecimal."""
    return sha256_hex(canonical_json(value))


def leaf_hash(body: bytes) -> bytes:
    """RFC 6962 leaf hash of an entry's body: SHA-256(0x00 ‖ body)."""
    return hashlib.sha256(b"\x00" + body).digest()


def _check(value: Any) -> None:
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return
    if kind is int:
        if not -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER:
            raise NotCanonical(f"integer out of range: {value}")
    elif kind is dict:
        for key, item in value.items():
            if type(key) is not str or not key.isascii():
                raise NotCanonical(f"key is not an ASCII string: {key!r}")
            _check(item)
    elif kind is list or kind is tuple:
        for item in value:
            _check(item)
    else:
        raise NotCanonical(f"no canonical form for {kind.__name__}: {value!r}")

"""Embeddings as numbers, and as OpenAI's base64 of little-endian 32-bit floats."""

import binascii
import struct
from collections.abc import Mapping, Sequence
from typing import Any

MAX_DIMENSIONS = 65_536
BYTES_PER_NUMBER = 4
_NUMBERS = frozenset((float, int))


def as_asked(vector: Any, request: Mapping[str, Any]) -> Any:
    """The vector in the request's `encoding_format`, whichever the provider gave.

    Raises ValueError or TypeError for what is no vector.
    """
    if request.get("encoding_format") == "base64":
        return checked_base64(vector) if isinstance(vector, str) else to_base64(vector)
    return from_base64(vector) if isinstance(vector, str) else checked(vector)


def to_base64(vector: Sequence[float]) -> str:
    checked(vector)
    try:
        packed = struct.pack(f"<{len(vector)}f", *vector)
    except (struct.error, OverflowError) as error:
        raise ValueError("not a vector of 32-bit numbers") from error
    return binascii.b2a_base64(packed, newline=False).decode()


def from_base64(text: str) -> list[float]:
    packed = binascii.a2b_base64(text, strict_mode=True)
    if not packed or len(packed) % BYTES_PER_NUMBER or len(packed) > MAX_DIMENSIONS * BYTES_PER_NUMBER:
        raise ValueError("not a vector of 32-bit numbers")
    return list(struct.unpack(f"<{len(packed) // BYTES_PER_NUMBER}f", packed))


def checked_base64(text: str) -> str:
    from_base64(text)
    return text


def checked(vector: Any) -> list[float]:
    if not isinstance(vector, list) or not 0 < len(vector) <= MAX_DIMENSIONS:
        raise ValueError("not a vector")
    if not _NUMBERS.issuperset(map(type, vector)):
        raise ValueError("not a vector of numbers")
    return vector

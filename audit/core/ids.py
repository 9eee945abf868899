"""UUIDv7: ids that sort by the millisecond in which they were made (RFC 9562)."""

import time
import uuid

from audit.core.entropy import random_bytes


def uuid7(now_ms: int | None = None) -> uuid.UUID:
    """A version 7 UUID: 48 bits of Unix milliseconds, then 74 random bits."""
    ms = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    value = (ms & 0xFFFF_FFFF_FFFF) << 80 | int.from_bytes(random_bytes(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)


def uuid7_hex() -> str:
    """One version 7 UUID as 32 hexadecimal digits, for hot paths."""
    random = random_bytes(10).hex()
    variant = "89ab"[int(random[3], 16) & 3]
    return f"{time.time_ns() // 1_000_000:012x}7{random[:3]}{variant}{random[4:19]}"


def uuid7_texts(count: int) -> tuple[str, ...]:
    """Several version 7 UUIDs as text, for hot paths: no object is made on the way."""
    ms = f"{time.time_ns() // 1_000_000:012x}"
    head = f"{ms[:8]}-{ms[8:]}-7"
    random = random_bytes(10 * count).hex()
    return tuple(
        f"{head}{random[at : at + 3]}-{'89ab'[int(random[at + 3], 16) & 3]}{random[at + 4 : at + 7]}"
        f"-{random[at + 7 : at + 19]}"
        for at in range(0, 20 * count, 20)
    )

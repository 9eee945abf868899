"""UUIDv7: ids that sort in the order in which a process made them, and by the clock between processes (RFC
9562, with the fraction of a millisecond of its section 6.2, method 3)."""

import time
import uuid

from audit.core.entropy import random_bytes

TICKS_PER_MS = 1 << 12
_RANDOM_BITS = 62

_last_tick = 0


def uuid7(now_ms: int | None = None) -> uuid.UUID:
    """A version 7 UUID: 48 bits of Unix milliseconds, 12 of their fraction, then 62 random bits.

    Of a millisecond that is given the fraction is random too.
    """
    random = int.from_bytes(random_bytes(10), "big")
    tick = (
        _next_ticks(1) if now_ms is None else now_ms * TICKS_PER_MS + (random >> _RANDOM_BITS) % TICKS_PER_MS
    )
    ms, fraction = divmod(tick, TICKS_PER_MS)
    tail = random & (1 << _RANDOM_BITS) - 1
    return uuid.UUID(int=(ms & 0xFFFF_FFFF_FFFF) << 80 | 0x7 << 76 | fraction << 64 | 0x2 << 62 | tail)


def uuid7_hex() -> str:
    """One version 7 UUID as 32 hexadecimal digits, for hot paths."""
    random = random_bytes(8).hex()
    tick = f"{_next_ticks(1):015x}"
    return f"{tick[:12]}7{tick[12:]}{'89ab'[int(random[0], 16) & 3]}{random[1:]}"


def uuid7_texts(count: int) -> tuple[str, ...]:
    """Several version 7 UUIDs as text, in their order, for hot paths: no object is made on the way."""
    random = random_bytes(8 * count).hex()
    first = _next_ticks(count)
    made = []
    for number in range(count):
        tick, tail = f"{first + number:015x}", random[16 * number : 16 * number + 16]
        variant = "89ab"[int(tail[0], 16) & 3]
        made.append(f"{tick[:8]}-{tick[8:12]}-7{tick[12:]}-{variant}{tail[1:4]}-{tail[4:]}")
    return tuple(made)


def _next_ticks(count: int) -> int:
    """The first of `count` ticks of 244 ns, all later than any before, even where the clock was set back.

    Two threads that ask within one tick may have the same: neither came first, and the random bits differ.
    """
    global _last_tick
    first = max(time.time_ns() * TICKS_PER_MS // 1_000_000, _last_tick + 1)
    _last_tick = first + count - 1
    return first

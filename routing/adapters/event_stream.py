"""AWS's binary event stream (`application/vnd.amazon.eventstream`), decoded step by step.

A frame is: its length and that of its headers (4 bytes each), the CRC-32 of these eight bytes, the headers,
the payload, and the CRC-32 of all that came before. Any split of the bytes in, whole frames out. Bytes that
never were such a stream (a JSON error, a page of HTML) are kept, a little of them, to be read as
what they are.
"""

import struct
from collections.abc import Iterator, Mapping
from functools import lru_cache
from zlib import crc32

from msgspec import Struct

from routing.adapters.contract import MAX_EVENT_BYTES, MAX_STREAM_BYTES, ProviderError
from routing.adapters.failures import garbled

CONTENT_TYPE = "application/vnd.amazon.eventstream"
MAX_STRAY_BYTES = 16 * 1024
MAX_COMMON_BYTES = 256
_PRELUDE = struct.Struct(">III")
_CRC = struct.Struct(">I")
_CHECKED = 8  # bytes of the prelude that its own checksum covers
_LENGTH = struct.Struct(">H")
_SMALLEST = _PRELUDE.size + _CRC.size
# Bytes of a header's value where they follow from its type: true, false, byte, short, int, long, time, id.
_FIXED_SIZES = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
_BYTES, _TEXT = 6, 7


class Frame(Struct, frozen=True):
    headers: Mapping[str, str]  # those whose value is text, which all that matter are
    payload: bytes


class EventStreamDecoder:
    """Feed it bytes, get frames. Raises ProviderError where a checksum fails or a bound is passed."""

    __slots__ = ("_begun", "_held_bytes", "_needed", "_pieces", "_stray", "_total_bytes")

    def __init__(self) -> None:
        self._pieces: list[bytes] = []  # of what is not decoded yet
        self._held_bytes = 0
        self._needed = _PRELUDE.size  # bytes with which something can be done
        self._begun = False
        self._stray = False  # what comes is no event stream
        self._total_bytes = 0

    @property
    def stray(self) -> bytes:
        """The first bytes of a body that is no event stream; empty where it is one, or nothing came."""
        held = b"".join(self._pieces)
        foreign = self._stray or not (self._begun or held[:1] == b"\0")
        return held[:MAX_STRAY_BYTES] if foreign else b""

    def feed(self, chunk: bytes) -> list[Frame]:
        self._total_bytes += len(chunk)
        if self._total_bytes > MAX_STREAM_BYTES:
            raise ProviderError("The provider's stream is too long.", kind="error", retryable=False)
        if self._stray and self._held_bytes >= MAX_STRAY_BYTES:
            return []
        self._pieces.append(chunk)
        self._held_bytes += len(chunk)
        return [] if self._stray or self._held_bytes < self._needed else self._frames()

    def _frames(self) -> list[Frame]:
        held = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        frames: list[Frame] = []
        start, self._needed = 0, _PRELUDE.size
        while (left := len(held) - start) >= _PRELUDE.size:
            total, headers, checksum = _PRELUDE.unpack_from(held, start)
            if checksum != crc32(held[start : start + _CHECKED]):
                self._refuse()
                break
            self._begun = True
            _check_lengths(total, headers)
            if left < total:
                self._needed = total
                break
            frames.append(_read(held[start : start + total], headers, checksum))
            start += total
        self._pieces = [held[start:]] if start < len(held) else []
        self._held_bytes = len(held) - start
        return frames

    def _refuse(self) -> None:
        """What comes has no frame's beginning: it never was such a stream, or is broken."""
        if self._begun:
            raise garbled("a frame whose checksum does not match")
        self._stray = True


def _check_lengths(total: int, headers: int) -> None:
    if total > MAX_EVENT_BYTES:
        raise ProviderError("An event of the provider's stream is too long.", kind="error", retryable=False)
    if total < _SMALLEST + headers:
        raise garbled("a frame with a length that can't be")


def _read(frame: bytes, headers_bytes: int, checksum: int) -> Frame:
    """`checksum` is that of its first bytes, from which the one of the whole goes on."""
    if _CRC.unpack_from(frame, len(frame) - _CRC.size)[0] != crc32(frame[_CHECKED : -_CRC.size], checksum):
        raise garbled("a frame whose checksum does not match")
    end = _PRELUDE.size + headers_bytes
    block = frame[_PRELUDE.size : end]
    try:
        headers = _common_headers(block) if len(block) <= MAX_COMMON_BYTES else dict(_headers(block))
    except (IndexError, KeyError, struct.error, UnicodeDecodeError):
        raise garbled("a frame whose headers can't be read") from None
    return Frame(headers, frame[end : -_CRC.size])


@lru_cache(maxsize=64)
def _common_headers(block: bytes) -> Mapping[str, str]:
    """Kept, since a stream has few kinds of events, and each the same headers every time."""
    return dict(_headers(block))


def _headers(block: bytes) -> Iterator[tuple[str, str]]:
    place = 0
    while place < len(block):
        name_end = place + 1 + block[place]
        name = block[place + 1 : name_end].decode()
        kind = block[name_end]
        place = name_end + 1
        if kind in (_BYTES, _TEXT):
            size = int(_LENGTH.unpack_from(block, place)[0])
            place += _LENGTH.size
        else:
            size = _FIXED_SIZES[kind]
        value = block[place : place + size]
        if len(value) < size:
            raise IndexError
        if kind == _TEXT:
            yield name, value.decode()
        place += size

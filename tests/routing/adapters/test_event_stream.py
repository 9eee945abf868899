"""AWS's binary frames: whole ones come out of any pieces, and no broken one does."""

import random
import struct
from zlib import crc32

import pytest

from routing.adapters import event_stream, ndjson
from routing.adapters.contract import ProviderError
from routing.adapters.event_stream import EventStreamDecoder, Frame
from routing.adapters.ndjson import LineDecoder
from tests.routing.adapters.wires import event, frame

BODY = event("one", b'{"a":1}') + frame(b"", message_type="event") + event("two", "é".encode())


def sealed(headers: bytes, payload: bytes = b"") -> bytes:
    """A frame with these bytes for its headers, whatever they are."""
    prelude = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    message = prelude + struct.pack(">I", crc32(prelude)) + headers + payload
    return message + struct.pack(">I", crc32(message))


def decoded(pieces: list[bytes]) -> list[Frame]:
    decoder = EventStreamDecoder()
    return [found for piece in pieces for found in decoder.feed(piece)]


def test_frames_come_out_whole_however_the_bytes_are_split() -> None:
    whole = decoded([BODY])
    assert [found.headers.get(":event-type") for found in whole] == ["one", None, "two"]
    assert [found.payload for found in whole] == [b'{"a":1}', b"", "é".encode()]
    assert decoded([BODY[place : place + 1] for place in range(len(BODY))]) == whole
    draw = random.Random(1)
    for _ in range(50):
        cut = draw.randrange(len(BODY))
        assert decoded([BODY[:cut], b"", BODY[cut:]]) == whole


def test_headers_of_every_type_are_passed_over_to_those_of_text() -> None:
    values = [
        b"\x00", b"\x01", b"\x02\x07", b"\x03\0\x07", b"\x04\0\0\0\x07", b"\x05" + bytes(8),
        b"\x06\0\x02ab", b"\x08" + bytes(8), b"\x09" + bytes(16), b"\x07\0\x02ok",
    ]  # fmt: skip
    headers = b"".join(b"\x01" + bytes([97 + place]) + value for place, value in enumerate(values))
    assert decoded([sealed(headers, b"x")]) == [Frame({"j": "ok"}, b"x")]


@pytest.mark.parametrize("place", range(len(event("one", b"{}"))))
def test_no_flipped_bit_passes(place: int) -> None:
    good = event("one", b"{}")
    broken = good[:place] + bytes([good[place] ^ 0x10]) + good[place + 1 :]
    with pytest.raises(ProviderError, match="checksum"):
        decoded([good, broken, good])


@pytest.mark.parametrize(
    "headers",
    [b"\x05a", b"\x01a", b"\x01a\x0a", b"\x01a\x07\0\x09b", b"\x01a\x07\0", b"\x01\xff\x00", b"\x01a\x04\0"],
)
def test_headers_that_can_not_be_read_are_garbage(headers: bytes) -> None:
    with pytest.raises(ProviderError, match="headers can't be read"):
        decoded([sealed(headers)])


def test_a_length_that_can_not_be_is_garbage() -> None:
    prelude = struct.pack(">II", 15, 0)
    with pytest.raises(ProviderError, match="length"):
        decoded([prelude + struct.pack(">I", crc32(prelude))])


def test_a_frame_or_a_stream_past_its_bound_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "MAX_EVENT_BYTES", 64)
    with pytest.raises(ProviderError, match="too long"):
        decoded([event("one", b"x" * 64)])
    monkeypatch.setattr(event_stream, "MAX_STREAM_BYTES", 100)
    with pytest.raises(ProviderError, match="too long"):
        decoded([frame(b"", a="b")] * 10)


@pytest.mark.parametrize("pieces", [[b"<html>"], [b'{"message":', b'"No."}'], [b"x" * 40_000, b"y" * 40_000]])
def test_what_is_no_such_stream_is_kept_in_part(pieces: list[bytes]) -> None:
    decoder = EventStreamDecoder()
    assert [found for piece in pieces for found in decoder.feed(piece)] == []
    assert decoder.stray == b"".join(pieces)[: event_stream.MAX_STRAY_BYTES]


@pytest.mark.parametrize("cut", [0, 1, 11, 12, 30, len(BODY) - 1])
def test_half_a_stream_is_not_taken_for_something_else(cut: int) -> None:
    decoder = EventStreamDecoder()
    decoder.feed(BODY[:cut])
    assert decoder.stray == b""


def test_lines_come_out_whole_however_the_bytes_are_split() -> None:
    body = 'a\r\n\n"é"\nlast'.encode()
    for size in (1, 2, 3, len(body)):
        decoder = LineDecoder()
        pieces = [body[place : place + size] for place in range(0, len(body), size)]
        lines = [line for piece in pieces for line in decoder.feed(piece)] + decoder.close()
        assert lines == [b"a", '"é"'.encode(), b"last"]
        assert decoder.close() == []


def test_a_line_or_a_body_of_lines_past_its_bound_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ndjson, "MAX_EVENT_BYTES", 8)
    monkeypatch.setattr(ndjson, "MAX_STREAM_BYTES", 64)
    decoder = LineDecoder()
    decoder.feed(b"12345678\n")
    with pytest.raises(ProviderError, match="line"):
        decoder.feed(b"123456789")
    with pytest.raises(ProviderError, match="stream is too long"):
        LineDecoder().feed(b"1\n" * 40)

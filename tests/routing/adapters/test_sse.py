"""The stream decoder, after the WHATWG standard's own examples and what networks do to bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.adapters.contract import ProviderError
from routing.adapters.sse import MAX_STRAY_BYTES, SseDecoder


def decode(*pieces: bytes) -> list[tuple[bytes, bytes]]:
    decoder = SseDecoder()
    events = [event for piece in pieces for event in decoder.feed(piece)] + decoder.close()
    return [(event.name, event.data) for event in events]


def decode_many(decoder: SseDecoder, piece: bytes) -> None:
    for _ in range(40):
        decoder.feed(piece)


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: one\n\n", [(b"", b"one")]),
        (b"data:one\n\n", [(b"", b"one")]),
        (b"data:  one\n\n", [(b"", b" one")]),
        (b"data: one\ndata: two\n\n", [(b"", b"one\ntwo")]),
        (b"data: one\r\n\r\n", [(b"", b"one")]),
        (b"data: one\r\rdata: two\r\r", [(b"", b"one"), (b"", b"two")]),
        (b": comment\n\n:\n\ndata: one\n\n", [(b"", b"one")]),
        (b"event: ping\ndata: {}\n\n", [(b"ping", b"{}")]),
        (b"event: ping\n\ndata: {}\n\n", [(b"", b"{}")]),
        (b"id: 7\nretry: 10\ndata: one\n\n", [(b"", b"one")]),
        (b"data\n\n", [(b"", b"")]),
        (b"data\ndata\n\n", [(b"", b"\n")]),
        (b"\xef\xbb\xbfdata: one\n\n", [(b"", b"one")]),
        (b"data: one", [(b"", b"one")]),
        (b"data: one\n", [(b"", b"one")]),
        (b"", []),
        (b"\n\n\n", []),
    ],
)
def test_events_are_read_as_the_standard_says(stream: bytes, events: list[tuple[bytes, bytes]]) -> None:
    assert decode(stream) == events


@given(
    texts=st.lists(st.text(min_size=1).filter(lambda text: not set(text) & set("\r\n")), max_size=5),
    ending=st.sampled_from([b"\n", b"\r\n", b"\r"]),
    draw=st.data(),
)
def test_any_split_of_the_bytes_reads_the_same(texts: list[str], ending: bytes, draw: st.DataObject) -> None:
    stream = b"".join(b"data: " + text.encode() + ending * 2 for text in texts)
    cuts = sorted(draw.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    pieces = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert decode(*pieces) == [(b"", text.encode()) for text in texts]


@pytest.mark.parametrize("piece", [b"data: " + b"x" * 40 + b"\n", b"x" * 40])
def test_an_event_that_grows_without_end_raises(piece: bytes) -> None:
    decoder = SseDecoder(max_event_bytes=1000)
    with pytest.raises(ProviderError, match="too long"):
        decode_many(decoder, piece)


def test_a_stream_that_never_ends_raises() -> None:
    decoder = SseDecoder(max_stream_bytes=1000)
    with pytest.raises(ProviderError, match="too long"):
        decode_many(decoder, b": keep-alive comment, 30 bytes\n\n")


def test_many_small_events_are_no_large_one() -> None:
    decoder = SseDecoder(max_event_bytes=20)
    assert len([event for _ in range(100) for event in decoder.feed(b"data: 123456\n\n")]) == 100


def test_lines_that_are_no_fields_are_kept_up_to_a_bound() -> None:
    decoder = SseDecoder()
    for _ in range(200):
        decoder.feed(b'{"error": "' + b"x" * 200 + b'"}\n')
    assert decoder.stray.startswith(b'{"error"')
    assert len(decoder.stray) == MAX_STRAY_BYTES

"""What is not chat, as it is decided: who does it, how much it is, what it may cost at most."""

import struct
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from signalbox.demo_provider.operations import wav

from routing.core.decide import decide
from routing.core.decision import Plan, Reason
from routing.core.operations import CHAT, serves
from routing.core.release import Picture, Price
from routing.core.sizes import AUDIO_TOKENS_PER_S, Sizes, sizes_of
from routing.core.sound import longest_s
from tests.routing.core.builders import PRICE, deployment, facts, live, release

UNSOLD = replace(PRICE, input_nano_per_mtok=None, output_nano_per_mtok=None)
PER_TEXT = 16  # tokens beside the text's own, at most
PER_REQUEST = 64


@pytest.mark.parametrize(
    ("capabilities", "operation", "does"),
    [
        ({"tools"}, CHAT, True),
        ({"embeddings"}, CHAT, False),
        ({"embeddings", "chat"}, CHAT, True),
        ({"embeddings"}, "embeddings", True),
        ({"tools"}, "embeddings", False),
        ({"embeddings"}, "images", False),
    ],
)
def test_a_deployment_does_what_its_capabilities_name(
    capabilities: set[str], operation: str, does: bool
) -> None:
    assert serves(frozenset(capabilities), operation) is does


@pytest.mark.parametrize(
    ("operation", "request_", "sizes"),
    [
        ("embeddings", {"input": "abcdefgh"}, Sizes(2, 8 + PER_TEXT + PER_REQUEST, 0, 2, 0)),
        ("embeddings", {"input": ["abcdefgh", "é"]}, Sizes(3, 10 + 2 * PER_TEXT + PER_REQUEST, 0, 2, 0)),
        ("embeddings", {"input": [1, 2, 3]}, Sizes(3, 3 + PER_REQUEST, 0, 3, 0)),
        ("embeddings", {"input": [[1, 2], [3]]}, Sizes(3, 3 + PER_REQUEST, 0, 2, 0)),
        (
            "moderations",
            {"input": [{"type": "text", "text": "abcd"}, {"type": "image_url", "image_url": {"url": "u"}}]},
            Sizes(1, 4 + 2 * PER_TEXT + PER_REQUEST, 1, 1, 0),
        ),
        (
            "images",
            {"prompt": "abcd", "n": 3},
            Sizes(1, 3 * (4 + PER_TEXT + PER_REQUEST), window_tokens=1, pictures=3),
        ),
        (
            "speech",
            {"input": "abcd", "speed": 0.5},
            Sizes(1, 4 + PER_TEXT + PER_REQUEST, window_tokens=1, audio_ms=8000, characters=4),
        ),
        (
            "transcriptions",
            {"file": {"data": wav(3000)}},
            Sizes(0, PER_TEXT + PER_REQUEST + 4 * AUDIO_TOKENS_PER_S, window_tokens=0, audio_ms=4000),
        ),
    ],
)
def test_how_much_a_request_is(operation: str, request_: dict[str, Any], sizes: Sizes) -> None:
    assert sizes_of(operation, request_) == sizes


@given(st.integers(0, 100_000))
def test_a_wav_is_never_taken_for_shorter_than_it_is(length_ms: int) -> None:
    assert length_ms <= longest_s(wav(length_ms)[:400] + bytes(16 * length_ms)) * 1000 <= length_ms + 1100


@pytest.mark.parametrize(
    "silence",
    [
        b"fLaC\x00\x00\x00\x22" + bytes(10) + struct.pack(">Q", 8000 << 44 | 3600 * 8000),
        b"OggS" + bytes(24) + b"OpusHead" + b"OggS\x00\x04" + struct.pack("<q", 3600 * 48_000),
        b"OggS"
        + bytes(24)
        + b"\x01vorbis"
        + bytes(5)
        + struct.pack("<I", 8000)
        + bytes(9)
        + b"OggS\x00\x04"
        + struct.pack("<q", 3600 * 8000),
        b"\x00\x00\x00\x18ftypM4A " + b"mvhd" + bytes(12) + struct.pack(">II", 1000, 3_600_000),
        b"\x00\x00\x00\x18ftypM4A " + b"mvhd\x01" + bytes(19) + struct.pack(">IQ", 1000, 3_600_000),
        b"\x1a\x45\xdf\xa3" + bytes(20) + b"\x44\x89\x88" + struct.pack(">d", 3_600_000.0),
        b"\x1a\x45\xdf\xa3" + bytes(20) + b"\x44\x89\x84" + struct.pack(">f", 3_600_000.0),
    ],
    ids=("flac", "opus", "vorbis", "mp4", "long mp4", "webm", "short webm"),
)
def test_an_hour_of_silence_is_an_hour_however_few_its_bytes(silence: bytes) -> None:
    assert longest_s(silence) == 3600
    assert all(0 < longest_s(silence[:end]) <= 48 * 3600 for end in range(len(silence)))


@given(st.binary(max_size=300), st.sampled_from([b"fLaC", b"OggS", b"abcdftyp", b"\x1a\x45\xdf\xa3", b""]))
def test_the_length_of_anything_is_bounded(data: bytes, head: bytes) -> None:
    assert 1 <= longest_s(head + data) <= 48 * 3600


@pytest.mark.parametrize("data", [b"x", b"RIFF", b"RIFF\x00\x00\x00\x00WAVEfmt ", b"ID3" + bytes(997)])
def test_what_is_no_wav_is_taken_for_thin_speech(data: bytes) -> None:
    assert longest_s(data) == -(-len(data) // 500)


@pytest.mark.parametrize(
    ("operation", "asked", "price", "worst_nano"),
    [
        ("embeddings", {"max_output_tokens": 0}, PRICE, 100 * 1000),
        ("images", {"pictures": 2}, replace(UNSOLD, pictures=(Picture("", "", 7_000),)), 14_000),
        ("speech", {"characters": 9}, replace(UNSOLD, characters_nano_per_mchar=15_000_000_000), 9 * 15_000),
        ("transcriptions", {"audio_ms": 60_000}, replace(UNSOLD, audio_nano_per_hour=360), 6),
    ],
)
def test_the_worst_case_is_of_what_the_operation_is_sold_by(
    operation: str, asked: dict[str, Any], price: Price, worst_nano: int
) -> None:
    known = facts(operation=operation, input_tokens_bound=100, window_tokens=9, **asked)
    one = release(deployment("a", capabilities=frozenset({operation}), prices=(price,)))
    decision = decide(one, known, live())
    assert isinstance(decision, Plan), decision
    assert decision.root.worst_case_nano == worst_nano


@pytest.mark.parametrize("operation", ["images", "speech", "transcriptions", "embeddings"])
def test_what_has_no_price_of_its_kind_is_not_called(operation: str) -> None:
    one = release(deployment("a", capabilities=frozenset({operation}), prices=(UNSOLD,)))
    assert decide(one, facts(operation=operation), live()).reason is Reason.PRICE_UNKNOWN


def test_many_texts_fit_where_each_does() -> None:
    known = facts(operation="embeddings", input_tokens=1_000_000, window_tokens=8_000, max_output_tokens=0)
    one = release(deployment("a", capabilities=frozenset({"embeddings"})))
    assert isinstance(decide(one, known, live()), Plan)
    long = replace(known, window_tokens=8_001)
    assert decide(one, long, live()).reason is Reason.CONTEXT_TOO_LONG

"""The ways in which streams travel: how one is taken apart, written differently, and spoilt."""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from zlib import crc32

Bodies = Callable[[bytes], list[bytes]]


@dataclass(frozen=True)
class Wire:
    """`events` gives those up to the provider's end, each whole; `same` bodies that say the same as one."""

    events: Bodies
    same: Bodies
    garbage: tuple[bytes, ...]


def frame(payload: bytes, **headers: str) -> bytes:
    """A frame of AWS's event stream; an underscore in a header's name stands for a hyphen."""
    block = b""
    for name, value in headers.items():
        said = ":" + name.replace("_", "-")
        block += bytes([len(said)]) + said.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
    prelude = struct.pack(">II", 16 + len(block) + len(payload), len(block))
    message = prelude + struct.pack(">I", crc32(prelude)) + block + payload
    return message + struct.pack(">I", crc32(message))


def event(name: str, payload: bytes) -> bytes:
    return frame(payload, event_type=name, content_type="application/json", message_type="event")


def _server_events(body: bytes) -> list[bytes]:
    return [text + b"\n\n" for text in body.replace(b"\r\n", b"\n").strip().split(b"\n\n")]


def _server_events_before_done(body: bytes) -> list[bytes]:
    return [text for text in _server_events(body) if text.strip() != b"data: [DONE]"]


def _other_server_events(body: bytes) -> list[bytes]:
    """With CRLF, with comments between, and without the last end of line."""
    return [
        body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"),
        b": keep-alive\n\n" + body.replace(b"\n\n", b"\n\n: ping\n\n"),
        body.rstrip(),
    ]


def _lines(body: bytes) -> list[bytes]:
    return [line + b"\n" for line in body.splitlines() if line]


def _other_lines(body: bytes) -> list[bytes]:
    return [body.replace(b"\n", b"\r\n"), b"\n\n" + body.replace(b"\n", b"\n\n"), body.rstrip()]


def _frames(body: bytes) -> list[bytes]:
    frames = []
    while body:
        (size,) = struct.unpack(">I", body[:4])
        frames.append(body[:size])
        body = body[size:]
    return frames


def _other_frames(body: bytes) -> list[bytes]:
    """With events of kinds that are not known, and something behind the end."""
    news = event("brandNew", b"{}")
    return [body + news, news + body, news.join([*_frames(body), b""])]


def _flipped(frame: bytes, place: int) -> bytes:
    return frame[:place] + bytes([frame[place] ^ 1]) + frame[place + 1 :]


_STOP = event("contentBlockStop", b'{"contentBlockIndex":0}')
_SSE_GARBAGE = (b'data: {"choices": [{\n\n', b"data: \xff\xfe\n\n", b"data: 17\n\n")
SSE = Wire(_server_events, _other_server_events, _SSE_GARBAGE)
BEFORE_DONE = Wire(_server_events_before_done, _other_server_events, _SSE_GARBAGE)
LINES = Wire(_lines, _other_lines, (b'{"message": {\n', b"\xff\xfe\n", b"17\n", b'{"model": "m"}\n'))
FRAMES = Wire(
    _frames,
    _other_frames,
    (
        *(_flipped(_STOP, place) for place in range(len(_STOP))),
        event("contentBlockDelta", b"{"),
        event("contentBlockDelta", b"17"),
        event("contentBlockDelta", b'{"contentBlockIndex":99,"delta":{"toolUse":{"input":"x"}}}'),
        frame(b"{}", message_type="event"),
    ),
)
# Whose own last event ends the stream: some send OpenAI's mark behind it.
WIRES = {
    "bedrock.converse": FRAMES,
    "cohere.chat": BEFORE_DONE,
    "ollama.chat": LINES,
    "openai.responses": BEFORE_DONE,
}

"""What the demo provider does beside chat, the same for the same request: vectors from a hash, pictures of
one colour, a tone as long as the text, transcripts that tell what was sent, and moderation by keywords.
"""

import base64
import email
import email.policy
import hashlib
import struct
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from signalbox.demo_provider.chat import count_tokens

DIMENSIONS = 64
MAX_DIMENSIONS = 4096
PICTURE_PX = 8
SAMPLES_PER_S = 8000
MS_PER_CHARACTER = 20
MAX_SPOKEN_CHARS = 4096
KEYWORDS = {
    "violence": ("kill", "attack"),
    "harassment": ("idiot",),
    "hate": ("hate",),
    "self-harm": ("suicide",),
}
CATEGORIES = (
    *("harassment", "harassment/threatening", "hate", "hate/threatening", "illicit", "illicit/violent"),
    *("self-harm", "self-harm/instructions", "self-harm/intent", "sexual", "sexual/minors"),
    *("violence", "violence/graphic"),
)
JSON = "application/json"
Answer = tuple[str, bytes]  # content type, body
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


def embeddings(request: Mapping[str, Any]) -> Answer:
    given = request["input"]
    items = [given] if isinstance(given, str) or isinstance(given[0], int) else given
    size = min(request.get("dimensions") or DIMENSIONS, MAX_DIMENSIONS)
    vectors: list[Any] = [_vector(item, size) for item in items]
    if request.get("encoding_format") == "base64":
        vectors = [base64.b64encode(struct.pack(f"<{size}f", *vector)).decode() for vector in vectors]
    tokens = sum(len(item) if isinstance(item, list) else count_tokens(item) for item in items)
    answer = {
        "object": "list",
        "data": [{"object": "embedding", "index": at, "embedding": each} for at, each in enumerate(vectors)],
        "model": request["model"],
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }
    return JSON, _encode(answer)


def moderations(request: Mapping[str, Any]) -> Answer:
    given = request["input"]
    parts = given if isinstance(given, list) else [given]
    texts = [part if isinstance(part, str) else part.get("text", "") for part in parts]
    if not isinstance(parts[0], str):
        texts = [" ".join(texts)]  # parts are judged as one
    answer = {"id": "modr-demo", "model": request["model"], "results": [_verdict(text) for text in texts]}
    return JSON, _encode(answer)


def images(request: Mapping[str, Any]) -> Answer:
    prompt, count = request["prompt"], request.get("n") or 1
    data = [_picture(f"{prompt}#{number}", request.get("response_format")) for number in range(count)]
    return JSON, _encode({"created": 1_767_225_600, "data": data})


def speech(request: Mapping[str, Any]) -> Answer:
    spoken = request["input"][:MAX_SPOKEN_CHARS]
    return "audio/wav", wav(len(spoken) * MS_PER_CHARACTER)


def transcriptions(form: Mapping[str, Any]) -> Answer:
    name, data = form["file"]
    text = f"The file {name} has {len(data)} bytes."
    seconds = max(1, len(data) // (2 * SAMPLES_PER_S))
    usage = {"type": "duration", "seconds": seconds}
    if form.get("response_format") != "verbose_json":
        return JSON, _encode({"text": text, "usage": usage})
    segment = {
        "id": 0,
        "seek": 0,
        "start": 0.0,
        "end": float(seconds),
        "text": text,
        "tokens": [],
        "temperature": 0.0,
    }
    segment |= {"avg_logprob": 0.0, "compression_ratio": 1.0, "no_speech_prob": 0.0}
    head = {"task": "transcribe", "language": form.get("language", "english"), "duration": float(seconds)}
    return JSON, _encode({**head, "text": text, "segments": [segment], "usage": usage})


BY_PATH: Mapping[str, Callable[[Mapping[str, Any]], Answer]] = {
    "/embeddings": embeddings,
    "/moderations": moderations,
    "/images/generations": images,
    "/audio/speech": speech,
    "/audio/transcriptions": transcriptions,
}


def read_request(content_type: str, body: bytes) -> dict[str, Any]:
    """JSON's object, or a form's fields. Raises ValueError."""
    request = read_form(content_type, body) if content_type.startswith("multipart/") else _decode(body)
    if not isinstance(request, dict) or not isinstance(request.get("model"), str):
        raise ValueError("there is no model")
    return request


def said_in(request: Mapping[str, Any]) -> str:
    """The text of the request, for directives."""
    given = request.get("input") or request.get("prompt") or ""
    return given if isinstance(given, str) else str(given[0])


def read_form(content_type: str, body: bytes) -> dict[str, Any]:
    """A file is (name, data)."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = email.message_from_bytes(head + body, policy=email.policy.HTTP)
    form: dict[str, Any] = {}
    for part in message.iter_parts():
        name = str(part.get_param("name", "", header="content-disposition"))
        data = part.get_payload(decode=True)
        assert isinstance(data, bytes)
        filename = part.get_filename()
        form[name] = data.decode() if filename is None else (filename, data)
    return form


def wav(length_ms: int) -> bytes:
    """A quiet tone: 16 bits, one channel."""
    samples = SAMPLES_PER_S * length_ms // 1000
    tone = b"".join(struct.pack("<h", 1000 if at // 10 % 2 else -1000) for at in range(samples))
    head = struct.pack(
        "<4sI4s4sIHHIIHH",
        b"RIFF",
        36 + len(tone),
        b"WAVE",
        b"fmt ",
        16,
        1,
        1,
        SAMPLES_PER_S,
        2 * SAMPLES_PER_S,
        2,
        16,
    )
    return head + struct.pack("<4sI", b"data", len(tone)) + tone


def png(colour: bytes) -> bytes:
    """A square of one colour, three bytes."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = (b"\x00" + colour * PICTURE_PX) * PICTURE_PX
    head = struct.pack(">IIBBBBB", PICTURE_PX, PICTURE_PX, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def _vector(item: Any, size: int) -> list[float]:
    """Numbers in [-1, 1) that 32 bits hold exactly, from a hash of the text or tokens."""
    draw = hashlib.shake_256(repr(item).encode()).digest(2 * size)
    return [number / 32_768 for number in struct.unpack(f"<{size}h", draw)]


def _verdict(text: str) -> dict[str, Any]:
    words = text.lower()
    flags = {name: any(word in words for word in KEYWORDS.get(name, ())) for name in CATEGORIES}
    return {
        "flagged": any(flags.values()),
        "categories": flags,
        "category_scores": {name: 0.99 if flag else 0.01 for name, flag in flags.items()},
        "category_applied_input_types": {name: ["text"] for name in CATEGORIES},
    }


def _picture(seed: str, wanted: str | None) -> dict[str, str]:
    if wanted == "url":
        return {"url": f"https://pictures.example/{hashlib.sha256(seed.encode()).hexdigest()[:16]}.png"}
    colour = hashlib.sha256(seed.encode()).digest()[:3]
    return {"b64_json": base64.b64encode(png(colour)).decode()}

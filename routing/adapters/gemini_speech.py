"""Speech at Google: a model of Gemini's says it, as bare samples, which get the head of a WAV file."""

import base64
import binascii
import re
import struct
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from routing.adapters import gemini, vertex
from routing.adapters.contract import Operation, PreparedRequest, ProviderError, Result, Target
from routing.adapters.counts import part, word
from routing.adapters.failures import unreadable
from routing.adapters.fields import Fields
from routing.adapters.gemini_answer import read_usage

SAMPLES_PER_S = 24_000
BYTES_A_SAMPLE = 2
BARE_SAMPLES = "audio/l16"
_MEDIA_TYPE = re.compile(r"audio/[a-z0-9.+-]{1,60}")
_RATE = re.compile(r"rate=(\d{4,6})\b")
_AS_IT_COMES = (None, "wav", "pcm")  # without a wish, too: there is no encoder here
_UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_UNREADABLE = (KeyError, TypeError, AttributeError, ValueError, IndexError, binascii.Error)


class GeminiSpeech:
    """An Operation. `bearer` says of a target whether its credential goes as a bearer token."""

    def __init__(self, bearer: Callable[[Target], bool]) -> None:
        self._bearer = bearer

    def prepare(self, request: Mapping[str, Any], target: Target) -> tuple[PreparedRequest, ...]:
        fields = Fields(request)
        fields.take("stream_format")  # sound, which is all there is
        text, voice = fields.take("input"), fields.take("voice")
        if fields.take("response_format") not in _AS_IT_COMES:
            fields.refuse("response_format")
        if fields.take("speed") not in (None, 1):
            fields.refuse("speed")
        name = voice.get("id") if isinstance(voice, dict) else voice
        body = {
            "contents": [{"role": "user", "parts": [{"text": text}]}],
            "generationConfig": {
                "responseModalities": ["AUDIO"],
                "speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": name}}},
            },
        }
        bearer = self._bearer(target)
        return (gemini.asked(target, "generateContent", body, fields.unsupported(), bearer=bearer),)

    def parse(
        self, request: Mapping[str, Any], status: int, headers: Mapping[str, str], body: bytes
    ) -> Result:
        if not 200 <= status < 300:
            raise gemini.DIALECT.parse_error(status, headers, body)
        try:
            answer = msgspec.json.decode(body)
            kind, sound = _sound_of(answer)
            usage = read_usage(part(answer, "usageMetadata"))
        except _UNDECODABLE:
            raise unreadable(status, headers, body) from None
        except _UNREADABLE:
            raise gemini.DIALECT.parse_error(status, headers, body) from None
        usage = msgspec.structs.replace(usage, characters=len(request["input"]))
        name = kind.partition(";")[0].strip().lower()
        if name != BARE_SAMPLES:
            if not _MEDIA_TYPE.fullmatch(name):
                raise unreadable(status, headers, body)
            return Result(usage, content=sound, content_type=name)
        if request.get("response_format") == "pcm":
            return Result(usage, content=sound, content_type="audio/pcm")
        return Result(usage, content=_wav_head(len(sound), kind) + sound, content_type="audio/wav")


def _sound_of(answer: dict[str, Any]) -> tuple[str, bytes]:
    """(media type, bytes). Raises ProviderError where a filter let nothing be said."""
    if blocked := word(part(answer, "promptFeedback").get("blockReason")):
        raise _unsaid(blocked, kind="content_filter")
    candidate = answer["candidates"][0]
    pieces = part(candidate, "content").get("parts") or []
    said = [piece["inlineData"] for piece in pieces if "inlineData" in piece]
    if said:
        return said[0]["mimeType"], b"".join(base64.b64decode(each["data"], validate=True) for each in said)
    ended = word(candidate.get("finishReason"))
    if ended in ("", "STOP", "OTHER", "MAX_TOKENS"):
        raise _unsaid(ended or "no reason was given", kind="error")
    raise _unsaid(ended, kind="content_filter")


def _unsaid(why: str, *, kind: str) -> ProviderError:
    message = f"Nothing was said: {why}."
    return ProviderError(message, kind=kind, retryable=kind == "error", status=200, code=why)


def _wav_head(size: int, kind: str) -> bytes:
    """Of `size` bytes of one channel, 16 bits a sample."""
    found = _RATE.search(kind)
    rate = int(found.group(1)) if found else SAMPLES_PER_S
    form = (16, 1, 1, rate, rate * BYTES_A_SAMPLE, BYTES_A_SAMPLE, 8 * BYTES_A_SAMPLE)
    return struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + size, b"WAVE", b"fmt ", *form, b"data", size)


GEMINI: Mapping[str, Operation] = {"speech": GeminiSpeech(gemini.by_bearer)}
VERTEX: Mapping[str, Operation] = {"speech": GeminiSpeech(vertex.by_bearer)}

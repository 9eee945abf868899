"""A transcript in the format that was asked for, made from the provider's timed segments.

Providers differ in the formats that they give; every one that gives subtitles gives `verbose_json`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

TEXT_TYPE = "text/plain; charset=utf-8"  # of all of them, as OpenAI has it
ASKED_AS = {"text": "json", "srt": "verbose_json", "vtt": "verbose_json"}  # of the provider


def rendered(value: Mapping[str, Any], wanted: str) -> bytes:
    """Text, SubRip or WebVTT. Raises KeyError, TypeError or ValueError where the answer has no such thing."""
    if wanted == "text":
        return f"{value['text'].strip()}\n".encode()
    if wanted == "vtt":
        return "\n".join(("WEBVTT\n", *_cues(value, "."))).encode()
    numbered = (f"{number}\n{cue}" for number, cue in enumerate(_cues(value, ","), 1))
    return "\n".join(numbered).encode()


def _cues(value: Mapping[str, Any], point: str) -> Iterator[str]:
    for segment in value["segments"]:
        start, end = _clock(segment["start"], point), _clock(segment["end"], point)
        yield f"{start} --> {end}\n{segment['text'].strip()}\n"


def _clock(seconds: float, point: str) -> str:
    whole_ms = round(seconds * 1000)
    minutes, ms = divmod(whole_ms, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{ms // 1000:02d}{point}{ms % 1000:03d}"

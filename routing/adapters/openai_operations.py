"""What OpenAI's family does beside chat: embeddings, moderations, images, transcriptions and speech.

A request passes as it was written, with the model's upstream id. Embeddings come in the encoding that was
asked for whichever the endpoint gives, and transcripts in the format, so that one answers like another.
"""

import math
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from routing.adapters import multipart, transcripts
from routing.adapters.contract import Operation, PreparedRequest, Result, Target, Usage
from routing.adapters.counts import count, part, word
from routing.adapters.failures import unreadable
from routing.adapters.openai_answer import read_usage
from routing.adapters.openai_endpoint import AZURE_HOST, headers_for, is_at, url_for
from routing.adapters.openai_errors import error_from, parse_error
from routing.adapters.results import embeddings, in_parts
from routing.adapters.steering import take_out_steering

QUIRKS = {
    "base64": "gives embeddings as base64 where that is asked for, as OpenAI does",
    "no_dimensions": "has no `dimensions` of embeddings",
    "small_batches": "takes 64 inputs of embeddings at once",
    "picture_data": "gives pictures as data alone, and refuses their `response_format`",
}
OPENAI_HOSTS = ("openai.com", AZURE_HOST)
MAX_INPUTS = 2048  # at once, as OpenAI has it
MAX_INPUT_BYTES = 280_000  # OpenAI: 300,000 tokens, of which none is shorter than a byte
SMALL_BATCH = 64
MAX_HEARD_S = 10_000_000  # what is longer is no length
UNREADABLE = (KeyError, TypeError, AttributeError, ValueError, IndexError)
_SPEECH_TYPES = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class Embeddings:
    most_bytes = MAX_INPUT_BYTES  # of several inputs at once

    def prepare(self, request: Mapping[str, Any], target: Target) -> tuple[PreparedRequest, ...]:
        body, unsupported = _body(request, target)
        unsupported += _take_out(body, target)
        given = body["input"]
        if isinstance(given, str) or not given or isinstance(given[0], int):
            return (_prepared(target, "/embeddings", body, unsupported),)
        most = SMALL_BATCH if "small_batches" in target.quirks else MAX_INPUTS
        return tuple(
            _prepared(target, "/embeddings", {**body, "input": items}, unsupported)
            for items in in_parts(given, most=most, most_bytes=self.most_bytes)
        )

    def parse(
        self, request: Mapping[str, Any], status: int, headers: Mapping[str, str], body: bytes
    ) -> Result:
        answer = decoded(status, headers, body)
        try:
            items = sorted(answer["data"], key=lambda item: item["index"])
            vectors = [item["embedding"] for item in items]
            usage = _input_alone(answer.get("usage"))
            return embeddings(request, vectors, usage, word(answer.get("model")))
        except UNREADABLE:
            raise error_from(status, headers, answer) or unreadable(status, headers, body) from None


class Moderations:
    def prepare(self, request: Mapping[str, Any], target: Target) -> tuple[PreparedRequest, ...]:
        return (_prepared(target, "/moderations", *_body(request, target)),)

    def parse(
        self, request: Mapping[str, Any], status: int, headers: Mapping[str, str], body: bytes
    ) -> Result:
        answer = decoded(status, headers, body)
        if not _is_list(answer, "results"):
            raise error_from(status, headers, answer) or unreadable(status, headers, body)
        return Result(_input_alone(answer.pop("usage", None)), word(answer.get("model")), answer)


class Images:
    def prepare(self, request: Mapping[str, Any], target: Target) -> tuple[PreparedRequest, ...]:
        body, unsupported = _body(request, target)
        if "picture_data" in target.quirks and body.pop("response_format", None) == "url":
            unsupported += ("response_format",)
        return (_prepared(target, "/images/generations", body, unsupported),)

    def parse(
        self, request: Mapping[str, Any], status: int, headers: Mapping[str, str], body: bytes
    ) -> Result:
        answer = decoded(status, headers, body)
        if not _is_list(answer, "data"):
            raise error_from(status, headers, answer) or unreadable(status, headers, body)
        return Result(_made(request, answer), word(answer.pop("model", "")), answer)


class Transcriptions:
    def prepare(self, request: Mapping[str, Any], target: Target) -> tuple[PreparedRequest, ...]:
        fields = [("model", target.upstream_id)]
        form, unsupported = _body(request, target)
        for name, value in form.items():
            if name not in ("model", "file", "response_format"):
                fields += (
                    [(f"{name}[]", str(item)) for item in value]
                    if isinstance(value, list)
                    else [(name, str(value))]
                )
        wanted = request.get("response_format", "json")
        fields.append(("response_format", transcripts.ASKED_AS.get(wanted, wanted)))
        file = request["file"]
        body, kind = multipart.encoded(
            fields, name="file", filename=file["name"], kind=file["content_type"], data=file["data"]
        )
        headers = headers_for(target, content_type=kind)
        url = url_for(target, "/audio/transcriptions")
        return (PreparedRequest("POST", url, headers, body, unsupported),)

    def parse(
        self, request: Mapping[str, Any], status: int, headers: Mapping[str, str], body: bytes
    ) -> Result:
        answer = decoded(status, headers, body)
        wanted = request.get("response_format", "json")
        try:
            if not isinstance(answer["text"], str):
                raise TypeError
            usage = self.heard(answer)
            if wanted not in transcripts.ASKED_AS:
                return Result(usage, "", answer)
            text = transcripts.rendered(answer, wanted)
            return Result(usage, content=text, content_type=transcripts.TEXT_TYPE)
        except UNREADABLE:
            raise error_from(status, headers, answer) or unreadable(status, headers, body) from None

    def heard(self, answer: Mapping[str, Any]) -> Usage:
        """By tokens, or by the time that it took to say."""
        usage = part(answer, "usage")
        if usage.get("type") == "tokens" or "input_tokens" in usage:
            return _tokens(usage)
        seconds = usage.get("seconds", answer.get("duration"))
        known = isinstance(seconds, int | float) and 0 < seconds < MAX_HEARD_S
        return Usage(audio_ms=math.ceil(seconds * 1000) if known else None)


class Speech:
    def prepare(self, request: Mapping[str, Any], target: Target) -> tuple[PreparedRequest, ...]:
        return (_prepared(target, "/audio/speech", *_body(request, target), accept="*/*"),)

    def parse(
        self, request: Mapping[str, Any], status: int, headers: Mapping[str, str], body: bytes
    ) -> Result:
        said = headers.get("content-type", "").partition(";")[0].strip().lower()
        if not 200 <= status < 300 or not body or said in ("application/json", "text/html"):
            raise parse_error(status, headers, body)
        wanted = _SPEECH_TYPES[request.get("response_format", "mp3")]
        usage = Usage(characters=len(request["input"]))
        return Result(usage, content=body, content_type=said if said.startswith("audio/") else wanted)


OPERATIONS: Mapping[str, Operation] = {
    "embeddings": Embeddings(),
    "moderations": Moderations(),
    "images": Images(),
    "transcriptions": Transcriptions(),
    "speech": Speech(),
}


def decoded(status: int, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """The object that `body` holds. Raises ProviderError for an error, and for what is no object."""
    if not 200 <= status < 300:
        raise parse_error(status, headers, body)
    try:
        answer = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise unreadable(status, headers, body) from None
    if not isinstance(answer, dict) or answer.get("error"):
        raise error_from(status, headers, answer) or unreadable(status, headers, body)
    return answer


def _body(request: Mapping[str, Any], target: Target) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What goes out, and the names of what does not."""
    body = {**request, "model": target.upstream_id}
    return body, take_out_steering(body)


def _take_out(body: dict[str, Any], target: Target) -> tuple[str, ...]:
    if "base64" not in target.quirks and not is_at(target.base_url, *OPENAI_HOSTS):
        body.pop("encoding_format", None)  # numbers are what all give; they are brought to what was asked
    if "no_dimensions" in target.quirks and body.pop("dimensions", None) is not None:
        return ("dimensions",)
    return ()


def _prepared(
    target: Target,
    path: str,
    body: Mapping[str, Any],
    unsupported: tuple[str, ...] = (),
    accept: str = "application/json",
) -> PreparedRequest:
    headers = headers_for(target, accept=accept)
    return PreparedRequest("POST", url_for(target, path), headers, _encode(body), unsupported)


def _input_alone(usage: Any) -> Usage:
    """Of what makes no text: what goes in is all that is billed."""
    known = read_usage(usage) or _tokens(usage)
    return Usage(input_tokens=known.input_tokens, output_tokens=None if known.input_tokens is None else 0)


def _tokens(usage: Any) -> Usage:
    """Usage as pictures and transcripts tell it: `input_tokens`, `output_tokens`."""
    if not isinstance(usage, dict):
        return Usage()
    return Usage(
        input_tokens=count(usage.get("input_tokens")),
        output_tokens=count(usage.get("output_tokens")),
        input_audio_tokens=count(part(usage, "input_token_details").get("audio_tokens")),
    )


def _made(request: Mapping[str, Any], answer: Mapping[str, Any]) -> Usage:
    """Of pictures: by how many of which kind, and by tokens where these are told."""
    usage = _tokens(answer.get("usage"))
    said = part(part(answer, "usage"), "input_tokens_details")
    return replace(
        usage,
        pictures=len(answer["data"]),
        picture_size=_named(answer.get("size") or request.get("size")),
        picture_quality=_named(answer.get("quality") or request.get("quality")),
        input_image_tokens=count(said.get("image_tokens")),
        output_image_tokens=usage.output_tokens,
    )


def _named(value: Any) -> str:
    """`auto` says nothing of what was made."""
    return "" if value == "auto" else word(value)


def _is_list(answer: Mapping[str, Any], name: str) -> bool:
    items = answer.get(name)
    return isinstance(items, list) and bool(items) and all(isinstance(item, dict) for item in items)

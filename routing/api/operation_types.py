"""OpenAI's requests of what is not chat, as types. Fields that are not here pass unchecked."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from routing.api.knob_wire import SignalboxFields
from routing.api.wire_types import ImagePart, Label, Model, TextPart

MAX_INPUTS = 2048
MAX_TOKEN_ID = 2**31 - 1
MAX_PROMPT_CHARS = 32_000
MAX_SPOKEN_CHARS = 4096
MAX_PICTURES = 10
AUTO = "auto"

Token = Annotated[int, Meta(ge=0, le=MAX_TOKEN_ID)]
Word = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]*\Z")]


class EmbeddingsRequest(Struct):
    """`input` is a text, a list of texts, a list of tokens, or a list of such lists."""

    input: str | Annotated[list[str | Token | list[Token]], Meta(min_length=1, max_length=MAX_INPUTS)]
    model: Model
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: Annotated[int, Meta(ge=1, le=65_536)] | None = None
    user: Label | None = None
    signalbox: SignalboxFields | None = None


class ModerationsRequest(Struct):
    """`input` is a text, a list of texts, or a list of parts."""

    input: str | Annotated[list[str | TextPart | ImagePart], Meta(min_length=1, max_length=MAX_INPUTS)]
    model: Model = AUTO
    signalbox: SignalboxFields | None = None


class ImagesRequest(Struct):
    prompt: Annotated[str, Meta(min_length=1, max_length=MAX_PROMPT_CHARS)]
    model: Model = AUTO
    n: Annotated[int, Meta(ge=1, le=MAX_PICTURES)] | None = None
    size: Word | None = None
    quality: Word | None = None
    response_format: Literal["url", "b64_json"] | None = None
    output_format: Literal["png", "jpeg", "webp"] | None = None
    stream: Literal[False] | None = None
    user: Label | None = None
    signalbox: SignalboxFields | None = None


class SpeechRequest(Struct):
    input: Annotated[str, Meta(min_length=1, max_length=MAX_SPOKEN_CHARS)]
    model: Model
    voice: Word | dict[str, Any]
    instructions: Annotated[str, Meta(max_length=MAX_PROMPT_CHARS)] | None = None
    response_format: Literal["mp3", "opus", "aac", "flac", "wav", "pcm"] | None = None
    speed: Annotated[float, Meta(ge=0.25, le=4)] | None = None
    stream_format: Literal["audio"] | None = None
    signalbox: SignalboxFields | None = None


class TranscriptionFields(Struct):
    """The fields of the form beside its `file`."""

    model: Model
    language: Word | None = None
    prompt: Annotated[str, Meta(max_length=MAX_PROMPT_CHARS)] | None = None
    response_format: Literal["json", "text", "srt", "verbose_json", "vtt", "diarized_json"] | None = None
    temperature: Annotated[float, Meta(ge=0, le=1)] | None = None
    timestamp_granularities: list[Literal["word", "segment"]] | None = None
    stream: Literal["false"] | None = None


REQUESTS: tuple[type[Struct], ...] = (
    EmbeddingsRequest,
    ModerationsRequest,
    ImagesRequest,
    SpeechRequest,
    TranscriptionFields,
)
# Known to OpenAI's dialect, and not checked here.
UNCHECKED_FIELDS = frozenset(
    (
        "background",
        "moderation",
        "output_compression",
        "partial_images",
        "style",
        "include",
        "chunking_strategy",
    )
)
KNOWN_FIELDS = UNCHECKED_FIELDS | {field.name for each in REQUESTS for field in msgspec.structs.fields(each)}

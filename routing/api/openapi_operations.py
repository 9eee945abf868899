"""The descriptions of what is not chat."""

from typing import Any

from routing.api.openapi_parts import (
    ANSWER_HEADERS,
    JSON,
    OF_CHAT,
    answers,
    idempotency_key,
    json_body,
    labels,
    named,
    ref,
)
from routing.api.operation_answers import EmbeddingList, Moderation, Pictures, Transcript
from routing.api.operation_types import (
    EmbeddingsRequest,
    ImagesRequest,
    ModerationsRequest,
    SpeechRequest,
    TranscriptionFields,
)
from routing.api.uploads import FORM

TEXT = "text/plain"
SOUNDS = ("audio/mpeg", "audio/ogg", "audio/aac", "audio/flac", "audio/wav", "audio/pcm")
TYPES = (
    *(EmbeddingsRequest, ImagesRequest, ModerationsRequest, SpeechRequest, TranscriptionFields),
    *(EmbeddingList, Moderation, Pictures, Transcript),
)


def paths() -> dict[str, Any]:
    sound = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in SOUNDS}
    text = {TEXT: {"schema": {"type": "string"}}}
    return {
        "/v1/embeddings": _path(
            *("createEmbeddings", "Make vectors of texts"),
            *(json_body("EmbeddingsRequest"), "A vector for each input, in order."),
            {JSON: ref("EmbeddingList")},
        ),
        "/v1/moderations": _path(
            *("createModeration", "Judge texts and pictures by category"),
            *(json_body("ModerationsRequest"), "A verdict for each input."),
            {JSON: ref("Moderation")},
        ),
        "/v1/images/generations": _path(
            *("createImages", "Make pictures of a text"),
            *(json_body("ImagesRequest"), "The pictures, as data or by where they are."),
            {JSON: ref("Pictures")},
        ),
        "/v1/audio/speech": _path(
            "createSpeech", "Speak a text", json_body("SpeechRequest"), "The sound.", sound
        ),
        "/v1/audio/transcriptions": _path(
            *("createTranscription", "Write down what is said in a recording"),
            *(_form(), "The transcript, as JSON or in the text format that was asked for."),
            {JSON: ref("Transcript"), **text},
        ),
    }


def _path(
    operation: str, summary: str, body: dict[str, Any], meaning: str, content: dict[str, Any]
) -> dict[str, Any]:
    return {
        "post": {
            **named(operation, summary),
            "parameters": [*labels(), idempotency_key()],
            "requestBody": body,
            "responses": answers(OF_CHAT, meaning, content, ANSWER_HEADERS),
        }
    }


def _form() -> dict[str, Any]:
    file = {
        "type": "object",
        "required": ["file"],
        "properties": {"file": {"type": "string", "format": "binary", "minLength": 1}},
    }
    schema = {"allOf": [ref("TranscriptionFields")["schema"], file]}
    return {"required": True, "content": {FORM: {"schema": schema}}}

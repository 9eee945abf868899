"""Reading requests of what is not chat: bytes in, `OperationBody` out, or InvalidRequest and nothing else.

As of chat, the request stays the dict that the application wrote; the types only check it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

import msgspec

from routing.api.knob_wire import take_knobs
from routing.api.media import check_image
from routing.api.operation_types import (
    AUTO,
    KNOWN_FIELDS,
    EmbeddingsRequest,
    ImagesRequest,
    ModerationsRequest,
    SpeechRequest,
    TranscriptionFields,
)
from routing.api.uploads import read_form
from routing.api.wire import check_travels, read_object, refuse_invalid
from routing.core.operations import EMBEDDINGS, IMAGES, MODERATIONS, SPEECH, TRANSCRIPTIONS
from routing.core.sizes import items_of
from routing.errors import InvalidRequest

Typed = TypeVar("Typed", bound=msgspec.Struct)
_TEXT_FIELDS = ("input", "prompt", "instructions")


@dataclass(frozen=True, slots=True)
class OperationBody:
    """A request of `operation`, read: what chat has and this has not is as if it was not asked for."""

    operation: str
    request: dict[str, Any] = field(repr=False)
    model: str
    n: int = 1
    needs: tuple[str, ...] = ()
    end_user: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    images: ClassVar[int] = 0  # they are counted with the sizes
    documents: ClassVar[int] = 0
    stream: ClassVar[bool] = False
    include_usage: ClassVar[bool] = False
    max_output_tokens: ClassVar[None] = None

    def texts(self) -> Iterator[str]:
        """Every text of the request, for keyword rules."""
        for name in _TEXT_FIELDS:
            given = self.request.get(name)
            for item in items_of(given) if given else ():
                text = item.get("text") if isinstance(item, Mapping) else item
                if isinstance(text, str):
                    yield text


def read_embeddings(body: bytes) -> OperationBody:
    request = read_object(body)
    typed = _checked(request, EmbeddingsRequest, "input", "model")
    given = request["input"]
    if isinstance(given, list) and len({type(item) for item in given}) > 1:
        raise InvalidRequest("Invalid 'input': it mixes texts and tokens.", "input")
    if isinstance(given, list) and [] in given:
        raise InvalidRequest("Invalid 'input': a list of tokens is empty.", "input")
    return _body(EMBEDDINGS, request, typed.model, end_user=typed.user or "")


def read_moderations(body: bytes) -> OperationBody:
    request = {"model": AUTO, **read_object(body)}
    typed = _checked(request, ModerationsRequest, "input")
    given = request["input"]
    images = [
        (place, part["image_url"]["url"])
        for place, part in enumerate(given if isinstance(given, list) else ())
        if isinstance(part, dict) and part["type"] == "image_url"
    ]
    for place, url in images:
        check_image(url, f"input[{place}].image_url.url")
    return _body(MODERATIONS, request, typed.model, needs=("vision",) if images else ())


def read_images(body: bytes) -> OperationBody:
    request = {"model": AUTO, **read_object(body)}
    typed = _checked(request, ImagesRequest, "prompt")
    return _body(IMAGES, request, typed.model, typed.n or 1, end_user=typed.user or "")


def read_speech(body: bytes) -> OperationBody:
    request = read_object(body)
    typed = _checked(request, SpeechRequest, "input", "model", "voice")
    return _body(SPEECH, request, typed.model)


def read_transcriptions(content_type: str, body: bytes) -> OperationBody:
    form = read_form(content_type, body)
    fields = {name: value for name, value in form.items() if name != "file"}
    typed = _checked(fields, TranscriptionFields, "model", strict=False)
    form.pop("stream", None)  # it says no
    return _body(TRANSCRIPTIONS, form, typed.model)


READERS: Mapping[str, Callable[[bytes], OperationBody]] = {  # of those that come as JSON
    EMBEDDINGS: read_embeddings,
    MODERATIONS: read_moderations,
    IMAGES: read_images,
    SPEECH: read_speech,
}


def _body(operation: str, request: dict[str, Any], model: str, n: int = 1, **known: Any) -> OperationBody:
    return OperationBody(operation, request, model, n, labels=take_knobs(request), **known)


def _checked(request: dict[str, Any], kind: type[Typed], *required: str, strict: bool = True) -> Typed:
    """The request as typed. Raises InvalidRequest."""
    for name in required:
        if name not in request:
            raise InvalidRequest(f"Missing required parameter: '{name}'.", name)
    if request.get("stream") is True or request.get("stream") == "true":
        raise InvalidRequest("Invalid 'stream': this answer is not streamed.", "stream")
    try:
        typed = msgspec.convert(request, kind, strict=strict)
    except msgspec.ValidationError as error:
        refuse_invalid(error)
    check_travels(request, KNOWN_FIELDS)
    return typed

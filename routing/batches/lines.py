"""One line of a batch: a request in, its answer out, as OpenAI writes them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from routing.errors import InvalidRequest
from routing.surfaces.chat import CHAT
from routing.surfaces.completions import COMPLETIONS
from routing.surfaces.contract import Surface
from routing.surfaces.responses import RESPONSES

ENDPOINTS = (
    *("/v1/chat/completions", "/v1/responses", "/v1/completions"),
    *("/v1/embeddings", "/v1/moderations"),
)
SURFACES: Mapping[str, Surface] = {
    "/v1/chat/completions": CHAT,
    "/v1/responses": RESPONSES,
    "/v1/completions": COMPLETIONS,
}
_encode = msgspec.json.Encoder().encode


class LineIn(Struct):
    custom_id: Annotated[str, Meta(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f]*\Z")]
    method: str
    url: str
    body: dict[str, Any]


_decode = msgspec.json.Decoder(LineIn).decode


@dataclass(frozen=True, slots=True)
class Line:
    custom_id: str
    body: bytes = field(repr=False)


def read(line: bytes, endpoint: str) -> Line:
    """Raises InvalidRequest for what is no request of `endpoint`."""
    try:
        found = _decode(line)
    except (ValueError, RecursionError) as error:  # also of msgspec and Unicode
        raise InvalidRequest(f"The line is no request: {error}."[:300]) from error
    if found.method != "POST" or found.url != endpoint:
        raise InvalidRequest(f"The line must be a POST of {endpoint}.", "url")
    if found.body.get("stream"):
        raise InvalidRequest("A line of a batch is not streamed.", "body.stream")
    return Line(found.custom_id, _encode(found.body))


def answered(*, item: str, custom_id: str, status: int, request_id: str, body: bytes) -> bytes:
    """The line of an answer, an error's as well."""
    response = {"status_code": status, "request_id": request_id, "body": msgspec.Raw(body)}
    return _encode({"id": item, "custom_id": custom_id, "response": response, "error": None})


def unanswered(*, item: str, custom_id: str, code: str, message: str) -> bytes:
    """The line of a request that was never run."""
    error = {"code": code, "message": message}
    return _encode({"id": item, "custom_id": custom_id, "response": None, "error": error})

"""The description of what became of a request."""

from typing import Any, Literal

from msgspec import Struct

from routing.api.openapi_parts import JSON, OF_EVERY, answers, named, ref


class ReviewObject(Struct):
    """Of an answer that waited for a person. `edited` says that it was released with other words."""

    held_at: int
    expires_at: int
    decided_at: int | None
    edited: bool


class RequestObject(Struct):
    """`answer` is that of the endpoint that was asked, once a person has released it."""

    id: str
    object: Literal["request"]
    created_at: int
    operation: str
    status: Literal[
        "running",
        "succeeded",
        "failed",
        "refused",
        "cancelled",
        "abandoned",
        "expired",
        "held",
        "released",
    ]
    error_code: str | None
    review: ReviewObject | None
    answer: dict[str, Any] | None


TYPES = (RequestObject,)
ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
CODES = (*OF_EVERY, "not_found", "data_class_denied", "suspended", "answer_lost")


def paths() -> dict[str, Any]:
    get = {
        **named("getRequest", "What became of a request, and the answer that a person released"),
        "parameters": [ID],
        "responses": answers(CODES, "It.", {JSON: ref("RequestObject")}),
    }
    return {"/v1/requests/{id}": {"get": get}}

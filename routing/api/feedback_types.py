"""Feedback on an answer, as types."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from routing.api.labels import MAX_LABEL_CHARS

MAX_COMMENT_CHARS = 4_000


class FeedbackRequest(Struct, forbid_unknown_fields=True):
    """`request_id` is the `x-request-id` of an answer, or its `id`. `score` is 1 for as good as can be.

    `label` is a word for reports. `comment` is content, and is kept as the request's is, or not at all.
    """

    request_id: Annotated[str, Meta(min_length=1, max_length=64)]
    score: Annotated[float, Meta(ge=0, le=1)]
    label: Annotated[str, Meta(max_length=64, pattern=r"^[A-Za-z0-9_.:-]*\Z")] = ""
    comment: Annotated[str, Meta(max_length=MAX_COMMENT_CHARS)] = ""
    user: Annotated[str, Meta(max_length=MAX_LABEL_CHARS)] = ""


class FeedbackObject(Struct):
    """What stands now. `replaced` says that the same key had said something else for the same end user."""

    id: str
    request_id: str
    score: float
    label: str
    user: str
    replaced: bool
    created: int
    object: Literal["feedback"] = "feedback"

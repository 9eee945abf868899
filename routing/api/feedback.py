"""POST /v1/feedback: what an application says of an answer that it got."""

import re
from typing import Any
from uuid import UUID

import msgspec
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from audit.errors import TooMuchFeedback
from audit.models import Feedback as FeedbackRow
from audit.models import Request as RequestRow
from audit.services import feedback
from audit.services.feedback import Said
from registry.directory import Consumer
from routing import runtime as runtimes
from routing.admission import release_in_force
from routing.api.base import AsyncAPIView
from routing.api.completions import JSON_TYPES
from routing.api.errors import ApiError
from routing.api.feedback_types import FeedbackObject, FeedbackRequest
from routing.api.listing import json_answer
from routing.api.off_loop import in_thread
from routing.api.wire import read_object, refuse_invalid
from routing.core.release import Release
from routing.errors import InvalidRequest

MILLI = 1000
_NAMED = re.compile(
    r"\A(?:chatcmpl-|resp_|msg_)?([0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\Z"
)


class Feedback(AsyncAPIView):
    async def post(self, request: Request) -> HttpResponseBase:
        django_request: Any = request._request
        if django_request.content_type not in JSON_TYPES:
            raise ApiError("unsupported_media_type")
        consumer: Consumer = request.user  # type: ignore[assignment]
        release = release_in_force(runtimes.get())
        try:
            asked = _read(django_request.body)
            row = await in_thread(lambda: _give(consumer, release, asked))
        except InvalidRequest as error:
            raise ApiError("invalid_request", str(error), param=error.param) from error
        except TooMuchFeedback as error:
            raise ApiError("invalid_request", str(error)) from error
        if row is None:
            raise ApiError("not_found", "No such request of this application.", param="request_id")
        return json_answer(_view(row))


def _read(body: bytes) -> FeedbackRequest:
    request = read_object(body)
    for name in ("request_id", "score"):
        if name not in request:
            raise InvalidRequest(f"Missing required parameter: '{name}'.", name)
    try:
        return msgspec.convert(request, FeedbackRequest)
    except msgspec.ValidationError as error:
        refuse_invalid(error)


def _give(consumer: Consumer, release: Release, asked: FeedbackRequest) -> FeedbackRow | None:
    """None where the application has no such request: whether another one has is not told."""
    found = _NAMED.match(asked.request_id)
    rows = RequestRow.objects.filter(application=consumer.application, team=consumer.team)
    row = rows.filter(pk=UUID(found.group(1))).first() if found else None
    if row is None:
        return None
    data_class = release.data_classes.get(row.data_class)
    said = Said(
        score=round(asked.score * MILLI),
        label=asked.label,
        comment=asked.comment,
        keeps_content=data_class is not None and data_class.store_content,
    )
    return feedback.give(request=row, api_key=consumer.key_prefix, end_user=asked.user, said=said)


def _view(row: FeedbackRow) -> FeedbackObject:
    return FeedbackObject(
        id=f"feedback-{row.pk.hex}",
        request_id=str(row.request_id),
        score=row.score / MILLI,
        label=row.label,
        user=row.end_user,
        replaced=row.times > 1,
        created=int(row.given_at.timestamp()),
    )

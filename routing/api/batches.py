"""/v1/batches: many requests from a file, run by the workers in the background."""

from functools import partial
from typing import Any

import msgspec
from django.db import transaction
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from registry.directory import Consumer
from routing.api.base import AsyncAPIView
from routing.api.batch_types import BatchRequest
from routing.api.completions import JSON_TYPES
from routing.api.errors import ApiError
from routing.api.files import PREFIX as FILE
from routing.api.files import team_of
from routing.api.knobs import METAS
from routing.api.labels import read_labels
from routing.api.listing import id_of, json_answer, page, page_asked
from routing.api.off_loop import in_thread
from routing.api.wire import read_object, refuse_invalid
from routing.batches import batches
from routing.errors import InvalidRequest
from routing.models import Batch
from routing.models.batch import BatchState
from routing.tasks import run_batch

PREFIX = "batch_"
LABELS = (
    "HTTP_X_SIGNALBOX_DATA_CLASS",
    "HTTP_X_SIGNALBOX_TASK",
    "HTTP_X_SIGNALBOX_TAGS",
    "HTTP_X_SIGNALBOX_RESIDENCY",
    *METAS.values(),
)
MOMENTS = ("in_progress", "finalizing", "completed", "failed", "expired", "cancelling", "cancelled")
ENDED = (BatchState.COMPLETED, BatchState.CANCELLED, BatchState.EXPIRED)


class Batches(AsyncAPIView):
    async def get(self, request: Request) -> HttpResponseBase:
        limit, after = page_asked(request, PREFIX)
        team = team_of(request)
        rows = await in_thread(lambda: batches.listed(team_id=team, limit=limit, after=after))
        return page(rows, limit, batch_view)

    async def post(self, request: Request) -> HttpResponseBase:
        django_request: Any = request._request
        if django_request.content_type not in JSON_TYPES:
            raise ApiError("unsupported_media_type")
        labels = {name: request.META[name] for name in LABELS if name in request.META}
        read_labels(labels, {})  # what is wrong is said now, not of every line
        consumer: Consumer = request.user  # type: ignore[assignment]
        try:
            asked = _read(django_request.body)
            batch = await in_thread(lambda: _create(consumer, asked, labels))
        except InvalidRequest as error:
            raise ApiError("invalid_request", str(error), param=error.param) from error
        return json_answer(batch_view(batch))


class BatchDetail(AsyncAPIView):
    async def get(self, request: Request, name: str) -> HttpResponseBase:
        return json_answer(batch_view(await _named(request, name)))


class BatchCancel(AsyncAPIView):
    async def post(self, request: Request, name: str) -> HttpResponseBase:
        batch = await _named(request, name)
        try:
            batch = await in_thread(lambda: _cancelled(batch))
        except InvalidRequest as error:
            raise ApiError("invalid_request", str(error)) from error
        return json_answer(batch_view(batch))


def batch_view(batch: Batch) -> dict[str, Any]:
    """Files of answers are shown once the batch has ended: until then they grow."""
    ended = batch.state in ENDED
    problem = batch.problem
    return {
        "id": PREFIX + batch.pk.hex,
        "object": "batch",
        "endpoint": batch.endpoint,
        "errors": {"object": "list", "data": [problem]} if problem else None,
        "input_file_id": FILE + batch.input_id.hex,
        "completion_window": "24h",
        "status": batch.state,
        "output_file_id": FILE + batch.output_file_id.hex if ended and batch.output_file_id else None,
        "error_file_id": FILE + batch.error_file_id.hex if ended and batch.error_file_id else None,
        "created_at": int(batch.created_at.timestamp()),
        "expires_at": int(batch.expires_at.timestamp()),
        **{f"{name}_at": batch.moments.get(name) for name in MOMENTS},
        "request_counts": {"total": batch.total, "completed": batch.completed, "failed": batch.failed},
        "metadata": batch.metadata,
    }


def _read(body: bytes) -> BatchRequest:
    request = read_object(body)
    for name in ("input_file_id", "endpoint", "completion_window"):
        if name not in request:
            raise InvalidRequest(f"Missing required parameter: '{name}'.", name)
    try:
        return msgspec.convert(request, BatchRequest)
    except msgspec.ValidationError as error:
        refuse_invalid(error)


def _create(consumer: Consumer, asked: BatchRequest, labels: dict[str, str]) -> Batch:
    input_id = id_of(FILE, asked.input_file_id)
    if input_id is None:
        raise InvalidRequest("Invalid 'input_file_id': no such file of requests.", "input_file_id")
    with transaction.atomic():
        batch = batches.create(
            team_id=consumer.team_id,
            key_prefix=consumer.key_prefix,
            input_id=input_id,
            endpoint=asked.endpoint,
            labels=labels,
            metadata=asked.metadata,
        )
        _run_soon(batch)
    return batch


def _cancelled(batch: Batch) -> Batch:
    with transaction.atomic():
        cancelled = batches.cancel(batch)
        _run_soon(batch)
    return cancelled


def _run_soon(batch: Batch) -> None:
    """A wake-up that may be lost: what nobody works on is taken up by the sweep."""
    transaction.on_commit(partial(run_batch.delay, str(batch.pk)), robust=True)


async def _named(request: Request, name: str) -> Batch:
    """Raises ApiError for one that is not there, or another team's."""
    batch_id, team = id_of(PREFIX, name), team_of(request)
    found = await in_thread(lambda: batches.found(team_id=team, batch_id=batch_id)) if batch_id else None
    if found is None:
        raise ApiError("not_found", "No such batch.", param="batch_id")
    return found

"""/v1/files: what a team stores for its batches. Only its own keys see it."""

from collections.abc import AsyncGenerator
from functools import partial
from typing import Any

from django.http.response import HttpResponseBase
from rest_framework.request import Request

from registry.directory import Consumer
from routing.api.base import AsyncAPIView
from routing.api.errors import ApiError
from routing.api.listing import id_of, json_answer, page, page_asked
from routing.api.off_loop import in_thread
from routing.api.stream import EventStream
from routing.api.uploads import FORM, read_form
from routing.batches import files
from routing.batches.sealing import opened
from routing.errors import InvalidRequest
from routing.models import Purpose, StoredFile

PREFIX = "file-"
LINES_AT_ONCE = 200
JSON_LINES = "application/jsonl"


def team_of(request: Request) -> str:
    consumer: Consumer = request.user  # type: ignore[assignment]
    return consumer.team_id


class Files(AsyncAPIView):
    async def get(self, request: Request) -> HttpResponseBase:
        limit, after = page_asked(request, PREFIX)
        team, purpose = team_of(request), request.query_params.get("purpose", "")
        rows = await in_thread(lambda: files.listed(team_id=team, limit=limit, after=after, purpose=purpose))
        return page(rows, limit, file_view)

    async def post(self, request: Request) -> HttpResponseBase:
        django_request: Any = request._request
        if django_request.content_type != FORM:
            raise ApiError("unsupported_media_type")
        kind, body, team = str(request.META.get("CONTENT_TYPE", "")), django_request.body, team_of(request)
        try:
            return json_answer(file_view(await in_thread(lambda: _stored(team, kind, body))))
        except InvalidRequest as error:
            raise ApiError("invalid_request", str(error), param=error.param) from error


class FileDetail(AsyncAPIView):
    async def get(self, request: Request, name: str) -> HttpResponseBase:
        return json_answer(file_view(await file_named(request, name)))

    async def delete(self, request: Request, name: str) -> HttpResponseBase:
        file = await file_named(request, name)
        try:
            await in_thread(lambda: files.delete(file))
        except InvalidRequest as error:
            raise ApiError("invalid_request", str(error), param=error.param) from error
        return json_answer({"id": name, "object": "file", "deleted": True})


class FileContent(AsyncAPIView):
    async def get(self, request: Request, name: str) -> HttpResponseBase:
        file = await file_named(request, name)
        return EventStream(_lines(file), {}, content_type=JSON_LINES)


async def file_named(request: Request, name: str) -> StoredFile:
    """Raises ApiError for one that is not there, or another team's."""
    file_id, team = id_of(PREFIX, name), team_of(request)
    found = await in_thread(lambda: files.found(team_id=team, file_id=file_id)) if file_id else None
    if found is None:
        raise ApiError("not_found", "No such file.", param="file_id")
    return found


def file_view(file: StoredFile) -> dict[str, Any]:
    return {
        "id": PREFIX + file.pk.hex,
        "object": "file",
        "bytes": file.size_bytes,
        "created_at": int(file.created_at.timestamp()),
        "expires_at": int(file.expires_at.timestamp()),
        "filename": file.filename,
        "purpose": file.purpose,
        "status": "processed",
    }


def _stored(team: str, kind: str, body: bytes) -> StoredFile:
    form = read_form(kind, body)
    if form.get("purpose") != Purpose.BATCH:
        raise InvalidRequest("Invalid 'purpose': files are kept for 'batch' alone.", "purpose")
    return files.store(team_id=team, filename=form["file"]["name"], data=form["file"]["data"])


async def _lines(file: StoredFile) -> AsyncGenerator[bytes, None]:
    """The content, some lines at a time, at the pace at which it is read."""
    last = 0
    while True:
        rows = await in_thread(partial(files.lines_after, file, last, LINES_AT_ONCE))
        if not rows:
            return
        yield b"".join([opened(sealed) + b"\n" for _, sealed in rows])
        last = rows[-1][0]

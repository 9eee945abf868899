"""Lists a page at a time, and ids with a prefix, as OpenAI has them."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpResponse
from rest_framework.request import Request

from routing.api.errors import ApiError

DEFAULT_LIMIT = 20
MAX_LIMIT = 100


def json_answer(value: Any) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(value), content_type="application/json")


def id_of(prefix: str, text: str) -> UUID | None:
    """The id that `text` names; None where it names none."""
    try:
        return UUID(hex=text.removeprefix(prefix)) if text.startswith(prefix) else None
    except ValueError:
        return None


def page_asked(request: Request, prefix: str) -> tuple[int, UUID | None]:
    """(limit, the id behind which the page begins). Raises ApiError."""
    given = request.query_params.get("limit", str(DEFAULT_LIMIT))
    if not (given.isascii() and given.isdecimal() and len(given) < 6 and int(given) >= 1):
        raise ApiError("invalid_request", "Invalid 'limit': expected a number from 1.", param="limit")
    after = request.query_params.get("after")
    start = id_of(prefix, after) if after else None
    if after and start is None:
        raise ApiError("invalid_request", "Invalid 'after': there is no such id.", param="after")
    return min(int(given), MAX_LIMIT), start


def page(rows: Sequence[Any], limit: int, view: Callable[[Any], dict[str, Any]]) -> HttpResponse:
    """`rows` has one more than the page where there is a next one."""
    data = [view(row) for row in rows[:limit]]
    ends = {"first_id": data[0]["id"], "last_id": data[-1]["id"]} if data else {}
    return json_answer({"object": "list", "data": data, **ends, "has_more": len(rows) > limit})

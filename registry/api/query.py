"""Query parameters, read strictly: a value that can't be is refused, never passed over."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.utils.dateparse import parse_datetime
from rest_framework.request import Request

from registry.api.errors import ApiError

MAX_PAGE = 100
DEFAULT_PAGE = 50
MAX_NUMBER = 2**31 - 1
M = TypeVar("M", bound=Model)
PAGING = {
    "limit": f"How many at most, 1 to {MAX_PAGE}; {DEFAULT_PAGE} where it is not given.",
    "before": "The `next` of the page before: what comes after it.",
}


def only(request: Request, known: Iterable[str]) -> None:
    """Raises ApiError for a parameter that is not known here, or is given twice."""
    known = tuple(known)
    for name, values in request.query_params.lists():
        if name not in known or len(values) > 1:
            raise ApiError("invalid_request", "This parameter is unknown, or given twice.", param=name)


def whole(request: Request, name: str, *, most: int = MAX_NUMBER) -> int | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else 0
    if not 1 <= number <= most:
        raise ApiError("invalid_request", f"A whole number from 1 to {most} is expected.", param=name)
    return number


def choice(request: Request, name: str, among: Iterable[str]) -> str | None:
    text, among = request.query_params.get(name), tuple(among)
    if text is not None and text not in among:
        raise ApiError("invalid_request", f"One of {', '.join(among)} is expected.", param=name)
    return text


def moment(request: Request, name: str) -> datetime | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ApiError(
            "invalid_request", "A time with its zone is expected, such as 2026-01-01T00:00:00Z.", param=name
        )
    return found


def identity(request: Request, name: str) -> UUID | None:
    text = request.query_params.get(name)
    try:
        return None if text is None else UUID(text)
    except ValueError:
        raise ApiError("invalid_request", "An id is expected.", param=name) from None


def page(
    request: Request,
    rows: "QuerySet[M]",
    told: Callable[[M], Any],
    *,
    key: str = "number",
    read: Callable[[Request, str], Any] = whole,
) -> dict[str, Any]:
    """The next rows by `key`, the newest first, and the `before` of those after them (None at the end)."""
    limit = whole(request, "limit", most=MAX_PAGE) or DEFAULT_PAGE
    before = read(request, "before")
    if before is not None:
        rows = rows.filter(**{f"{key}__lt": before})
    found = list(rows.order_by(f"-{key}")[: limit + 1])
    more = getattr(found[limit - 1], key) if len(found) > limit else None
    return {"items": [told(row) for row in found[:limit]], "next": more}

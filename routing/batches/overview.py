"""A batch as a page shows it: how far it is, where its lines are, and what each came to. No content."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet

from routing.models import Batch, BatchItem, ProviderBatch, ProviderLineState

PER_PAGE = 100
NEVER_RUN = 0
FAILED_FROM = 400
WAITS = Q(status__isnull=True)
ANSWERED = Q(status__lt=FAILED_FROM, status__gt=NEVER_RUN)
SHOWN: dict[str, tuple[str, Q]] = {
    "": ("All", Q()),
    "waiting": ("Not ended", WAITS),
    "answered": ("Answered", ANSWERED),
    "failed": ("Failed", ~WAITS & ~ANSWERED),
}


@dataclass(frozen=True, slots=True)
class LineShown:
    number: int
    custom_id: str
    state: str
    tone: str
    request_id: UUID | None


@dataclass(frozen=True, slots=True)
class Overview:
    batch: Batch
    ended: int
    sent: list[ProviderBatch]  # each with `lines_sent`
    page: Page[Any]
    lines: list[LineShown]


def overview(batch: Batch, *, shown: str, number: str) -> Overview:
    items = BatchItem.objects.filter(SHOWN[shown][1], batch=batch).select_related("sent").order_by("number")
    page = Paginator(items, PER_PAGE).get_page(number)
    return Overview(
        batch=batch,
        ended=batch.completed + batch.failed,
        sent=list(_sent(batch)),
        page=page,
        lines=[_line(item) for item in page.object_list],
    )


def _sent(batch: Batch) -> QuerySet[ProviderBatch, Any]:
    return ProviderBatch.objects.filter(batch=batch).annotate(lines_sent=Count("lines")).order_by("id")


def _line(item: BatchItem) -> LineShown:
    sent = getattr(item, "sent", None)
    request_id = item.request_id or (sent.request_id if sent is not None else None)
    state, tone = _state(item, sent.state if sent is not None else None)
    return LineShown(item.number, item.custom_id, state, tone, request_id)


def _state(item: BatchItem, sent: str | None) -> tuple[str, str]:
    """In words, and which look it has."""
    if item.status is None:
        return ("at its provider" if sent == ProviderLineState.WAITING else "waits"), "conditional"
    if item.status == NEVER_RUN:
        return "never run", "denied"
    if item.status >= FAILED_FROM:
        return f"failed: {item.status}", "denied"
    return "answered", "approved"

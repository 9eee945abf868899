"""What a batch at a provider goes through: each step is a conditional update, so that two can't both take it.

filling → ready → creating → running → ended. Before `creating` nothing was asked of a model; from then on a
line ends by its answer, by what the provider says of it, or at its worst case: it is never sent again.
"""

from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from audit.models import Entry, Request
from audit.rows import to_us
from routing.batches import batches
from routing.batches.batches import Work
from routing.batches.sealing import seal
from routing.models import Batch, ProviderBatch, ProviderBatchState, ProviderLine, ProviderLineState

LEASE = timedelta(minutes=3)  # longer than any one exchange with a provider
CARRIED = (ProviderBatchState.READY, ProviderBatchState.CREATING, ProviderBatchState.RUNNING)


def open_for(batch: Batch, *, deployment: str, queue: str) -> ProviderBatch:
    """A new one, to be filled by whoever holds the batch's lease."""
    now = timezone.now()
    return ProviderBatch.objects.create(
        batch=batch, deployment=deployment, queue=queue, created_at=now, look_at=now
    )


def add(group: ProviderBatch, *, item: int, request_id: UUID, call: bytes) -> None:
    """Before anything is held or claimed for the line, so that what was begun for it can be found."""
    ProviderLine.objects.create(provider_batch=group, item_id=item, request_id=request_id, sealed=seal(call))


def drop(request_ids: Iterable[UUID]) -> None:
    """Lines of which nothing was claimed: they are work again."""
    ProviderLine.objects.filter(request_id__in=list(request_ids)).delete()


def make_ready(batch: Batch) -> None:
    """What was gathered is to be sent; also what a task left that died."""
    filling = ProviderBatch.objects.filter(batch=batch, state=ProviderBatchState.FILLING)
    filling.filter(lines__isnull=True).delete()
    filling.update(state=ProviderBatchState.READY, look_at=timezone.now())


def ended(group_id: UUID) -> UUID | None:
    """The batch of one that has ended; None of one that goes on."""
    rows = ProviderBatch.objects.filter(pk=group_id, state=ProviderBatchState.ENDED)
    return rows.values_list("batch_id", flat=True).first()


def has_open(batch: Batch) -> bool:
    return ProviderBatch.objects.filter(batch=batch).exclude(state=ProviderBatchState.ENDED).exists()


def hurry(batch: Batch) -> None:
    """Whoever carries the batch looks at once: it was cancelled, or its time is over."""
    open_ones = ProviderBatch.objects.filter(batch=batch, state__in=CARRIED, cancelled_at__isnull=True)
    open_ones.update(look_at=timezone.now())


def due(batch_id: UUID | None = None) -> list[tuple[UUID, str]]:
    """(id, queue) of those that wait for nobody but us."""
    now = timezone.now()
    free = Q(leased_until__isnull=True) | Q(leased_until__lt=now)
    rows = ProviderBatch.objects.filter(free, state__in=CARRIED, look_at__lte=now)
    if batch_id is not None:
        rows = rows.filter(batch_id=batch_id)
    return list(rows.values_list("pk", "queue"))


def lease(group_id: UUID) -> ProviderBatch | None:
    """The batch, where it is due and nobody carries it; from now on the caller does."""
    now = timezone.now()
    free = Q(leased_until__isnull=True) | Q(leased_until__lt=now)
    rows = ProviderBatch.objects.filter(free, pk=group_id, state__in=CARRIED, look_at__lte=now)
    taken = rows.update(leased_until=now + LEASE)
    return ProviderBatch.objects.select_related("batch").get(pk=group_id) if taken else None


def renew(group: ProviderBatch) -> None:
    """Only of the lease that is still ours."""
    until = timezone.now() + LEASE
    if _leased(group).update(leased_until=until):
        group.leased_until = until


def release(group: ProviderBatch, *, again_s: float) -> None:
    look_at = timezone.now() + timedelta(seconds=again_s)
    _leased(group).update(leased_until=None, look_at=look_at)


def _leased(group: ProviderBatch) -> QuerySet[ProviderBatch]:
    return ProviderBatch.objects.filter(pk=group.pk, leased_until=group.leased_until)


def move(group: ProviderBatch, to: ProviderBatchState, **changes: Any) -> bool:
    """Whether it was as `group` says, and is `to` now, with `changes`."""
    rows = ProviderBatch.objects.filter(pk=group.pk, state=group.state)
    moved = bool(rows.update(state=to, **changes))
    group.refresh_from_db(fields=["state", *changes])
    return moved


def note(group: ProviderBatch, **changes: Any) -> None:
    ProviderBatch.objects.filter(pk=group.pk).update(**changes)
    for name, value in changes.items():
        setattr(group, name, value)


def waiting(group: ProviderBatch) -> list[ProviderLine]:
    rows = ProviderLine.objects.filter(provider_batch=group, state=ProviderLineState.WAITING)
    return list(rows.select_related("item").order_by("item__number"))


def states_of(request_ids: Collection[UUID]) -> dict[UUID, str]:
    """Of the requests that were claimed."""
    return dict(Request.objects.filter(pk__in=request_ids).values_list("pk", "state"))


def outcome_of(request_id: UUID) -> str:
    return Request.objects.values_list("outcome", flat=True).get(pk=request_id)


def started(request_ids: Collection[UUID]) -> dict[UUID, int]:
    """When the attempt was told to the register (µs), of the requests of which it was."""
    told = Entry.objects.filter(request_id__in=request_ids, event_type="attempt.started")
    rows = told.values_list("request_id", "occurred_at")
    return {request_id: to_us(at) for request_id, at in rows if request_id is not None}


@transaction.atomic
def answer(group: ProviderBatch, line: ProviderLine, *, status: int, said: bytes) -> None:
    """The line of the batch's file, once."""
    if _end(line, ProviderLineState.ANSWERED):
        work = Work(line.item_id, line.item.number, line.item.custom_id, b"")
        batches.record(group.batch, work, status=status, line=said, request_id=line.request_id)


def ask_again(line: ProviderLine) -> None:
    """The line is work again, as any other, and won't come here any more."""
    _end(line, ProviderLineState.AGAIN)


def _end(line: ProviderLine, state: ProviderLineState) -> bool:
    rows = ProviderLine.objects.filter(pk=line.pk, state=ProviderLineState.WAITING)
    return bool(rows.update(state=state, sealed=b""))

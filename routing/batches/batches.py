"""What a batch goes through. A change of state is a conditional update, so that two callers can't both win.

validating → in_progress → finalizing → completed | cancelled | expired; validating → failed. Cancelling is a
state of its own: lines that run come to their end, the rest never begins.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from audit.services import entries
from registry.models import User
from routing.batches import files
from routing.batches.lines import ENDPOINTS, Line, read, unanswered
from routing.batches.sealing import opened, seal
from routing.errors import FileUnreadable, InvalidRequest
from routing.models import (
    Batch,
    BatchItem,
    BatchState,
    FileLine,
    ProviderLineState,
    Purpose,
    StoredFile,
)

WINDOW = timedelta(hours=24)
LEASE = timedelta(seconds=60)
MAX_METADATA = 16
MAX_METADATA_CHARS = 512
MAX_LIVE_OF_TEAM = 50
CLOSED_AT_ONCE = 500
OPEN = (BatchState.VALIDATING, BatchState.IN_PROGRESS)
ERROR_STATUS = 400
_CODES = {
    BatchState.CANCELLED: ("batch_cancelled", "The batch was cancelled before this request was run."),
    BatchState.EXPIRED: ("batch_expired", "The batch expired before this request was run."),
}


@dataclass(frozen=True, slots=True)
class Work:
    """A line that is to be run."""

    item: int
    number: int
    custom_id: str
    sealed: bytes
    was_sent: bool = False  # by its provider's batch service, which did not answer it


@transaction.atomic
def create(
    *,
    team_id: str,
    key_prefix: str,
    input_id: UUID,
    endpoint: str,
    labels: Mapping[str, str],
    metadata: Mapping[str, Any] | None,
) -> Batch:
    """A batch that waits for its first slice. Raises InvalidRequest."""
    if endpoint not in ENDPOINTS:
        raise InvalidRequest(f"Invalid 'endpoint': it must be one of {', '.join(ENDPOINTS)}.", "endpoint")
    _check_metadata(metadata or {})
    file = files.found(team_id=team_id, file_id=input_id)
    if file is None or file.purpose != Purpose.BATCH:
        raise InvalidRequest("Invalid 'input_file_id': no such file of requests.", "input_file_id")
    if Batch.objects.filter(team_id=team_id, state__in=files.LIVE).count() >= MAX_LIVE_OF_TEAM:
        raise InvalidRequest(f"The team has {MAX_LIVE_OF_TEAM} batches that have not ended.")
    now = timezone.now()
    return Batch.objects.create(
        team_id=team_id,
        key_prefix=key_prefix,
        endpoint=endpoint,
        labels=dict(labels),
        metadata=metadata,
        input_id=file.pk,
        created_at=now,
        expires_at=now + WINDOW,
    )


def _check_metadata(metadata: Mapping[str, Any]) -> None:
    short = all(
        isinstance(value, str) and len(name) + len(value) <= 2 * MAX_METADATA_CHARS
        for name, value in metadata.items()
    )
    if len(metadata) > MAX_METADATA or not short:
        raise InvalidRequest(f"Invalid 'metadata': at most {MAX_METADATA} short texts.", "metadata")


def found(*, team_id: str, batch_id: UUID) -> Batch | None:
    return Batch.objects.filter(pk=batch_id, team_id=team_id).first()


def listed(*, team_id: str, limit: int, after: UUID | None) -> list[Batch]:
    """The newest first."""
    rows = Batch.objects.filter(team_id=team_id)
    if after is not None:
        rows = rows.filter(pk__lt=after)
    return list(rows.order_by("-id")[: min(limit, files.MAX_LISTED) + 1])


def cancel(batch: Batch) -> Batch:
    """Raises InvalidRequest for one that has ended."""
    if not _move(batch, OPEN, BatchState.CANCELLING) and batch.state != BatchState.CANCELLING:
        raise InvalidRequest(f"The batch is {batch.state}, so it can't be cancelled.")
    return batch


@transaction.atomic
def cancel_by(*, actor: User, batch: Batch) -> Batch:
    """As `cancel`, by a person, on record."""
    told = {"batch": str(batch.pk), "team": batch.team.name, "actor": entries.actor_of(actor)}
    cancelled = cancel(batch)
    entries.record("batch.cancelled", told)
    return cancelled


def lease(batch_id: UUID, *, at_once: int) -> Batch | None:
    """The batch, where it has not ended, nobody works on it and fewer than `at_once` others are worked on;
    from now on the caller works on it. One that is only to be closed waits for no other."""
    now = timezone.now()
    is_full = Batch.objects.filter(leased_until__gte=now).exclude(pk=batch_id).count() >= at_once
    if is_full and Batch.objects.filter(pk=batch_id, state__in=OPEN).exists():
        return None
    free = Q(leased_until__isnull=True) | Q(leased_until__lt=now)
    taken = Batch.objects.filter(free, pk=batch_id, state__in=files.LIVE).update(leased_until=now + LEASE)
    return Batch.objects.get(pk=batch_id) if taken else None


def renew(batch_id: UUID) -> None:
    Batch.objects.filter(pk=batch_id).update(leased_until=timezone.now() + LEASE)


def release(batch_id: UUID) -> None:
    Batch.objects.filter(pk=batch_id).update(leased_until=None)


def left_alone() -> list[UUID]:
    """Batches that nobody works on: their task was lost, or is late."""
    now = timezone.now()
    free = Q(leased_until__isnull=True) | Q(leased_until__lt=now)
    return list(Batch.objects.filter(free, state__in=files.LIVE).values_list("pk", flat=True))


@transaction.atomic
def prepare(batch: Batch) -> None:
    """From its lines to its items; a batch whose input can't be run has failed."""
    file = StoredFile.objects.filter(pk=batch.input_id).first()
    if file is None:
        return _fail(batch, "The input file is gone.", None, "input_file_id")
    items: dict[str, BatchItem] = {}
    for number, sealed in enumerate(files.lines_of(file), 1):
        try:
            line = _line(sealed, batch.endpoint, items)
        except InvalidRequest as error:
            return _fail(batch, str(error), number, error.param)
        except FileUnreadable as error:
            return _fail(batch, str(error), number, None)
        items[line.custom_id] = BatchItem(batch=batch, number=number, custom_id=line.custom_id)
    BatchItem.objects.bulk_create(items.values(), batch_size=files.WRITTEN_AT_ONCE)
    batch.total = len(items)
    batch.output_file, batch.error_file = (
        files.new(
            team_id=str(batch.team_id), filename=f"{batch.pk}_{name}.jsonl", purpose=Purpose.BATCH_OUTPUT
        )
        for name in ("output", "error")
    )
    batch.save(update_fields=["total", "output_file", "error_file"])
    _move(batch, (BatchState.VALIDATING,), BatchState.IN_PROGRESS)
    return None


def _line(sealed: bytes, endpoint: str, known: Mapping[str, BatchItem]) -> Line:
    line = read(opened(sealed), endpoint)
    if line.custom_id in known:
        raise InvalidRequest("The custom_id is used twice.", "custom_id")
    return line


def _fail(batch: Batch, message: str, line: int | None, param: str | None) -> None:
    batch.problem = {"code": "invalid_request", "message": message, "line": line, "param": param}
    batch.save(update_fields=["problem"])
    _move(batch, (BatchState.VALIDATING,), BatchState.FAILED)


def work(batch: Batch, *, after: int, limit: int) -> list[Work]:
    """What is left to run, in order, behind the line `after`: what a provider's batch has is not."""
    items = BatchItem.objects.filter(batch=batch, status__isnull=True, number__gt=after)
    items = items.exclude(sent__state=ProviderLineState.WAITING)
    rows = list(items.select_related("sent").order_by("number")[:limit])
    lines = FileLine.objects.filter(file_id=batch.input_id, number__in=[row.number for row in rows])
    sealed = dict(lines.values_list("number", "sealed"))
    return [
        Work(row.pk, row.number, row.custom_id, bytes(sealed.get(row.number, b"")), hasattr(row, "sent"))
        for row in rows
    ]


def is_open(batch_id: UUID) -> bool:
    """Whether further lines may begin."""
    return Batch.objects.filter(pk=batch_id, state=BatchState.IN_PROGRESS).exists()


@transaction.atomic
def record(batch: Batch, done: Work, *, status: int, line: bytes, request_id: UUID | None = None) -> None:
    """The answer of one line, once."""
    items = BatchItem.objects.filter(pk=done.item, status__isnull=True)
    if not items.update(status=status, request_id=request_id):
        return
    ok = status < ERROR_STATUS
    _append(batch.output_file if ok else batch.error_file, {done.number: line})
    count = "completed" if ok else "failed"
    Batch.objects.filter(pk=batch.pk).update(**{count: F(count) + 1})


def _append(file: StoredFile | None, lines: Mapping[int, bytes]) -> None:
    if file is None:  # it was deleted
        return
    rows = [FileLine(file=file, number=number, sealed=seal(line)) for number, line in lines.items()]
    FileLine.objects.bulk_create(rows)
    size = sum(len(line) + 1 for line in lines.values())
    StoredFile.objects.filter(pk=file.pk).update(size_bytes=F("size_bytes") + size)


def close(batch: Batch, end: BatchState) -> None:
    """The end: what was never run is told so, in bounded steps; files without a line are dropped."""
    _move(batch, (*OPEN, BatchState.CANCELLING), BatchState.FINALIZING)
    code, message = _CODES.get(end, ("", ""))
    while rest := work(batch, after=0, limit=CLOSED_AT_ONCE):
        with transaction.atomic():
            told = {
                each.number: unanswered(
                    item=item_id(batch, each.number), custom_id=each.custom_id, code=code, message=message
                )
                for each in rest
            }
            _append(batch.error_file, told)
            BatchItem.objects.filter(pk__in=[each.item for each in rest]).update(status=0)
            Batch.objects.filter(pk=batch.pk).update(failed=F("failed") + len(rest))
    for name in ("output_file", "error_file"):
        file = getattr(batch, name)
        if file is not None and not file.lines.exists():
            file.delete()
    _move(batch, (BatchState.FINALIZING,), end)


def item_id(batch: Batch, number: int) -> str:
    return f"batch_req_{batch.pk.hex}_{number}"


def _move(batch: Batch, states: tuple[BatchState, ...], to: BatchState) -> bool:
    moments = {**batch.moments, to.value: int(timezone.now().timestamp())}
    moved = Batch.objects.filter(pk=batch.pk, state__in=states).update(state=to, moments=moments)
    batch.refresh_from_db()
    return bool(moved)

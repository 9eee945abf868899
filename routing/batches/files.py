"""What a team stores: files of lines, bounded in all ways, each gone after KEPT_FOR."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from uuid import UUID

from django.db import transaction
from django.db.models import Count, QuerySet, Sum
from django.utils import timezone

from routing.batches.sealing import seal
from routing.errors import InvalidRequest
from routing.models import Batch, BatchState, FileLine, Purpose, StoredFile
from routing.models.batch import MAX_FILENAME_CHARS

KEPT_FOR = timedelta(days=7)
MAX_LINES = 10_000
MAX_TEAM_BYTES = 1024 * 1024 * 1024
MAX_LISTED = 100
WRITTEN_AT_ONCE = 500
LIVE = (BatchState.VALIDATING, BatchState.IN_PROGRESS, BatchState.FINALIZING, BatchState.CANCELLING)


@transaction.atomic
def store(*, team_id: str, filename: str, data: bytes) -> StoredFile:
    """Keep a file of requests. Raises InvalidRequest where it is too long, or the team has too much."""
    lines = [line for line in data.split(b"\n") if line.strip()]
    if not 0 < len(lines) <= MAX_LINES:
        raise InvalidRequest(f"Invalid 'file': it must have 1 to {MAX_LINES} lines.", "file")
    held = StoredFile.objects.filter(team_id=team_id).aggregate(sum=Sum("size_bytes"))["sum"] or 0
    if held + len(data) > MAX_TEAM_BYTES:
        raise InvalidRequest(f"The team's files would pass {MAX_TEAM_BYTES} bytes; delete some.", "file")
    file = new(team_id=team_id, filename=filename, purpose=Purpose.BATCH, size_bytes=len(data))
    rows = (FileLine(file=file, number=number, sealed=seal(line)) for number, line in enumerate(lines, 1))
    while chunk := list(islice(rows, WRITTEN_AT_ONCE)):
        FileLine.objects.bulk_create(chunk)
    return file


def new(*, team_id: str, filename: str, purpose: Purpose, size_bytes: int = 0) -> StoredFile:
    now = timezone.now()
    return StoredFile.objects.create(
        team_id=team_id,
        filename=filename[:MAX_FILENAME_CHARS],
        purpose=purpose,
        size_bytes=size_bytes,
        created_at=now,
        expires_at=now + KEPT_FOR,
    )


def counted(rows: QuerySet[StoredFile]) -> QuerySet[StoredFile]:
    """Each with `line_count`."""
    return rows.annotate(line_count=Count("lines"))


def found(*, team_id: str, file_id: UUID) -> StoredFile | None:
    return StoredFile.objects.filter(pk=file_id, team_id=team_id).first()


def listed(*, team_id: str, limit: int, after: UUID | None, purpose: str) -> list[StoredFile]:
    """The newest first."""
    rows = StoredFile.objects.filter(team_id=team_id)
    if after is not None:
        rows = rows.filter(pk__lt=after)
    if purpose:
        rows = rows.filter(purpose=purpose)
    return list(rows.order_by("-id")[: min(limit, MAX_LISTED) + 1])


def lines_after(file: StoredFile, number: int, limit: int) -> list[tuple[int, bytes]]:
    """(number, sealed) of the lines behind `number`."""
    rows = file.lines.filter(number__gt=number).order_by("number")
    return [(at, bytes(sealed)) for at, sealed in rows.values_list("number", "sealed")[:limit]]


def lines_of(file: StoredFile) -> Iterator[bytes]:
    """Sealed, in order."""
    rows = file.lines.order_by("number").values_list("sealed", flat=True)
    return map(bytes, rows.iterator(WRITTEN_AT_ONCE))


@transaction.atomic
def delete(file: StoredFile) -> None:
    """Raises InvalidRequest while a batch needs it."""
    if Batch.objects.filter(input_id=file.pk, state__in=LIVE).exists():
        raise InvalidRequest("A batch that runs needs this file; cancel it first.", "file_id")
    file.delete()


def drop_expired() -> None:
    """Files and batches whose time is over."""
    now = timezone.now()
    StoredFile.objects.filter(expires_at__lt=now).exclude(
        pk__in=Batch.objects.filter(state__in=LIVE).values("input_id")
    ).delete()
    Batch.objects.filter(created_at__lt=now - KEPT_FOR).exclude(state__in=LIVE).delete()

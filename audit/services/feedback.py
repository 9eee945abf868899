"""What an application says of an answer: a score, and perhaps a label and a comment.

One key says one thing for one end user of one request. Who says another replaces it, and both are in the
register; who says the same again changes nothing.
"""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from audit.contents import encrypt
from audit.core.commitment import commit
from audit.core.ids import uuid7
from audit.errors import TooMuchFeedback
from audit.models import Content, Feedback, Request
from audit.services.entries import record

MAX_END_USERS = 100  # of one request
MAX_TIMES = 20  # that one of them says something else


@dataclass(frozen=True, slots=True)
class Said:
    """`score` is in thousandths. `comment` is content, and is kept only where `keeps_content`."""

    score: int
    label: str = ""
    comment: str = ""
    keeps_content: bool = False


@transaction.atomic
def give(*, request: Request, api_key: str, end_user: str, said: Said) -> Feedback:
    """What stands now. Raises TooMuchFeedback."""
    row = _standing(request, api_key, end_user)
    is_new = row is None
    if row is None:
        row = _first(request, api_key, end_user)
    before = None if row.times == 0 else row.score
    committed = _commitment(request, row.slot, said.comment)
    if before is not None and (row.score, row.label, row.comment) == (said.score, said.label, committed):
        return row
    if row.times >= MAX_TIMES:
        raise TooMuchFeedback(f"Feedback of one end user is changed at most {MAX_TIMES} times.")
    row.score, row.label, row.comment = said.score, said.label, committed
    row.times, row.given_at = row.times + 1, timezone.now()
    row.save()
    _keep(row, said, is_new=is_new)
    record("feedback.recorded", _told(request, row, before), request.pk)
    return row


def _standing(request: Request, api_key: str, end_user: str) -> Feedback | None:
    rows = Feedback.objects.select_for_update().filter(request=request, api_key=api_key, end_user=end_user)
    return rows.first()


def _first(request: Request, api_key: str, end_user: str) -> Feedback:
    """A row that nothing is said in yet. Of two that come at once for the same, the later waits for the first
    and goes on from what it said."""
    if Feedback.objects.filter(request=request).count() >= MAX_END_USERS:
        raise TooMuchFeedback(f"Feedback on one request is kept of at most {MAX_END_USERS} end users.")
    row, _ = Feedback.objects.select_for_update().get_or_create(
        request=request,
        api_key=api_key,
        end_user=end_user,
        defaults={"score": 0, "times": 0, "given_at": timezone.now()},
    )
    return row


def _commitment(request: Request, slot: str, comment: str) -> str:
    """ "" of no comment. Where the salt was destroyed, so is the right to keep anything of what was said."""
    if not comment or request.content_salt is None:
        return ""
    return commit(bytes(request.content_salt), slot, comment.encode())


def _keep(row: Feedback, said: Said, *, is_new: bool) -> None:
    """The comment takes the place of an earlier one."""
    if not is_new:
        Content.objects.filter(request_id=row.request_id, slot=row.slot).delete()
    if row.comment and said.keeps_content:
        sealed = encrypt(said.comment.encode())
        Content.objects.create(id=uuid7(), request_id=row.request_id, slot=row.slot, ciphertext=sealed)


def _told(request: Request, row: Feedback, before: int | None) -> dict[str, Any]:
    who = {"api_key": row.api_key, "application": request.application, "team": request.team}
    return {
        "feedback": {
            "id": str(row.pk),
            "label": row.label,
            "replaces_score": before,
            "score": row.score,
            "times": row.times,
        },
        "who": {**who, **({"end_user": row.end_user} if row.end_user else {})},
        **({"content": {row.slot: row.comment}} if row.comment else {}),
    }

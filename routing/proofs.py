"""Held answers as they were committed to: read from where they are stored, and compared with the register."""

import logging
from dataclasses import dataclass

from audit.contents import decrypt
from audit.core.commitment import commit
from audit.models import Content, Entry, Request
from audit.selectors.verification import entry_problems
from routing.errors import AnswerChanged, AnswerGone
from routing.held import RELEASED_SLOT, SLOT
from routing.models import HeldAnswer, HeldState

logger = logging.getLogger(__name__)

EVENTS = {SLOT: "review.requested", RELEASED_SLOT: "review.released"}


@dataclass(frozen=True, slots=True)
class Proven:
    """An answer, and the commitment that it meets."""

    answer: bytes
    commitment: str


def held(row: HeldAnswer) -> Proven:
    """The answer as the models gave it. Raises AnswerGone, AnswerChanged."""
    return _proven(row, SLOT)


def released(row: HeldAnswer) -> bytes:
    """The answer as it was released. Raises AnswerGone, AnswerChanged, also where the register knows of no
    release or of another one."""
    entry = _entry(row, EVENTS[RELEASED_SLOT])
    if row.state != HeldState.RELEASED or entry is None or _is_broken(entry):
        raise _changed(row)
    slot = RELEASED_SLOT if entry.data.get("review", {}).get("edited") else SLOT
    return _proven(row, slot).answer


def _proven(row: HeldAnswer, slot: str) -> Proven:
    content = Content.objects.filter(request_id=row.pk, slot=slot).first()
    salt = Request.objects.values_list("content_salt", flat=True).filter(pk=row.pk).first()
    answer = decrypt(bytes(content.ciphertext)) if content is not None else None
    if answer is None or salt is None:
        raise AnswerGone
    entry = _entry(row, EVENTS[slot])
    committed = entry.data.get("content", {}).get(slot) if entry is not None else None
    if entry is None or _is_broken(entry) or commit(bytes(salt), slot, answer) != committed:
        raise _changed(row)
    return Proven(answer, committed)


def _entry(row: HeldAnswer, event_type: str) -> Entry | None:
    """The first: what comes later under the same name changes nothing."""
    found = Entry.objects.filter(request_id=row.pk, event_type=event_type)
    return found.order_by("occurred_at", "event_id").first()


def _is_broken(entry: Entry) -> bool:
    return bool(entry_problems(entry))


def _changed(row: HeldAnswer) -> AnswerChanged:
    logger.error("a held answer is not what was committed to", extra={"request_id": str(row.pk)})
    return AnswerChanged()

"""Deciding on answers that wait for a person. Each is decided on once, by somebody within whose reach it is
and who did not ask for it; what is released is what was committed to, or what the reviewer wrote instead."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from audit import scopes
from audit.contents import decrypt, encrypt
from audit.core.commitment import commit
from audit.core.ids import uuid7
from audit.models import Content, Request
from audit.services import entries
from registry.models import NoticeKind, User
from registry.selectors import live_release
from registry.services import notices
from routing import proofs
from routing.core.compose import transcript
from routing.core.normalise import normalise
from routing.core.release import Release
from routing.core.reviewing import with_words, words_of
from routing.detection.catalogue import DETECTORS
from routing.detection.finding import TooMuch
from routing.errors import AnswerUnfit, NotForReview, NotWaiting, ReviewError
from routing.held import RELEASED_SLOT, SLOT
from routing.lane.guard import rules_of
from routing.models import HeldAnswer, HeldState
from routing.schemas import problems_with
from routing.selectors import compile_release

PERMISSION = "routing.review_answers"
MAX_REASON_CHARS = 2_000
MAX_ANSWER_CHARS = 200_000
MAX_AT_ONCE = 500  # that expire in one go


@dataclass(frozen=True, slots=True)
class Opened:
    """What a reviewer is shown. `words` is None where the answer can only be released as it is."""

    request: str
    answer: str
    words: str | None
    commitment: str


def within_reach(reviewer: User) -> QuerySet[HeldAnswer]:
    """What the person may decide on, whatever became of it; nothing without the right."""
    if not reviewer.has_perm(PERMISSION):
        return HeldAnswer.objects.none()
    rows = scopes.visible(reviewer, HeldAnswer.objects.all())
    return rows.exclude(asked_by=reviewer.get_username())


@transaction.atomic
def read(*, request_id: UUID, reviewer: User) -> Opened:
    """Request and answer in clear, and a `content.read` entry in the same transaction. Raises ReviewError."""
    row = _reachable(request_id, reviewer)
    found = proofs.held(row)
    slots = Content.objects.filter(request_id=row.pk, slot__in=(Content.Slot.REQUEST, Content.Slot.SYSTEM))
    contents = {content.slot: decrypt(bytes(content.ciphertext)) or b"" for content in slots}
    told = {"actor": entries.actor_of(reviewer), "request": str(row.pk), "slots": [*sorted(contents), SLOT]}
    entries.record("content.read", {**told, "purpose": "review"}, row.pk)
    own = words_of(found.answer)
    answer = own if own is not None else json.dumps(json.loads(found.answer), ensure_ascii=False, indent=2)
    return Opened(_conversation(contents), answer, own, found.commitment)


@transaction.atomic
def release(
    *, request_id: UUID, reviewer: User, reason: str, seen: str, words: str | None = None
) -> HeldAnswer:
    """Let the application have the answer that was `seen` (its commitment), or one with `words` instead.

    Raises NotForReview, NotWaiting, AnswerGone, AnswerChanged, AnswerUnfit.
    """
    row = _reachable(request_id, reviewer)
    found = proofs.held(row)
    if found.commitment != seen:
        raise ReviewError("This is not the answer that you were shown. Look at it again.")
    own = words_of(found.answer)
    edited = words is not None and (own is None or words != _as_browsers_send(own))
    if edited and own is None:
        raise AnswerUnfit("This answer can't be changed: release it as it is, or refuse it.")
    _decide(row, HeldState.RELEASED, reviewer=reviewer, reason=reason, edited=edited)
    content = {SLOT: found.commitment}
    if edited:
        assert words is not None
        _check_fits(row, words)
        content = {RELEASED_SLOT: _stored(row, with_words(found.answer, words))}
    _record(row, reviewer, content)
    return row


@transaction.atomic
def refuse(*, request_id: UUID, reviewer: User, reason: str) -> HeldAnswer:
    """The application never has the answer. Raises NotForReview, NotWaiting."""
    row = _reachable(request_id, reviewer)
    _decide(row, HeldState.REFUSED, reviewer=reviewer, reason=reason)
    _record(row, reviewer)
    return row


def expire_due(now: datetime) -> int:
    """Refuse what nobody decided on in time; how many."""
    due = HeldAnswer.objects.filter(state=HeldState.HELD, expires_at__lte=now).order_by("expires_at")
    return sum(_expire(row) for row in due[:MAX_AT_ONCE])


@transaction.atomic
def note_given(row: HeldAnswer) -> None:
    """The application has the released answer: on record, the first time."""
    given = HeldAnswer.objects.filter(pk=row.pk, given_at__isnull=True).update(given_at=timezone.now())
    if given:
        entries.record("review.given", {"request": str(row.pk), "application": row.application}, row.pk)


@transaction.atomic
def _expire(row: HeldAnswer) -> bool:
    try:
        _decide(row, HeldState.EXPIRED, reviewer=None, reason="Nobody decided on it in time.")
    except NotWaiting:
        return False
    _record(row, None)
    return True


def _reachable(request_id: UUID, reviewer: User) -> HeldAnswer:
    row = within_reach(reviewer).filter(pk=request_id).first()
    if row is None:
        raise NotForReview
    return row


def _decide(
    row: HeldAnswer,
    state: HeldState,
    *,
    reviewer: User | None,
    reason: str,
    edited: bool = False,
) -> None:
    """A conditional update before all else, so that of two who decide at once one comes too late."""
    now, reason = timezone.now(), reason.strip()[:MAX_REASON_CHARS]
    if not reason:
        raise ReviewError("Say why.")
    waiting = HeldAnswer.objects.filter(pk=row.pk, state=HeldState.HELD)
    if reviewer is not None:
        waiting = waiting.filter(expires_at__gt=now)
    decided = {
        "state": state.value,
        "decided_at": now,
        "decided_by_name": reviewer.get_username() if reviewer is not None else "",
        "decision_reason": reason,
        "edited": edited,
    }
    if waiting.update(**decided) != 1:
        raise NotWaiting
    for name, value in decided.items():
        setattr(row, name, value)


def _record(row: HeldAnswer, reviewer: User | None, content: dict[str, str] | None = None) -> None:
    assert row.decided_at is not None
    waited_s = int((row.decided_at - row.held_at).total_seconds())
    body: dict[str, Any] = {
        "actor": entries.actor_of(reviewer),
        "request": str(row.pk),
        "review": {"reason": row.decision_reason, "edited": row.edited, "waited_s": waited_s},
    }
    if content:
        body["content"] = content
    entries.record(f"review.{row.state}", body, row.pk)
    _tell(row)


def _tell(row: HeldAnswer) -> None:
    """Webhooks hear of it: whoever runs the application need not ask again and again."""
    notices.tell(
        kind=NoticeKind.REVIEW_DECIDED,
        subject=f"Answer {row.state}: {row.application}",
        text=f"GET /v1/requests/{row.pk} gives what became of it.",
    )


def _stored(row: HeldAnswer, answer: bytes) -> str:
    """Keeps the changed answer; the commitment to it."""
    salt = Request.objects.values_list("content_salt", flat=True).get(pk=row.pk)
    assert salt is not None  # the answer that was held has just been proven with it
    Content.objects.create(id=uuid7(), request_id=row.pk, slot=RELEASED_SLOT, ciphertext=encrypt(answer))
    return commit(bytes(salt), RELEASED_SLOT, answer)


def _check_fits(row: HeldAnswer, words: str) -> None:
    """What detection rules let out, and what a task declares, holds for what a person writes too, by the
    release in force."""
    if len(words) > MAX_ANSWER_CHARS:
        raise AnswerUnfit(f"An answer is at most {MAX_ANSWER_CHARS} characters long.")
    live, name = live_release(), Request.objects.values_list("task", flat=True).get(pk=row.pk)
    if live is None:
        return
    release = compile_release(live.number, live.digest, live.document)
    _check_may_go_out(release, words)
    task = release.tasks.get(name)
    if task is None or task.output is None:
        return
    found = normalise(words, task.output)
    problems = found.problems or problems_with(found.value, task.output.schema_text)
    if problems or found.steps:
        why = "; ".join(problems) or "it would have to be put right"
        raise AnswerUnfit(f"It is not what the task {name} declares: {why}.")


def _check_may_go_out(release: Release, words: str) -> None:
    """A person is told what a rule would take out, and leaves it out themselves."""
    rules = rules_of(release)
    if rules is None:
        return
    try:
        found = {finding.detector for finding in rules.scanner.scan(words)}
    except TooMuch as error:
        raise AnswerUnfit("It can't be said what these words hold.") from error
    barred = sorted(DETECTORS[name].words for name in found & (rules.redacts | rules.cuts))
    if barred:
        raise AnswerUnfit(f"A rule lets this out of no answer: {', '.join(barred)}.")


def _as_browsers_send(text: str) -> str:
    """A form's text comes back with other ends of lines, which changes nothing of what it says."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _conversation(contents: dict[str, bytes]) -> str:
    """Who said what; what is not text is named."""
    request = json.loads(contents.get(Content.Slot.REQUEST) or b"{}")
    system = json.loads(contents.get(Content.Slot.SYSTEM) or b"[]")
    return transcript({**request, "messages": [*system, *request.get("messages", ())]})

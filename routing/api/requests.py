"""GET /v1/requests/{id}: what became of a request of this application, and an answer that was released."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.request import Request

from audit.models import Entry
from audit.models import Request as Recorded
from registry.directory import Consumer
from routing import proofs
from routing import runtime as runtimes
from routing.api.base import AsyncAPIView
from routing.api.errors import ApiError
from routing.api.listing import json_answer
from routing.api.off_loop import in_thread
from routing.api.suspended import refuse_kept
from routing.errors import ReviewError
from routing.models import HeldAnswer, HeldState
from routing.runtime import Runtime
from routing.services import reviews
from routing.surfaces.chat import CHAT, CHAT_REPLY
from routing.surfaces.completions import COMPLETIONS, CompletionsReply
from routing.surfaces.contract import Reply
from routing.surfaces.messages import MESSAGES, MessagesReply
from routing.surfaces.responses import RESPONSES, ResponsesReply
from routing.surfaces.responses_answer import repeated


@dataclass(frozen=True, slots=True)
class Found:
    """A request as its application may know it. `held` is None where its answer never waited for a person."""

    row: Recorded
    held: HeldAnswer | None
    surface: str = CHAT.name
    answer: bytes | None = None


class RequestDetail(AsyncAPIView):
    async def get(self, request: Request, name: str) -> HttpResponseBase:
        consumer: Consumer = request.user  # type: ignore[assignment]
        request_id, runtime = _id_of(name), runtimes.get()
        found = await in_thread(lambda: _found(request_id, consumer)) if request_id else None
        if found is None:
            raise ApiError("not_found", "No such request of this application.", param="id")
        if found.held is not None and found.held.state == HeldState.RELEASED:
            _refuse_stopped(runtime, consumer, found.row)
            found = await in_thread(partial(_with_answer, found))
        return json_answer(_view(found, timezone.now()))


def _id_of(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None


def _found(request_id: UUID, consumer: Consumer) -> Found | None:
    """Nothing of another application's: it learns no more than of what is not there."""
    mine = Recorded.objects.filter(pk=request_id, team=consumer.team, application=consumer.application)
    row = mine.first()
    if row is None:
        return None
    return Found(row, HeldAnswer.objects.filter(pk=row.pk).first())


def _refuse_stopped(runtime: Runtime, consumer: Consumer, row: Recorded) -> None:
    """A key gets no answer above its clearance, and nobody one of what is suspended by now."""
    classes = runtime.release.data_classes if runtime.release is not None else {}
    cleared, needed = classes.get(consumer.clearance), classes.get(row.data_class)
    if cleared is None or needed is None or cleared.rank < needed.rank:
        raise ApiError("data_class_denied", f"This key may not have {row.data_class} data.")
    names = ("deployment", "model", "model_version", "provider", "policy", "rule")
    served = {f"x-signalbox-{name.replace('_', '-')}": getattr(row, name) for name in names}
    refuse_kept(runtime.directory, served)


def _with_answer(found: Found) -> Found:
    """With the answer, which is proven first. Raises ApiError (answer_lost) where it can't be."""
    assert found.held is not None
    try:
        answer = proofs.released(found.held)
    except ReviewError as error:
        raise ApiError("answer_lost", str(error), headers={"x-request-id": str(found.row.pk)}) from error
    reviews.note_given(found.held)
    accepted = Entry.objects.filter(request_id=found.row.pk, event_type="request.accepted").first()
    said = accepted.data.get("request", {}) if accepted is not None else {}
    return Found(found.row, found.held, said.get("surface", CHAT.name), answer)


def _view(found: Found, now: datetime) -> dict[str, Any]:
    row, held = found.row, found.held
    status = row.outcome or row.state
    if held is not None:
        status = held.state_at(now).value
    value: dict[str, Any] = {
        "id": str(row.pk),
        "object": "request",
        "created_at": int(row.accepted_at.timestamp()),
        "operation": row.operation,
        "status": status,
        "error_code": row.error_code or None,
        "review": None if held is None else _review(held),
        "answer": None,
    }
    if found.answer is not None:
        value["answer"] = msgspec.Raw(_reply(found.surface).whole(found.answer))
    return value


def _review(held: HeldAnswer) -> dict[str, Any]:
    decided = held.decided_at
    return {
        "held_at": int(held.held_at.timestamp()),
        "expires_at": int(held.expires_at.timestamp()),
        "decided_at": int(decided.timestamp()) if decided is not None else None,
        "edited": held.edited,
    }


def _reply(surface: str) -> Reply:
    """How the surface that was asked words it. What an answer repeats of its request has its defaults."""
    return _REPLIES.get(surface, CHAT_REPLY)


_REPLIES: dict[str, Reply] = {
    MESSAGES.name: MessagesReply(),
    RESPONSES.name: ResponsesReply(repeated({})),
    COMPLETIONS.name: CompletionsReply(""),
}

"""An answer that waits, written as a worker writes it: content, commitment, row."""

import json
from datetime import timedelta
from typing import Any

from django.utils import timezone

from audit.contents import encrypt
from audit.core.commitment import commit
from audit.core.ids import uuid7
from audit.models import Content, Request
from audit.services.entries import record
from routing.models import HeldAnswer

SALT = b"s" * 32
SAID = "The total is 41."


def answer(text: str = SAID, **message: Any) -> bytes:
    said = {"role": "assistant", "content": text, **message}
    choice = {"index": 0, "message": said, "finish_reason": "stop", "logprobs": None}
    usage = {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8}
    value = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "large"}
    return json.dumps({**value, "choices": [choice], "usage": usage}).encode()


def held(said: bytes | None = None, *, surface: str = "chat", task: str = "", **fields: Any) -> HeldAnswer:
    now, said = timezone.now(), answer() if said is None else said
    who = {"team": "payments", "application": "invoices", **fields}
    request = Request.objects.create(
        id=uuid7(),
        accepted_at=now,
        state="finished",
        outcome="held",
        operation="chat",
        team=who["team"],
        application=who["application"],
        data_class="internal",
        deployment="large-eu",
        task=task,
        error_code="held_for_review",
        finished_at=now,
        content_salt=SALT,
    )
    asked = json.dumps({"messages": [{"role": "user", "content": "What is the total?"}]}).encode()
    for slot, content in (("request", asked), ("held", said)):
        Content.objects.create(id=uuid7(), request_id=request.pk, slot=slot, ciphertext=encrypt(content))
    record("request.accepted", {"request": {"id": str(request.pk), "surface": surface}}, request.pk)
    told = {"review": {"path": "0.0"}, "content": {"held": commit(SALT, "held", said)}}
    record("review.requested", told, request.pk)
    given = {"held_at": now, "expires_at": now + timedelta(hours=72), "reason": "100 of 700: wrong", **who}
    return HeldAnswer.objects.create(request_id=request.pk, data_class="internal", path="0.0", **given)

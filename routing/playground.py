"""Requests that a person sends from the admin, as an application: through the same gate as any other.

Admission, budgets, limits, the matrix and the register know no playground; what they are told beside is who
sent it. Several are sent at once, each a request of its own.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from audit.core.ids import uuid7
from registry.directory import Consumer
from routing.admission import now_us
from routing.api.answers import whole
from routing.api.completions import begin
from routing.api.errors import ApiError
from routing.api.labels import Labels
from routing.ask import Ask
from routing.errors import InvalidRequest
from routing.runtime import Runtime
from routing.surfaces.chat import CHAT

MAX_AT_ONCE = 3
SCOPE = "chat"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked, once for each of `models`: names as an application writes them."""

    models: tuple[str, ...]
    messages: tuple[dict[str, str], ...]
    labels: Labels
    max_output_tokens: int | None = None
    drill: str = ""  # the provider that fails on purpose


@dataclass(frozen=True, slots=True)
class Sent:
    """`error` is the API's code and message; `text` what was answered."""

    request_id: UUID
    requested: str
    text: str = ""
    error: str = ""
    took_ms: int = 0


def consumer_of(runtime: Runtime, prefix: str) -> Consumer | None:
    """Whoever the key is of, where it may be used for this now."""
    directory = runtime.directory
    consumer = directory.by_prefix.get(prefix) if directory else None
    if consumer is None or SCOPE not in consumer.scopes:
        return None
    expired = consumer.expires_at_us is not None and consumer.expires_at_us <= now_us()
    return None if expired else consumer


async def send(runtime: Runtime, consumer: Consumer, wanted: Wanted, person: str) -> list[Sent]:
    """All of them at once; each ends in an answer or in what the API would have said."""
    asks = [ask_of(consumer, wanted, model, person) for model in wanted.models[:MAX_AT_ONCE]]
    return await asyncio.gather(*(sent(runtime, ask) for ask in asks))


async def sent(runtime: Runtime, ask: Ask | Sent) -> Sent:
    """What came of it; what can't be asked comes back as it is."""
    if isinstance(ask, Sent):
        return ask
    began = time.monotonic()
    try:
        response = await whole(await begin(runtime, ask))
    except ApiError as error:
        said = f"{error.code}: {error.fault.message}"
        return Sent(ask.request_id, ask.body.model, error=said, took_ms=_since(began))
    text = text_of(msgspec.json.decode(response.content))
    return Sent(ask.request_id, ask.body.model, text=text, took_ms=_since(began))


def ask_of(consumer: Consumer, wanted: Wanted, model: str, person: str) -> Ask | Sent:
    """The request for one of the models, or what is wrong with it."""
    request_id = uuid7()
    body: dict[str, Any] = {"model": model, "messages": list(wanted.messages)}
    if wanted.max_output_tokens is not None:
        body["max_tokens"] = wanted.max_output_tokens
    try:
        read, reply = CHAT.read(msgspec.json.encode(body))
    except InvalidRequest as error:
        return Sent(request_id, model, error=str(error))
    return Ask(request_id, now_us(), consumer, read, wanted.labels, reply, person, drill=wanted.drill)


def text_of(answer: Sequence[Any] | dict[str, Any]) -> str:
    """What was said in an answer of chat completions; what was called, where it calls tools."""
    choices = answer.get("choices", []) if isinstance(answer, dict) else []
    parts = []
    for choice in choices:
        message = choice.get("message", {})
        parts.append(message.get("content") or message.get("refusal") or "")
    return "\n\n".join(part for part in parts if part)


def _since(began: float) -> int:
    return int((time.monotonic() - began) * 1000)

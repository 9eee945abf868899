"""Running a request once under its Idempotency-Key, and giving its first result again.

A request with a key runs to its end even when its client leaves: that client will come back for the result.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Self
from uuid import UUID

import msgspec
from django.http import HttpResponse
from django.http.response import HttpResponseBase

from billing.errors import BillingError
from routing.admission import now_us
from routing.api.completion import Exchange
from routing.api.errors import ApiError
from routing.api.idempotency import RUNNING, Record, Result, Slot, slot_for
from routing.api.lost import state_of
from routing.api.stream import EventStream, Parts
from routing.api.suspended import refuse_caller, refuse_kept
from routing.ask import Ask
from routing.runtime import Runtime
from routing.surfaces.contract import Surface

log = logging.getLogger(__name__)
_pack = msgspec.msgpack.Encoder().encode

REPLAYED = "idempotent-replayed"
SETTLING_S = 0.5  # between a request's end on record and its result being kept
FORGOTTEN_AFTER_S = 2 * 3600  # past every deadline: whoever took the slot died before anything ran

Begin = Callable[[], Awaitable[Exchange]]
Answer = Callable[[Exchange], Awaitable[HttpResponseBase]]


async def once(
    runtime: Runtime, key: str, ask: Ask, *, run: Begin, answer: Answer, beside: Sequence[Ask] = ()
) -> HttpResponseBase:
    """The first result under `key`: made now, or given again. Raises ApiError.

    `beside` are the others that were asked for in the same words: another list of them is another request.
    """
    others = [other.body.request for other in beside]
    said = _pack((ask.reply.surface.name, ask.body.request, ask.labels, *others))
    slot = slot_for(
        ask.consumer.application_id, key, body=said, request_id=str(ask.request_id), now_us=ask.accepted_us
    )
    try:
        held = await _begun(runtime, slot)
        if held is not None:
            refuse_caller(runtime.directory, ask.consumer)
            return await _again(runtime, slot, held)
    except BillingError as error:
        message = "Idempotency keys can't be checked, so nothing was run."
        raise ApiError("service_unavailable", message, retry_after_s=1) from error
    task = runtime.background(_run(runtime, slot, ask.reply.surface, run, answer))
    if task is None:
        await _abandon(runtime, slot)
        raise ApiError("busy", retry_after_s=1)
    task.add_done_callback(_seen)
    return await asyncio.shield(task)


async def _begun(runtime: Runtime, slot: Slot) -> Record | None:
    """As `Idempotency.begin`. Where nobody waits for its answer any more, or none came, the slot may be taken
    all the same, for a request that is never run: it is freed."""
    try:
        return await runtime.idempotency.begin(slot)
    except (BillingError, asyncio.CancelledError):
        runtime.further(_abandon(runtime, slot))
        raise


async def _run(
    runtime: Runtime, slot: Slot, surface: Surface, run: Begin, answer: Answer
) -> HttpResponseBase:
    try:
        exchange = await run()
    except BaseException:
        await _abandon(runtime, slot)
        raise
    try:
        response = await answer(exchange)
    except ApiError as error:
        response = error.response(surface)
    if isinstance(response, EventStream):
        tape = Tape(response.parts)
        runtime.further(_keep_stream(runtime, slot, tape, dict(response.items())))
        headers = {name: value for name, value in response.items() if name.lower() != "content-type"}
        return EventStream(Follower(tape), headers)
    assert isinstance(response, HttpResponse)
    await _keep(runtime, slot, Result(response.status_code, dict(response.items()), response.content))
    return response


async def _keep_stream(runtime: Runtime, slot: Slot, tape: "Tape", headers: dict[str, str]) -> None:
    await tape.record()
    await _keep(runtime, slot, Result(200, headers, b"".join(tape.parts)))


async def _keep(runtime: Runtime, slot: Slot, result: Result) -> None:
    try:
        await runtime.idempotency.finish(slot, result)
    except BillingError:
        log.warning("a result was not kept", extra={"request_id": slot.record.request_id})


async def _abandon(runtime: Runtime, slot: Slot) -> None:
    try:
        await runtime.idempotency.abandon(slot.key, slot.record)
    except BillingError:
        log.warning("an idempotency key stays taken", extra={"request_id": slot.record.request_id})


async def _again(runtime: Runtime, slot: Slot, held: Record) -> HttpResponseBase:
    """The kept result. Raises ApiError where there is none (yet), or what gave it is suspended."""
    if held.body_sha256 != slot.record.body_sha256:
        raise ApiError("idempotency_mismatch", param="Idempotency-Key")
    if held.state == RUNNING:
        held = await _settled(runtime, slot, held)
    result = runtime.idempotency.open(held)
    if result is None:
        message = f"Its answer is not kept; request {held.request_id} is on record."
        raise ApiError("answer_lost", message, headers={"x-request-id": held.request_id})
    refuse_kept(runtime.directory, result.headers)
    return HttpResponse(result.body, status=result.status, headers={**result.headers, REPLAYED: "true"})


async def _settled(runtime: Runtime, slot: Slot, held: Record) -> Record:
    """The record once its request has ended. Raises ApiError (idempotency_in_progress) while it runs."""
    state = await state_of(UUID(held.request_id))
    if state == "finished":
        await asyncio.sleep(SETTLING_S)
        return await runtime.idempotency.read(slot) or held
    if state is None and now_us() - held.started_us > FORGOTTEN_AFTER_S * 1_000_000:
        await runtime.idempotency.abandon(slot.key, held)
    raise ApiError("idempotency_in_progress", param="Idempotency-Key", retry_after_s=1)


def _seen(task: "asyncio.Task[HttpResponseBase]") -> None:
    """An error whose client has left is nobody's any more."""
    if not task.cancelled():
        task.exception()


class Tape:
    """A stream as it was, for its follower now and for those who ask again.

    Bounded by the lane's own bound.
    """

    def __init__(self, source: Parts) -> None:
        self.parts: list[bytes] = []
        self.over = False
        self.more = asyncio.Event()
        self._source = source

    async def record(self) -> None:
        try:
            async for part in self._source:
                self.parts.append(part)
                self.more.set()
        finally:
            self.over = True
            self.more.set()
            await self._source.aclose()


class Follower:
    """Reads a tape while it is recorded; leaving it does not stop the recording."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._next = 0

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        while self._next >= len(self._tape.parts):
            if self._tape.over:
                raise StopAsyncIteration
            self._tape.more.clear()
            await self._tape.more.wait()
        self._next += 1
        return self._tape.parts[self._next - 1]

    async def aclose(self) -> None:
        self._next = len(self._tape.parts)

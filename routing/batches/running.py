"""One slice of a batch: lines through the same gate as any request, several at once, for a bounded time.

Each line is a request of its own, under an idempotency key that follows from batch and line: a line whose
task died is asked again, and either its kept answer comes back or what became of it is said; it never
runs twice. What could not be run now (a limit is reached, nobody serves the queue) is left for a later slice.
"""

import asyncio
import logging
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone

from audit.core.ids import uuid7
from registry.directory import Consumer
from routing.admission import now_us
from routing.api import replays
from routing.api.completions import answer, begin
from routing.api.errors import ApiError
from routing.api.labels import read_labels
from routing.api.operation_bodies import READERS, OperationBody
from routing.api.wire import ChatBody
from routing.ask import Ask
from routing.batches import batches, lines, provider_batches
from routing.batches.batches import Work
from routing.batches.consigning import Consigner
from routing.batches.sealing import opened
from routing.core.operations import EMBEDDINGS, MODERATIONS
from routing.errors import FileUnreadable, InvalidRequest
from routing.lane.offloop import OffLoop
from routing.models import Batch, BatchState
from routing.readiness import is_ready
from routing.runtime import Runtime
from routing.surfaces.chat import CHAT_REPLY

log = logging.getLogger(__name__)

AT_ONCE = 16
SLICE_S = 10.0  # then other tasks have their turn
TAIL_S = 180.0  # for what runs by then; what takes longer is asked for by a later slice
STILL_RUNNING = "idempotency_in_progress"  # of a line whose task died: it comes to its end by itself
RENEW_EVERY_S = 15.0
SOON_S = 0.0
LATER_S = 30.0  # after a refusal that passes
_READERS = {"/v1/embeddings": READERS[EMBEDDINGS], "/v1/moderations": READERS[MODERATIONS]}


@dataclass(slots=True)
class Slice:
    batch: Batch
    runtime: Runtime
    rows: OffLoop
    consigner: Consigner
    until_s: float
    last: int = 0  # the number of the last line that was begun
    waits: bool = False  # something has to be tried again later
    is_held_up: bool = False  # and so would whatever is begun now
    queue: list[Work] = field(default_factory=list)
    fetching: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(frozen=True, slots=True)
class Done:
    """What a slice came to: when the next one is wanted, and whether others may have their turn instead."""

    again_s: float | None = None
    gave_way: bool = False


def run_slice(batch_id: UUID) -> Done:
    """One slice, unless the batch has ended, or others are worked on; then a later wake-up is for it."""
    batch = batches.lease(batch_id, at_once=settings.BATCHES_AT_ONCE)
    if batch is None:
        return Done()
    try:
        again_s = _advance(batch)
    finally:
        batches.release(batch_id)
    return Done(again_s, gave_way=again_s != SOON_S)


def _advance(batch: Batch) -> float | None:
    """Seconds until the next slice is wanted; None where none is."""
    if batch.state == BatchState.VALIDATING:
        batches.prepare(batch)
    if batch.state == BatchState.FAILED:
        return None
    if _may_run(batch) and batches.work(batch, after=0, limit=1):
        waits = asyncio.run(_run(batch))
        batch.refresh_from_db()
        if batch.state == BatchState.IN_PROGRESS and batches.work(batch, after=0, limit=1):
            provider_batches.make_ready(batch)
            return LATER_S if waits else SOON_S
    provider_batches.make_ready(batch)
    if provider_batches.has_open(batch):  # whoever carries it wakes the batch when it has ended
        if not _may_run(batch):
            provider_batches.hurry(batch)
        return None
    batches.close(batch, _end_of(batch))
    return None


def _may_run(batch: Batch) -> bool:
    return batch.state == BatchState.IN_PROGRESS and batch.expires_at > timezone.now()


def _end_of(batch: Batch) -> BatchState:
    if batch.state == BatchState.CANCELLING or BatchState.CANCELLING.value in batch.moments:
        return BatchState.CANCELLED
    return BatchState.EXPIRED if batch.expires_at <= timezone.now() else BatchState.COMPLETED


async def _run(batch: Batch) -> bool:
    """Runs lines until the slice is over; whether something has to wait."""
    loop = asyncio.get_running_loop()
    runtime, rows = Runtime(), OffLoop()
    await runtime.start()
    renewing = asyncio.create_task(_renew(batch, rows))
    try:
        if not await is_ready(runtime):
            return True
        this = Slice(batch, runtime, rows, Consigner(batch, runtime, rows.run), loop.time() + SLICE_S)
        running = [asyncio.create_task(_lane(this)) for _ in range(AT_ONCE)]
        done, late = await asyncio.wait(running, timeout=SLICE_S + TAIL_S)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        for task in done:
            task.result()
        return this.waits or bool(late)
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)
        await runtime.stop()
        rows.close()


async def _renew(batch: Batch, rows: OffLoop) -> None:
    while True:
        await asyncio.sleep(RENEW_EVERY_S)
        await rows.run(lambda: batches.renew(batch.pk))


async def _lane(this: Slice) -> None:
    while (work := await _next(this)) is not None:
        ended = await _outcome(this, work)
        if ended is None:
            continue
        await this.rows.run(partial(batches.record, this.batch, work, **ended))


async def _next(this: Slice) -> Work | None:
    """The next line; None once the time is over, a limit holds everything up, or nothing is left."""
    if this.is_held_up or asyncio.get_running_loop().time() > this.until_s:
        return None
    async with this.fetching:
        if not this.queue:
            this.queue = await this.rows.run(lambda: _page(this))
        if not this.queue:
            return None
        this.last = this.queue[0].number
        return this.queue.pop(0)


def _page(this: Slice) -> list[Work]:
    if not batches.is_open(this.batch.pk):
        return []
    return batches.work(this.batch, after=this.last, limit=AT_ONCE)


async def _outcome(this: Slice, work: Work) -> dict[str, Any] | None:
    """What to record of the answer, or None where the line has to wait, or waits at its provider."""
    item = batches.item_id(this.batch, work.number)
    request_id = uuid7()
    try:
        ask = _ask(this, work, request_id)
        if await this.consigner.take(work, ask):
            return None
        key = f"batch:{this.batch.pk}:{work.number}"
        runtime = this.runtime
        response = await replays.once(runtime, key, ask, run=lambda: begin(runtime, ask), answer=answer)
        assert isinstance(response, HttpResponse)
        told = response.get("x-request-id", str(request_id))
        status, body = response.status_code, response.content
    except ApiError as error:
        if error.row.retry:
            this.waits = True
            this.is_held_up = this.is_held_up or error.code != STILL_RUNNING
            return None
        status, body, told = error.status, error.response().content, str(request_id)
    except (InvalidRequest, FileUnreadable) as error:
        refusal = ApiError("invalid_request", str(error), param=getattr(error, "param", None))
        status, body, told = refusal.status, refusal.response().content, str(request_id)
    line = lines.answered(item=item, custom_id=work.custom_id, status=status, request_id=told, body=body)
    return {"status": status, "line": line, "request_id": UUID(told)}


def _ask(this: Slice, work: Work, request_id: UUID) -> Ask:
    """Raises InvalidRequest, FileUnreadable, ApiError."""
    batch = this.batch
    line = lines.read(opened(work.sealed), batch.endpoint)
    body: ChatBody | OperationBody
    if batch.endpoint in lines.SURFACES:
        body, reply = lines.SURFACES[batch.endpoint].read(line.body)
    else:
        body, reply = _READERS[batch.endpoint](line.body), CHAT_REPLY
    labels = read_labels(batch.labels, body.labels)
    return Ask(request_id, now_us(), _consumer(this), body, labels, reply)


def _consumer(this: Slice) -> Consumer:
    """Whoever made the batch, with what the key may at this moment."""
    directory = this.runtime.directory
    consumer = directory.by_prefix.get(this.batch.key_prefix) if directory is not None else None
    if directory is None:
        raise ApiError("service_unavailable")
    if consumer is None or (consumer.expires_at_us is not None and consumer.expires_at_us <= now_us()):
        raise ApiError("invalid_api_key", "The key that made this batch is expired or revoked.")
    if "chat" not in consumer.scopes:
        raise ApiError("insufficient_scope", "The key that made this batch lacks the scope `chat`.")
    return consumer

"""One slice of a run of models: items through the gate of any request, several at once, for a bounded time.

Each is a request of its own, under an idempotency key that follows from run, target and item: one whose task
died is asked again, and gets the kept answer; it never runs twice. What could not be run now (a limit is
reached, a provider is away) is left for a later slice.
"""

import asyncio
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpResponse

from audit.core.ids import uuid7
from audit.models import Request
from evaluation.core.graders import grade
from evaluation.core.items import Item
from evaluation.models import ModelOutcome, ModelRun
from evaluation.services import runs
from evaluation.services.outcomes import items_of
from evaluation.services.runs import Came
from routing.admission import now_us
from routing.api import replays
from routing.api.completions import answer, begin
from routing.api.errors import ApiError
from routing.api.labels import Labels
from routing.ask import Ask
from routing.errors import InvalidRequest
from routing.lane.offloop import OffLoop
from routing.playground import consumer_of, text_of
from routing.readiness import is_ready, running_runtime
from routing.runtime import Runtime
from routing.surfaces.chat import CHAT

AT_ONCE = 8
SLICE_S = 10.0  # then other tasks have their turn
TAIL_S = 180.0  # for what runs by then; what takes longer is asked for by a later slice
RENEW_EVERY_S = 15.0
SOON_S = 0.0
LATER_S = 30.0  # after a refusal that passes
STILL_RUNNING = "idempotency_in_progress"
OK = 200
WHOLE = 1000


@dataclass(slots=True)
class Slice:
    run: ModelRun
    runtime: Runtime
    rows: OffLoop
    items: dict[str, Item]
    until_s: float
    last: int = 0
    waits: bool = False  # something has to be tried again later
    is_held_up: bool = False  # and so would whatever is begun now
    queue: list[ModelOutcome] = field(default_factory=list)
    fetching: asyncio.Lock = field(default_factory=asyncio.Lock)


def run_slice(run_id: UUID) -> float | None:
    """Seconds until the next slice is wanted; None where none is, or others work on it."""
    run = runs.lease(run_id)
    if run is None:
        return None
    try:
        if runs.close(run):
            return None
        waits = asyncio.run(_work(run, items_of(run.set)))
        return None if runs.close(run) else LATER_S if waits else SOON_S
    finally:
        runs.release(run_id)


async def _work(run: ModelRun, items: dict[str, Item]) -> bool:
    """Whether something has to wait."""
    rows = OffLoop()
    renewing = asyncio.create_task(_renew(run, rows))
    try:
        async with running_runtime() as runtime:
            if not await is_ready(runtime):
                return True
            this = Slice(run, runtime, rows, items, asyncio.get_running_loop().time() + SLICE_S)
            lanes = [asyncio.create_task(_lane(this)) for _ in range(AT_ONCE)]
            done, late = await asyncio.wait(lanes, timeout=SLICE_S + TAIL_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
            for task in done:
                task.result()
            return this.waits or bool(late)
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)
        rows.close()


async def _renew(run: ModelRun, rows: OffLoop) -> None:
    while True:
        await asyncio.sleep(RENEW_EVERY_S)
        await rows.run(partial(runs.renew, run.pk))


async def _lane(this: Slice) -> None:
    while (outcome := await _next(this)) is not None:
        came = await _asked(this, outcome, this.items[outcome.item])
        if came is not None:
            await this.rows.run(partial(runs.record, outcome, came))


async def _next(this: Slice) -> ModelOutcome | None:
    """None once the time is over, a limit holds everything up, or nothing is left."""
    if this.is_held_up or asyncio.get_running_loop().time() > this.until_s:
        return None
    async with this.fetching:
        if not this.queue:
            this.queue = await this.rows.run(lambda: runs.waiting(this.run, after=this.last, limit=AT_ONCE))
        if not this.queue:
            return None
        this.last = this.queue[0].pk
        return this.queue.pop(0)


async def _asked(this: Slice, outcome: ModelOutcome, item: Item) -> Came | None:
    """What came of it, or None where it has to wait."""
    key = f"evaluation:{this.run.pk}:{outcome.pk}"
    runtime = this.runtime
    try:
        ask = _ask(this, outcome, item)
        response = await replays.once(runtime, key, ask, run=lambda: begin(runtime, ask), answer=answer)
    except ApiError as error:
        if error.row.retry:
            this.waits = True
            this.is_held_up = this.is_held_up or error.code != STILL_RUNNING
            return None
        return Came(error.status, error.code)
    except InvalidRequest as error:
        return Came(400, f"invalid_request {error.param or ''}".strip()[:64])
    assert isinstance(response, HttpResponse)
    return await this.rows.run(partial(_came, response, item))


def _ask(this: Slice, outcome: ModelOutcome, item: Item) -> Ask:
    """Raises InvalidRequest, ApiError."""
    consumer = consumer_of(this.runtime, this.run.key_prefix)
    if consumer is None:
        raise ApiError("invalid_api_key", "The key of this run is expired, revoked or lacks its scope.")
    wanted: dict[str, Any] = {"model": outcome.target, "messages": [dict(each) for each in item.messages]}
    body, reply = CHAT.read(msgspec.json.encode(wanted))
    labels = Labels(data_class=this.run.set.data_class.name, task=item.task)
    person = this.run.created_by_name
    return Ask(uuid7(), now_us(), consumer, body, labels, reply, person)


def _came(response: HttpResponse, item: Item) -> Came:
    """The verdict on the answer, with what the register says of the request."""
    value = msgspec.json.decode(response.content)
    request_id = UUID(response["x-request-id"])
    row = Request.objects.filter(pk=request_id).first()
    code = value.get("error", {}).get("code", "") if isinstance(value, dict) else ""
    score = None
    if response.status_code == OK and item.grader:
        score = WHOLE if grade(item.grader, item.expected, text_of(value)) else 0
    return Came(
        status=response.status_code,
        code=code or "",
        score=score,
        request_id=request_id,
        model=row.model if row else "",
        model_version=row.model_version if row else "",
        cost_nano=row.cost_nano if row else None,
        latency_ms=row.latency_ms if row else None,
    )

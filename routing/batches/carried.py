"""The lines of a provider batch in the hands of whoever carries it: each with its flight and its end."""

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from routing import adapters
from routing.adapters.batch_contract import Answered, BatchService, Line
from routing.adapters.contract import ProviderError
from routing.api.errors import ApiError
from routing.batches import batches, lines, provider_batches
from routing.batches.sealing import opened
from routing.batches.toolbox import Toolbox
from routing.core.decision import Call
from routing.core.execution import FailureKind
from routing.core.operations import CHAT
from routing.lane import operating
from routing.lane.attempting import new_attempt
from routing.lane.flight import Attempt, Flight
from routing.lane.messages import decode_call
from routing.lane.relay import Relay
from routing.models import FileLine, ProviderBatch, ProviderLine

SUCCEEDED = "succeeded"


@dataclass(slots=True, eq=False)
class Carried:
    line: ProviderLine
    flight: Flight
    attempt: Attempt

    @property
    def custom_id(self) -> str:
        """Ours, towards the provider: the application's own may be in the way of its rules."""
        return self.line.request_id.hex


async def taken_up(tools: Toolbox, group: ProviderBatch) -> list[Carried]:
    """The lines that wait, as far as their requests were claimed; the others are work again."""
    rows = await tools.in_thread.run(lambda: provider_batches.waiting(group))
    ids = [row.request_id for row in rows]
    states = await tools.in_thread.run(lambda: provider_batches.states_of(ids))
    started = await tools.in_thread.run(lambda: provider_batches.started(ids))
    unclaimed = [request_id for request_id in ids if request_id not in states]
    for request_id in unclaimed:
        await tools.money.release(str(request_id))
    await tools.in_thread.run(lambda: provider_batches.drop(unclaimed))
    return [
        await _carried(tools, group, row, started.get(row.request_id))
        for row in rows
        if row.request_id in states
    ]


async def _carried(
    tools: Toolbox, group: ProviderBatch, row: ProviderLine, started_us: int | None
) -> Carried:
    call = decode_call(opened(bytes(row.sealed)))
    flight = tools.sender.flight(call, await tools.releases.get(call.release))
    flight.claimed = True
    assert isinstance(flight.plan.root, Call)
    attempt = new_attempt(flight, flight.plan.root)
    attempt.provider_batch = group.upstream_id
    if started_us is not None:
        attempt.recorded, attempt.started_us = True, started_us
    flight.attempts.append(attempt)
    return Carried(row, flight, attempt)


async def prepared(tools: Toolbox, carried: Carried, service: BatchService) -> Line:
    """Raises ProviderError where the line can't be sent, or must not be."""
    tools.sender.check(carried.flight, carried.attempt)
    part, *more = await tools.sender.prepare(carried.flight, carried.attempt)
    if more:
        message = "What goes out in several parts goes by no batch."
        raise ProviderError(message, kind=FailureKind.UNSUPPORTED, retryable=False)
    return Line(carried.custom_id, service.worded(part.body))


async def answer(tools: Toolbox, group: ProviderBatch, carried: Carried, said: Answered) -> None:
    """What the provider says of the line: its answer, or why there is none; then it is asked again."""
    if said.code:
        return await never_run(tools, carried, f"The provider did not begin it: {said.code}.")
    flight, attempt = carried.flight, carried.attempt
    attempt.called, attempt.upstream_request_id = True, said.request_id
    relay, error = Relay(flight, attempt), None
    with suppress(
        ProviderError
    ):  # what was done to the request is told with its answer, where it still can be
        await tools.sender.prepare(flight, attempt)
    try:
        _read(relay, carried, said)
        tools.sender.check_given(flight, attempt)
    except ProviderError as failure:
        relay.withhold()
        error = failure
    outcome = await _finished(tools, carried, relay, error)
    if outcome != SUCCEEDED:
        return await _again(tools, carried)
    body = await _body(tools, group, carried)
    return await _told(tools, group, carried, status=200, body=body)


def _read(relay: Relay, carried: Carried, said: Answered) -> None:
    """Raises ProviderError where it is no answer."""
    flight, attempt = carried.flight, carried.attempt
    if flight.call.operation == CHAT:
        adapter = adapters.get(attempt.deployment.dialect, frozenset(attempt.deployment.quirks))
        relay.whole(adapter.parse(said.status, {}, said.body))
    else:
        operation = operating.of(flight, attempt)
        relay.result(operation.parse(flight.call.request, said.status, {}, said.body))


async def never_run(tools: Toolbox, carried: Carried, why: str) -> None:
    """Nothing was sent, or nothing of it was begun: it costs nothing, and is asked again."""
    await refused(tools, carried, ProviderError(why, kind=FailureKind.ERROR, retryable=True))


async def refused(tools: Toolbox, carried: Carried, error: ProviderError) -> None:
    """As `never_run`, for a reason that is known."""
    carried.attempt.called = bool(error.status)
    await _finished(tools, carried, Relay(carried.flight, carried.attempt), error)
    await _again(tools, carried)


async def lost(tools: Toolbox, group: ProviderBatch, carried: Carried, why: str) -> None:
    """It is not known what became of the line: it costs its worst case, and is not asked again."""
    carried.attempt.called = True
    error = ProviderError(why, kind=FailureKind.ERROR, retryable=False)
    await _finished(tools, carried, Relay(carried.flight, carried.attempt), error)
    refusal = ApiError("answer_lost", f"{why} Request {carried.line.request_id} is on record.")
    await _told(tools, group, carried, status=refusal.status, body=refusal.response().content)


async def _finished(tools: Toolbox, carried: Carried, relay: Relay, error: ProviderError | None) -> str:
    """The outcome that is on record, also where an earlier try has recorded it."""
    outcome = await tools.sender.finish(carried.flight, carried.attempt, relay, error)
    request_id: UUID = carried.line.request_id
    return outcome or await tools.in_thread.run(lambda: provider_batches.outcome_of(request_id))


async def _again(tools: Toolbox, carried: Carried) -> None:
    await tools.in_thread.run(lambda: provider_batches.ask_again(carried.line))


async def _body(tools: Toolbox, group: ProviderBatch, carried: Carried) -> bytes:
    """The answer in the words of the batch's endpoint."""
    if carried.flight.call.operation != CHAT:
        return carried.flight.final

    def asked() -> bytes:
        file = FileLine.objects.filter(file_id=group.batch.input_id, number=carried.line.item.number)
        return opened(bytes(file.values_list("sealed", flat=True).get()))

    line = lines.read(await tools.in_thread.run(asked), group.batch.endpoint)
    _, reply = lines.SURFACES[group.batch.endpoint].read(line.body)
    return reply.whole(carried.flight.final)


async def _told(tools: Toolbox, group: ProviderBatch, carried: Carried, *, status: int, body: bytes) -> None:
    item = carried.line.item
    said = lines.answered(
        item=batches.item_id(group.batch, item.number),
        custom_id=item.custom_id,
        status=status,
        request_id=str(carried.line.request_id),
        body=body,
    )
    await tools.in_thread.run(partial(provider_batches.answer, group, carried.line, status=status, said=said))

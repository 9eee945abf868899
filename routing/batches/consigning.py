"""A slice's side of provider batches: a line that may go by one is decided, held, claimed, and put in a
group.

For each line in turn: its row is written, its worst case at the batch price is held, and the request is
claimed with `request.accepted` and the ledger's hold. Where it is not known how far that came, the row
stays: whoever carries the group leaves out what was not claimed, and releases what was held for it.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar
from uuid import UUID

from audit.core.commitment import new_salt
from audit.core.records import Unit
from audit.errors import AuditError
from billing.core.budgets import BudgetBook
from billing.errors import BillingError
from billing.live import Denied, Reservation
from routing import adapters, record
from routing.adapters.batch_contract import MAX_BYTES, MAX_INPUTS, MAX_LINE_INPUTS, MAX_LINES
from routing.adapters.contract import ProviderError, Target
from routing.admission import LEASE_GRACE_S, Admitted, judge, lane_call, rate_lines, release_in_force
from routing.api.errors import ApiError
from routing.ask import Ask, effective_class
from routing.batches import provider_batches
from routing.batches.batches import Work
from routing.content import commitments
from routing.core import batching
from routing.core.accounts import accounts_of
from routing.core.decision import Plan, calls
from routing.core.operations import CHAT
from routing.core.release import Deployment, Release
from routing.core.sizes import items_of
from routing.errors import DetectionFailed
from routing.lane.closing import with_claim
from routing.lane.flight import Flight
from routing.lane.messages import Frame, LaneCall, encode_call
from routing.models import Batch, ProviderBatch
from routing.runtime import Runtime

T = TypeVar("T")
WORKER = "batch"  # of the rows of such requests: of no worker that could die with them


class InThread(Protocol):
    def __call__(self, work: Callable[[], T]) -> Coroutine[None, None, T]: ...


@dataclass(slots=True)
class Group:
    row: ProviderBatch
    lines: int = 0
    bytes: int = 0
    inputs: int = 0

    def has_room(self, size: int, inputs: int) -> bool:
        fits = self.bytes + size <= MAX_BYTES and self.inputs + inputs <= MAX_INPUTS
        return fits and self.lines < MAX_LINES


class Consigner:
    """Of one slice. `in_thread` runs what touches the database off the loop."""

    def __init__(self, batch: Batch, runtime: Runtime, in_thread: InThread) -> None:
        self._batch = batch
        self._runtime = runtime
        self._in_thread = in_thread
        self._groups: dict[str, Group] = {}
        self._opening = asyncio.Lock()

    async def take(self, work: Work, ask: Ask) -> bool:
        """Whether the line goes by its provider's batches. Raises ApiError where nothing is in force."""
        release = release_in_force(self._runtime)
        if work.was_sent or not batching.is_possible(release):
            return False
        salt = new_salt()
        admitted = await self._admitted(release, replace(ask, batch=True), salt)
        return admitted is not None and await self._consign(work, admitted, salt)

    async def _admitted(self, release: Release, ask: Ask, salt: bytes) -> Admitted | None:
        """None where the line is an ordinary request: also where it will be refused, which that one tells.

        What was taken out of it is known to this process alone, which won't be there when the answer comes.
        """
        try:
            base = effective_class(release, ask.consumer, ask.labels.data_class)
            judged, redacted = await judge(self._runtime, release, ask, base)
        except (ApiError, DetectionFailed):
            return None
        plan, ask = judged.decision, redacted.ask
        if not isinstance(plan, Plan) or not plan.batch or redacted.placeholders is not None:
            return None
        deployment = release.deployments[next(calls(plan.root)).deployment]
        if not is_one_line(deployment, judged.facts.operation, ask.body.request):
            return None
        told = record.tell(ask, judged, {"content": commitments(salt, ask.body.request)})
        return Admitted(ask, judged, told, plan, ask.accepted_us + plan.deadline_s * 1_000_000)

    async def _consign(self, work: Work, admitted: Admitted, salt: bytes) -> bool:
        """Raises ApiError where the budgets are not known yet."""
        try:
            call = self._call(admitted, salt, self._runtime.money.book)
        except BillingError as error:
            raise ApiError("service_unavailable", retry_after_s=1) from error
        request_id, payload = admitted.ask.request_id, encode_call(call)
        group = await self._group(admitted, len(payload))
        if group is None:
            return False
        await self._in_thread(
            lambda: provider_batches.add(group.row, item=work.item, request_id=request_id, call=payload)
        )
        if await self._held(admitted, salt):
            return True
        await self._in_thread(lambda: provider_batches.drop([request_id]))
        return False

    async def _group(self, admitted: Admitted, size: int) -> Group | None:
        """One that has room; None where the line alone is more than any has."""
        if size > MAX_BYTES:
            return None
        plan = admitted.plan
        name = next(calls(plan.root)).deployment
        inputs = _inputs(admitted.judged.facts.operation, admitted.ask.body.request)
        async with self._opening:
            group = self._groups.get(name)
            if group is None or not group.has_room(size, inputs):
                row = await self._in_thread(
                    lambda: provider_batches.open_for(self._batch, deployment=name, queue=plan.queue)
                )
                group = self._groups[name] = Group(row)
            group.lines += 1
            group.bytes += size
            group.inputs += inputs
        return group

    async def _held(self, admitted: Admitted, salt: bytes) -> bool:
        """False where a budget or a limit has no room: the ordinary request says so, and of which."""
        claiming: list[LaneCall] = []

        def reservation(book: BudgetBook) -> Reservation:
            claiming[:] = [self._call(admitted, salt, book)]
            return Reservation(
                request_id=str(admitted.ask.request_id),
                epoch=book.epoch,
                lines=book.lines(
                    admitted.ask.consumer,
                    admitted.ask.end_user,
                    admitted.plan.worst_case_nano,
                    _accounts(admitted),
                    admitted.ask.accepted_us,
                ),
                rates=rate_lines(admitted.ask.consumer, admitted.judged.facts),
                lease_s=admitted.plan.deadline_s + LEASE_GRACE_S,
            )

        try:
            if isinstance(await self._runtime.money.hold(reservation), Denied):
                return False
            await self._runtime.writer.commit(with_claim(_flight(admitted, claiming[0]), Unit()))
        except (BillingError, AuditError):
            return True  # it is not known, so whoever carries the group finds out
        return True

    def _call(self, admitted: Admitted, salt: bytes, book: BudgetBook) -> LaneCall:
        return lane_call(self._runtime.web_id, admitted, salt, book.epoch, _accounts(admitted))


def is_one_line(deployment: Deployment, operation: str, request: Mapping[str, Any]) -> bool:
    """Whether what is not chat goes to the provider as one call, which its batches have a line for, and whose
    answer is within bounds."""
    if operation == CHAT:
        return True
    if _inputs(operation, request) > MAX_LINE_INPUTS:
        return False
    wording = adapters.operation(deployment.dialect, operation)
    service = adapters.batches(deployment.dialect, operation)
    if wording is None or service is None:
        return False
    quirks = frozenset(deployment.quirks)
    try:
        part, *more = wording.prepare(
            request, Target(deployment.base_url, deployment.upstream_id, 0, quirks=quirks)
        )
        service.worded(part.body)
    except ProviderError:
        return False
    return not more


def _inputs(operation: str, request: Mapping[str, Any]) -> int:
    """Of what is not chat: each goes through the model by itself."""
    return 1 if operation == CHAT else sum(1 for _ in items_of(request["input"]))


def _accounts(admitted: Admitted) -> Mapping[str, int]:
    return accounts_of(admitted.judged.release, admitted.plan)


def _flight(admitted: Admitted, call: LaneCall) -> Flight:
    return Flight(call, UUID(call.request_id), admitted.plan, admitted.judged.release, WORKER, _to_nobody)


def _to_nobody(reply_to: str, frame: Frame) -> None:
    """Nobody waits: the answer goes into a file."""

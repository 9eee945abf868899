"""Carrying a batch to its provider and back: one step, by whoever has the lease, from what the rows say.

1. Ready: each line is checked and prepared as any call is, right before it leaves; the file is uploaded
   (nothing runs by that, so it may happen twice); the intent to call is committed for each line; then the
   batch is `creating`.
2. Creating: the batch is asked for, once. Where no answer came it is looked for among the provider's
   batches by its mark; one that is not found is given up: its lines cost their worst case, and are not sent
   again.
3. Running: looked at, less and less often; cancelled where its batch is, its time is over, or what it needs
   was suspended or withdrawn. Once it has ended, the answers are read line by line, and what lies at the
   provider is deleted. What it did not answer is asked again as ordinary requests.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import aclosing
from datetime import timedelta
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from django.utils import timezone

from audit.errors import AuditError
from billing.errors import BillingError
from routing import adapters
from routing.adapters.batch_contract import Answered, BatchService, Line, Standing
from routing.adapters.contract import ProviderError
from routing.batches import carried, provider_batches
from routing.batches.carried import Carried
from routing.batches.door import Door
from routing.batches.toolbox import Toolbox, opened_toolbox
from routing.lane.transport import ConnectFailed
from routing.models import BatchState, ProviderBatch, ProviderBatchState
from routing.models.provider_batch import MAX_PROBLEM_CHARS

log = logging.getLogger(__name__)

READY, CREATING = ProviderBatchState.READY, ProviderBatchState.CREATING
RUNNING, ENDED = ProviderBatchState.RUNNING, ProviderBatchState.ENDED
MAX_TRIES = 5  # of sending
TRY_AGAIN_S = 15.0  # after what may pass
LOOKS_S = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0)  # the last is repeated
REFUSED = frozenset(range(400, 500)) - {408}  # after any other status it may have been created
SEEK_AFTER_S = 1.0
SOUGHT_FOR = timedelta(minutes=2)  # a batch that may have been created
CANCELLED_WITHIN = timedelta(minutes=20)  # then its lines are given up
AT_ONCE = 32
HELD_BYTES = 16 * 1024 * 1024  # of answers that are read and not recorded yet

T = TypeVar("T")


def carry(group_id: UUID) -> float | None:
    """One step; seconds until the next is wanted, None where none is (by us)."""
    group = provider_batches.lease(group_id)
    if group is None:
        return None
    again_s: float | None = TRY_AGAIN_S
    try:
        again_s = asyncio.run(_step(group))
    except (AuditError, BillingError, ProviderError) as error:
        log.warning("a provider batch waits", extra={"batch": str(group_id), "error": str(error)})
    finally:
        provider_batches.release(group, again_s=again_s or 0.0)
    return again_s


async def _step(group: ProviderBatch) -> float | None:
    async with opened_toolbox() as tools:
        await tools.look_up()
        return await Carrier(tools, group, await carried.taken_up(tools, group)).step()


class Carrier:
    """One step of `group`. Its methods answer how long to wait, or None where it has ended."""

    def __init__(self, tools: Toolbox, group: ProviderBatch, lines: Sequence[Carried]) -> None:
        self._tools = tools
        self._group = group
        self._lines = {line.custom_id: line for line in lines}

    async def step(self) -> float | None:
        if not self._lines:
            await self._end()
            return None
        first = next(iter(self._lines.values()))
        deployment, operation = first.attempt.deployment, first.flight.call.operation
        service = adapters.batches(deployment.dialect, operation)
        if service is None:
            await self._give_back(f"The dialect {deployment.dialect} has no batches of {operation}.")
            return None
        if self._group.state == READY and self._must_stop():
            await self._give_back("The batch was cancelled, or its time is over.")
            return None
        if self._group.state != READY and await self._is_overdue():
            await self._give_up("The provider did not end the batch when it was cancelled.")
            return None
        try:
            door = Door(self._tools, service, await self._tools.target(deployment))
        except ProviderError as error:
            if self._group.state == READY:
                return await self._not_created(error)
            raise
        if self._group.state == READY:
            return await self._send(door)
        if self._group.state == CREATING:
            return await self._find(door)
        return await self._look(door)

    @property
    def _mark(self) -> str:
        return self._group.pk.hex

    async def _send(self, door: Door) -> float | None:
        lines = await self._prepared(door.service)
        if not lines:
            await self._end()
            return None
        try:
            if not self._group.file_id:
                await self._note(file_id=await door.upload(lines, self._mark))
        except ProviderError as error:
            return await self._not_created(error)
        waiting = [line for line in self._lines.values() if not line.attempt.recorded]
        await self._each(lambda line: self._tools.sender.start(line.flight, line.attempt), waiting)
        if not await self._move(CREATING, creating_at=timezone.now()):
            return None
        try:
            standing = await door.create(lines, self._group.file_id, self._mark)
        except ConnectFailed as error:
            return await self._not_created(error)
        except ProviderError as error:
            return await self._not_created(error) if error.status in REFUSED else SEEK_AFTER_S
        return await self._created(standing)

    async def _prepared(self, service: BatchService) -> list[Line]:
        """Those that may go now; a file that was uploaded for more of them is not used."""
        lines: list[Line] = []
        for line in list(self._lines.values()):
            try:
                lines.append(await carried.prepared(self._tools, line, service))
            except ProviderError as error:
                await carried.refused(self._tools, line, error)
                del self._lines[line.custom_id]
                await self._note(file_id="")
        return lines

    async def _not_created(self, error: ProviderError) -> float | None:
        """Nothing runs at the provider: it is tried again, or its lines go another way."""
        await self._note(problem=str(error)[:MAX_PROBLEM_CHARS])
        if error.retryable and self._group.tries < MAX_TRIES:
            await self._move(READY, tries=self._group.tries + 1)
            return error.retry_after_s or TRY_AGAIN_S
        await self._each(lambda line: carried.refused(self._tools, line, error), self._lines.values())
        await self._end()
        return None

    async def _created(self, standing: Standing) -> float:
        await self._move(RUNNING, upstream_id=standing.batch, said=standing.state, problem="")
        return LOOKS_S[0]

    async def _find(self, door: Door) -> float | None:
        """A batch that may have been created: whoever asked for it died, or had no answer."""
        standing = await door.find(self._mark)
        if standing is not None:
            return await self._created(standing)
        sought_since = self._group.creating_at or self._group.created_at
        if door.service.listing(door.target) is not None and timezone.now() - sought_since < SOUGHT_FOR:
            return TRY_AGAIN_S
        await self._give_up("It is not known whether the provider has the batch.")
        return None

    async def _look(self, door: Door) -> float | None:
        if self._group.cancelled_at is not None:  # what it does not begin then costs nothing
            await door.cancel(self._group.upstream_id)
        standing = await door.look(self._group.upstream_id)
        await self._note(said=standing.state, problem=standing.problem[:MAX_PROBLEM_CHARS])
        if standing.has_ended:
            return await self._read(door, standing)
        await self._note(looks=self._group.looks + 1)
        return LOOKS_S[min(self._group.looks, len(LOOKS_S)) - 1]

    async def _is_overdue(self) -> bool:
        """Whether it should have ended long since. Once it is to stop, it is cancelled at each look."""
        since = self._group.cancelled_at
        if since is None and (self._must_stop() or self._is_stopped()):
            since = timezone.now()
            await self._note(cancelled_at=since)
        return since is not None and timezone.now() - since > CANCELLED_WITHIN

    def _must_stop(self) -> bool:
        batch = self._group.batch
        return batch.state != BatchState.IN_PROGRESS or batch.expires_at <= timezone.now()

    def _is_stopped(self) -> bool:
        """Whether something that a line needs is suspended, or was withdrawn, since it was sent."""
        for line in self._lines.values():
            try:
                self._tools.sender.check(line.flight, line.attempt)
            except ProviderError:
                return True
        return False

    async def _read(self, door: Door, standing: Standing) -> float | None:
        said: list[tuple[Carried, Answered]] = []
        held = 0
        async with aclosing(door.answers(standing)) as answers:
            async for each in answers:
                line = self._lines.pop(each.custom_id, None)
                if line is not None:
                    said.append((line, each))
                    held += len(each.body)
                if len(said) >= AT_ONCE or held >= HELD_BYTES:
                    await self._answer(said)
                    said.clear()
                    held = 0
        await self._answer(said)
        if standing.is_cut:
            await self._give_back(f"The provider ended its batch: {standing.state}.")
        else:
            await self._give_up("The provider's batch has no answer for it.")
        await door.forget(self._group.file_id, standing)
        return None

    async def _answer(self, said: Sequence[tuple[Carried, Answered]]) -> None:
        await self._each(lambda pair: carried.answer(self._tools, self._group, *pair), said)

    async def _give_back(self, why: str) -> None:
        await self._each(lambda line: carried.never_run(self._tools, line, why), self._lines.values())
        await self._end()

    async def _give_up(self, why: str) -> None:
        await self._each(lambda line: carried.lost(self._tools, self._group, line, why), self._lines.values())
        await self._end()

    async def _end(self) -> None:
        self._lines.clear()
        await self._move(ENDED, ended_at=timezone.now())

    async def _each(self, end: Callable[[T], Coroutine[Any, Any, None]], of: Iterable[T]) -> None:
        """All of them, some at once, while the lease is kept."""
        left = iter(tuple(of))
        while some := tuple(islice(left, AT_ONCE)):
            await asyncio.gather(*map(end, some))
            await self._tools.in_thread.run(lambda: provider_batches.renew(self._group))

    async def _note(self, **changes: Any) -> None:
        await self._tools.in_thread.run(lambda: provider_batches.note(self._group, **changes))

    async def _move(self, to: ProviderBatchState, **changes: Any) -> bool:
        return await self._tools.in_thread.run(lambda: provider_batches.move(self._group, to, **changes))

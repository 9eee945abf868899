"""Executes one claimed request: asks `advance` what to do, does it, records it, asks again. It never decides.

1. A place at the deployment, the credential, the request in the provider's words: nothing is sent yet.
2. `attempt.started` is committed; with the first one the claim, `request.accepted` and the ledger's hold.
   Where that fails, or another has claimed the request, no call is made.
3. The call. Deltas go to the client as they come; what would complete the answer is held back.
4. The finish is committed (attempts, charges, the end of the request); only then the client gets the end.
   Where shadows still run, the answer follows what it took itself, and the finish comes when they have ended.

Nobody waits for the register without bound. A client hears that it can't be written after START_WAIT_S, or
FINISH_WAIT_S, which withholds the answer; the request goes on to its recorded end as soon as it can be.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from audit.core.records import Committed, Unit
from audit.errors import AuditError, RegisterUnavailable, UnitRefused
from audit.writer import GroupWriter
from routing.adapters.contract import ProviderError
from routing.core.advance import advance
from routing.core.codec import plan_from
from routing.core.execution import Do, FailureKind, Finished, Outcome, Start
from routing.core.release import Release
from routing.lane import charge, closing, concluding, entries, failures
from routing.lane.attempting import (
    check_drilled,
    check_fits,
    interrupted,
    new_attempt,
    pass_on_filtered,
    text_of,
)
from routing.lane.closing import End
from routing.lane.crew import Crew, Unrecorded
from routing.lane.drifts import Drifts
from routing.lane.flight import Attempt, Flight, Send, now_us
from routing.lane.ledger import Ledger
from routing.lane.messages import CODE_STALE_RESERVATION, LaneCall
from routing.lane.patience import Telling
from routing.lane.places import Places
from routing.lane.providers import Prepared, Providers
from routing.lane.relay import Relay
from routing.lane.suspensions import Suspensions

logger = logging.getLogger(__name__)

START_WAIT_S = 5.0  # for the commit before a call; one that has no answer may take as long as the database
FINISH_WAIT_S = 15.0
FINISH_GIVE_UP_S = 600.0  # then the room is wanted by others, and the row is closed at its worst case
FINISH_BACKOFF_S = (0.1, 0.25, 0.5, 1.0, 2.0)  # the last is repeated
MAX_ATTEMPTS = 200  # the calls of a route, times the attempts per call, stay under it


class NotRun(Exception):
    """The request is not ours to go on with; what the client is told was sent."""


@dataclass(frozen=True, slots=True)
class Executor:
    worker: str
    register: GroupWriter
    places: Places
    providers: Providers
    ledger: Ledger
    suspensions: Suspensions
    drifts: Drifts
    withdrawn: Callable[[str, str], str | None]  # (deployment, data class) → why it may no longer be called
    send: Send

    def flight(self, call: LaneCall, release: Release) -> Flight:
        plan = plan_from({**call.plan, "candidates": ()})  # the record has them; execution never asks
        return Flight(call, UUID(call.request_id), plan, release, self.worker, self.send)

    async def run(self, flight: Flight) -> None:
        """Runs the request to its recorded end. Whatever happens, the client has an answer or an error."""
        try:
            await self._attempts(flight)
            await self._finish(flight)
        except NotRun:
            return

    async def _attempts(self, flight: Flight) -> None:
        if flight.is_composite:
            crew = Crew(flight, self._attempt, self._write_ended)
            await crew.run(self._answer_early)
            if not flight.is_left_to_others:
                self._conclude(flight)
        else:
            await self._in_turn(flight)
        if flight.is_left_to_others:
            raise NotRun  # another worker takes the message over

    async def _in_turn(self, flight: Flight) -> None:
        """A plan whose calls come one after the other."""
        while len(flight.outcomes) < MAX_ATTEMPTS and not flight.interrupted:
            step = advance(
                flight.plan,
                flight.outcomes,
                elapsed_s=flight.elapsed_s,
                draw=random.random(),  # noqa: S311 - spreads retries, guards nothing
            )
            assert not isinstance(step, Do)
            if isinstance(step, Finished):
                flight.finished = step
                return
            if step.delay_s and not await self._pause(flight, step.delay_s):
                return
            await self._attempt(flight, step)

    async def _pause(self, flight: Flight, delay_s: float) -> bool:
        try:
            async with flight.interruptible():
                await asyncio.sleep(delay_s)
        except TimeoutError:
            return False
        return True

    async def _attempt(self, flight: Flight, step: Start) -> None:
        attempt = new_attempt(flight, step.call, step.allowance_s)
        relay = Relay(flight, attempt)
        flight.attempts.append(attempt)
        try:
            check_fits(attempt)
            if flight.call.drill:
                check_drilled(flight, attempt)
            self.suspensions.check(flight, attempt)
            async with flight.interruptible(attempt):
                self._check_withdrawn(flight, attempt)
                prepared = await self.providers.prepare(flight, attempt)
                place = await self.places.take(flight, attempt)
        except ProviderError as error:
            self._end(flight, attempt, relay, error)
            return
        except TimeoutError as error:
            self._end(flight, attempt, relay, interrupted(flight, attempt, error))
            return
        try:
            await self._call(flight, attempt, relay, prepared)
        finally:
            self.places.give_back(place, attempt)

    async def _call(self, flight: Flight, attempt: Attempt, relay: Relay, prepared: Prepared) -> None:
        if flight.claimed or not flight.is_composite:
            await self._record_start(flight, attempt)
        else:  # of calls that begin at once, one claims the request; the others come after it
            async with flight.claiming:
                await self._record_start(flight, attempt)
        if attempt.stream or not flight.is_composite:
            flight.served = closing.served(flight, attempt)
        error: ProviderError | None = None
        try:
            self.suspensions.check(flight, attempt)  # it may have come while the start was recorded
            async with flight.interruptible(attempt):
                await self.providers.call(prepared, flight, attempt, relay)
            pass_on_filtered(flight, attempt, relay)
        except ProviderError as failure:
            error = failure
        except TimeoutError as timeout:
            error = interrupted(flight, attempt, timeout)
        self._end(flight, attempt, relay, error)

    def _check_withdrawn(self, flight: Flight, attempt: Attempt) -> None:
        why = self.withdrawn(attempt.deployment.name, flight.claimed_value("data_class"))
        if why is not None:
            raise ProviderError(why, kind=FailureKind.BREAKER_OPEN, retryable=False)

    async def _record_start(self, flight: Flight, attempt: Attempt) -> None:
        """Commits the intent to call; raises NotRun where there must be no call."""
        if flight.lost:
            flight.attempts.remove(attempt)
            raise Unrecorded if flight.claimed else NotRun
        attempt.started_us = now_us()
        pending, rows = flight.entries, flight.rows
        flight.entries, flight.rows = [], []  # others may add to them meanwhile
        unit = Unit(entries=(*pending, entries.started(flight, attempt)), rows=tuple(rows))
        try:
            if not flight.claimed:
                unit = closing.with_claim(flight, unit)
            with Telling(flight, after_s=START_WAIT_S):
                committed = await self.register.commit(unit)
        except AuditError as error:
            logger.error("no call without a record", extra={"request_id": flight.call.request_id})
            flight.lost = True
            if not flight.claimed:
                flight.send("error", failures.unavailable())
                raise NotRun from error
            flight.entries[:0], flight.rows[:0] = pending, rows
            flight.attempts.remove(attempt)
            if flight.is_composite:
                raise Unrecorded from error
            await self._finish(flight)
            raise NotRun from error
        if committed is not Committed.DONE:
            flight.lost = True
            if committed is Committed.STALE_EPOCH:
                told = failures.payload(503, CODE_STALE_RESERVATION, "Budgets were counted anew.")
                flight.send("error", told)
            raise NotRun  # whoever has claimed it answers for it
        flight.claimed = attempt.recorded = True

    def _end(self, flight: Flight, attempt: Attempt, relay: Relay, error: ProviderError | None) -> None:
        """What became of the attempt and what it costs, to be recorded with the next commit."""
        attempt.finished_us = now_us()
        attempt.error = error
        relay.close()
        attempt.outcome = Outcome(
            attempt.call.path,
            attempt.deployment.name,
            ok=error is None,
            kind=FailureKind(error.kind) if error else None,
            retryable=error.retryable if error else False,
            retry_after_s=error.retry_after_s if error else None,
            emitted=relay.emitted,
            number=attempt.number,
            text=text_of(flight, attempt),
            began_s=(attempt.began_us - flight.call.accepted_us) / 1_000_000,
        )
        was_ended = bool(flight.interrupted or attempt.suspended)
        hides_output = "reasoning" in attempt.deployment.capabilities
        attempt.charged = charge.of_attempt(
            attempt.call,
            attempt.price,
            attempt.usage,
            called=attempt.called,
            status=error.status if error and not relay.begun else 0,
            cancelled_stream=attempt.stream and was_ended and not hides_output,
            received_bytes=attempt.received_bytes,
            at_us=attempt.finished_us,
            batch=flight.plan.batch,
        )
        if error is None and attempt.stream:
            relay.seal(closing.told(flight, attempt))
        flight.outcomes.append(attempt.outcome)
        flight.ended.append(attempt)
        if attempt.drift:
            self.drifts.tell(flight, attempt)
        if not flight.is_composite:
            self._write_ended(flight)
        if error is None and (attempt.stream or not flight.is_composite):
            flight.final = relay.final
        if flight.call.store_content and relay.content and (attempt.stream or not flight.is_composite):
            flight.rows.extend(closing.content_rows(flight, {"response": relay.content}))

    def _write_ended(self, flight: Flight) -> None:
        """What is told of attempts that have ended, with the next commit: the gates have spoken of them."""
        for attempt in flight.ended:
            flight.entries.append(entries.finished(flight, attempt))
            flight.rows.append(entries.row(flight, attempt))
        flight.ended.clear()

    def _conclude(self, flight: Flight) -> None:
        """The answer of several calls, once: as it is given to the client and kept."""
        if flight.answered:
            return
        final = flight.final
        content = concluding.conclude(flight)
        if not content:
            flight.final = final
        elif flight.call.store_content:
            flight.rows.extend(closing.content_rows(flight, {"response": content}))

    async def _answer_early(self, flight: Flight) -> None:
        """The answer goes out while shadows still run: what it took is committed, the request goes on."""
        self._write_ended(flight)
        self._conclude(flight)
        pending, rows = flight.entries, flight.rows
        flight.entries, flight.rows = [], []
        try:
            with Telling(flight, after_s=FINISH_WAIT_S):
                await self.register.commit(Unit(entries=tuple(pending), rows=tuple(rows)))
        except AuditError:
            flight.entries[:0], flight.rows[:0] = pending, rows
            return
        if not flight.told:
            flight.send(*closing.final_frame(flight, closing.end_of(flight)))
            flight.answered = True

    async def _finish(self, flight: Flight) -> None:
        """Commits the end, settles, and lets the client have it. Raises RegisterUnavailable."""
        with Telling(flight, after_s=FINISH_WAIT_S):
            end, committed = await self._commit_finish(flight)
        if committed is Committed.DONE:
            self.ledger.settle(flight)
            flight.send(*closing.final_frame(flight, end))
        elif flight.claimed:
            flight.send("error", failures.lost())

    async def _commit_finish(self, flight: Flight) -> tuple[End, Committed]:
        """The end as it was recorded; tried again, because an error of the register says that nothing was."""
        end = closing.end_of(flight)
        give_up_us = now_us() + int(FINISH_GIVE_UP_S * 1_000_000)
        tries = 0
        while True:
            try:
                return end, await self.register.commit(closing.finish_unit(flight, end, self.ledger))
            except RegisterUnavailable as error:
                if isinstance(error, UnitRefused) or now_us() > give_up_us:
                    raise
            await asyncio.sleep(FINISH_BACKOFF_S[min(tries, len(FINISH_BACKOFF_S) - 1)])
            tries += 1
            if flight.told:
                end = closing.withheld(end)

"""Waiting for a worker's answer and giving it on, whole or as a stream, whatever happens meanwhile.

Every request ends in one of these ways: the worker's answer or error; the client leaves (the worker is told);
the deadline passes (the request is claimed, so that nobody runs it any more, or the worker that has it is
told); the answer is lost on its way (the record says that the request ran).
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec

from audit.core.records import Committed
from audit.errors import AuditError
from billing.errors import BillingError
from routing import record
from routing.admission import Admitted, dispatch, now_us
from routing.api import metrics
from routing.api.errors import ApiError
from routing.api.headers import request_headers, served_headers
from routing.api.inbox import AnswerBroken, SlowReader, Waiter
from routing.api.lost import state_of
from routing.api.restoring import JSON_FORMATS, Restoring
from routing.core.operations import CHAT
from routing.lane.messages import CODE_STALE_RESERVATION, Frame
from routing.refusing import REGISTER_WAIT_S
from routing.runtime import Runtime

DEADLINE_GRACE_S = 3.0  # the worker ends the request at its deadline itself; this is for its answer to arrive
LOST_POLL_EVERY_S = 1.0
UNCLAIMED_AFTER_LOSS_S = 10.0


class Exchange:
    """One admitted request's conversation with whichever worker runs it."""

    def __init__(self, runtime: Runtime, admitted: Admitted, waiter: Waiter) -> None:
        self.runtime = runtime
        self.admitted = admitted
        self.waiter = waiter
        self.reply = admitted.ask.reply
        self.keeping = admitted.keeping
        self.ended = False  # no worker works for this request any more
        taken_out = admitted.placeholders
        is_chat = admitted.ask.body.operation == CHAT  # what else is answered has no texts of its own
        self.restoring = (
            Restoring(taken_out, json_content=_is_json(admitted)) if taken_out and is_chat else None
        )
        self._sent_again = False
        self._seen_finished = False

    @property
    def request_id(self) -> str:
        return str(self.admitted.ask.request_id)

    def close(self) -> None:
        """Once nobody waits any more. A worker that has not ended by then is told to."""
        self.runtime.inbox.close(self.request_id)
        if self.keeping is not None:
            self.keeping.closed()
        if not self.ended:
            self.ended = True
            self.runtime.cancel(self.request_id)

    async def frame(self, timeout_s: float | None = None) -> Frame | None:
        """The next frame, or None after `timeout_s`.

        Raises ApiError for an error frame and for every loss.
        """
        loop = asyncio.get_running_loop()
        until_s = None if timeout_s is None else loop.time() + timeout_s
        while True:
            try:
                frame = await self.waiter.next(self._wait_s(until_s))
            except AnswerBroken as error:
                raise self._broken(error) from error
            if frame is None:
                await self._overdue()
                if until_s is not None and loop.time() >= until_s:
                    return None
            elif frame.kind == "error":
                await self._error(frame)
            else:
                self.ended = self.ended or frame.kind == "done"
                return frame

    def headers(self, served: Mapping[str, Any] | None = None) -> dict[str, str]:
        return {**request_headers(self.admitted), **served_headers(served or {})}

    def succeeded(self, meta: Mapping[str, Any] | None) -> None:
        meta = {} if self.admitted.frames else meta or {}  # nothing was billed for a hit
        metrics.succeeded(
            stream=self.admitted.ask.body.stream,
            seconds=(now_us() - self.admitted.ask.accepted_us) / 1_000_000,
            input_tokens=meta.get("input_tokens") or 0,
            output_tokens=meta.get("output_tokens") or 0,
            cost_nano=meta.get("cost_nano") or 0,
        )

    def _wait_s(self, until_s: float | None) -> float:
        wait_s = (self.admitted.deadline_us - now_us()) / 1_000_000 + DEADLINE_GRACE_S
        if until_s is not None:
            wait_s = min(wait_s, until_s - asyncio.get_running_loop().time())
        if self.waiter.lost_connection:
            wait_s = min(wait_s, LOST_POLL_EVERY_S)
        return max(wait_s, 0.0)

    @property
    def _overdue_code(self) -> str:
        is_budget = self.admitted.plan.latency_budget_ms is not None
        return "latency_budget_exceeded" if is_budget else "upstream_timeout"

    async def _overdue(self) -> None:
        """Nothing came: is the deadline over, or the answer lost?"""
        if now_us() >= self.admitted.deadline_us + DEADLINE_GRACE_S * 1_000_000:
            await self._give_up(self._overdue_code)
        if not self.waiter.lost_connection:
            return
        state = await state_of(self.admitted.ask.request_id)
        if state == "finished" and self._seen_finished:
            self.ended = True
            raise self._lost("The answer was lost on its way.")
        self._seen_finished = state == "finished"  # the record is ahead of the answer: it has one more chance
        waited_s = (now_us() - self.admitted.ask.accepted_us) / 1_000_000
        if state is None and waited_s > UNCLAIMED_AFTER_LOSS_S:
            await self._give_up("service_unavailable")

    async def _error(self, frame: Frame) -> None:
        """Raises what the worker says; returns where the request was sent again instead."""
        said = msgspec.json.decode(frame.payload)
        stale = said["code"] == CODE_STALE_RESERVATION
        if stale and not self._sent_again:
            self._sent_again = True
            self.waiter.restart()
            admitted = self.admitted
            self.admitted = await dispatch(
                self.runtime, admitted.ask, admitted.judged, admitted.plan, admitted.placeholders
            )
            return
        self.ended = True
        if stale:
            raise ApiError("service_unavailable", "The budgets were being rebuilt.", retry_after_s=1)
        raise ApiError(
            said["code"],
            said["message"],
            retry_after_s=said.get("retry_after_s"),
            headers=self.headers(frame.meta),
        )

    async def _give_up(self, code: str) -> None:
        """Claim the request, so that nobody runs it; where a worker has it already, that one is told."""
        admitted = self.admitted
        unit = record.expiry(admitted.ask, admitted.judged, admitted.told, code=code, now_us=now_us())
        try:
            async with asyncio.timeout(REGISTER_WAIT_S):
                claimed = await self.runtime.writer.commit(unit)
        except (AuditError, TimeoutError) as error:
            raise ApiError("service_unavailable", retry_after_s=1, headers=self.headers()) from error
        if claimed is not Committed.DONE:
            raise ApiError(self._overdue_code, headers=self.headers())
        self.ended = True
        self.runtime.background(self._release())
        message = "No worker took the request in time; nothing was run."
        raise ApiError(code, message, headers=self.headers())

    async def _release(self) -> None:
        """The ledger knows nothing of this hold, so where this fails the sweeper ends it with its lease."""
        try:
            await self.runtime.money.release(self.request_id)
        except BillingError:
            return

    def _broken(self, error: AnswerBroken) -> ApiError:
        slow = isinstance(error, SlowReader)
        return self._lost("The client read too slowly." if slow else "Part of the answer was lost.")

    def _lost(self, why: str) -> ApiError:
        message = f"{why} Request {self.request_id} is on record."
        return ApiError("answer_lost", message, headers=self.headers())


def _is_json(admitted: Admitted) -> bool:
    """Whether the answer is JSON: by what the request asks, or by what its task declares."""
    wanted = (admitted.ask.body.request.get("response_format") or {}).get("type")
    task = admitted.judged.release.tasks.get(admitted.judged.facts.task)
    return wanted in JSON_FORMATS or (task is not None and task.output is not None)

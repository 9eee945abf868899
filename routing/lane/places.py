"""A place at a deployment: taken before the call is recorded, given back with what the call showed."""

import asyncio
import json

from billing.errors import CountersUnavailable, ValkeyError
from routing.adapters.contract import ProviderError
from routing.core.breaker import Report, Verdict, report_of
from routing.core.execution import FailureKind
from routing.core.release import Limits
from routing.lane.flight import Attempt, Flight
from routing.lane.health import HealthBoard, NoPlace, Place

MAX_WAIT_S = 3.0  # for a place where our own limit is reached; then the plan decides
LEAST_WAIT_S = 0.02
GUESSED_OUTPUT_TOKENS = 1024  # towards a limit per minute, where the request sets no maximum


class Places:
    def __init__(self, board: HealthBoard) -> None:
        self._board = board

    async def take(self, flight: Flight, attempt: Attempt) -> Place:
        """A place, after a bounded wait where our own limit is reached. Raises ProviderError without one."""
        deployment = attempt.deployment
        lease = f"{flight.call.request_id}:{attempt.number}"
        tokens = _tokens(flight, attempt) if deployment.limits.tokens_per_min else 0
        give_up = asyncio.get_running_loop().time() + MAX_WAIT_S
        while True:
            place = await self._try(deployment.name, lease, deployment.limits, tokens, flight.left_s)
            if isinstance(place, Place):
                return place
            left_s = give_up - asyncio.get_running_loop().time()
            if place.kind is not FailureKind.CAPACITY or place.wait_s > left_s:
                raise _refused(place)
            await asyncio.sleep(max(place.wait_s, LEAST_WAIT_S))

    async def _try(
        self, deployment: str, lease: str, limits: Limits, tokens: int, lease_s: float
    ) -> Place | NoPlace:
        """Whoever is interrupted in here gives back what may have been given to them: commands keep their
        order, so the return comes after the place."""
        try:
            return await self._board.acquire(
                deployment, lease, limits, tokens=tokens, lease_s=max(lease_s, 1.0)
            )
        except asyncio.CancelledError:
            self._report(Place(deployment, lease), Report(Verdict.NEUTRAL), None)
            raise
        except (CountersUnavailable, ValkeyError) as error:
            raise ProviderError(
                "the deployment's limits can't be checked", kind=FailureKind.CAPACITY, retryable=False
            ) from error

    def give_back(self, place: Place, attempt: Attempt) -> None:
        """Never waits: the report goes out with the tick's other commands."""
        if attempt.outcome is None or not attempt.recorded:
            self._report(place, Report(Verdict.NEUTRAL), None)
            return
        answered = attempt.first_token_ms if attempt.first_token_ms is not None else attempt.latency_ms
        wait_s = attempt.allowance.wait_s if attempt.allowance else 0.0
        self._report(place, report_of(attempt.outcome, wait_s), answered)

    def _report(self, place: Place, report: Report, latency_ms: int | None) -> None:
        self._board.report(place, report, latency_ms=latency_ms).add_done_callback(_forget)

    async def drained(self) -> None:
        await self._board.drained()


def _forget(reported: "asyncio.Future[str]") -> None:
    """Of a report that was lost: the lease ends by the clock."""
    if not reported.cancelled():
        reported.exception()


def _refused(place: NoPlace) -> ProviderError:
    cooling = place.kind is FailureKind.RATE_LIMIT
    return ProviderError(
        f"no place at the deployment: {place.why}",
        kind=place.kind,
        retryable=cooling or place.kind is FailureKind.CAPACITY,
        retry_after_s=place.wait_s,
    )


def _tokens(flight: Flight, attempt: Attempt) -> int:
    """What the call will count for at the provider: the input, and what may come back."""
    facts = json.loads(flight.claimed_value("facts") or "{}")
    output = facts.get("max_output_tokens") or GUESSED_OUTPUT_TOKENS
    return int(facts.get("input_tokens", 0)) + min(int(output), attempt.call.max_output_tokens)

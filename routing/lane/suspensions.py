"""What is suspended at this moment, as a worker asks it: before every call, and of the calls in flight.

A plan may be older than the suspension: it waited in the queue, it pauses before a retry, or an earlier
member of its fallback took its time. So each attempt is checked when it begins, and right before it is sent.
"""

from collections.abc import Iterable

from registry.core import subjects
from registry.directory import Directory
from routing.adapters.contract import ProviderError
from routing.core.execution import FailureKind
from routing.core.suspended import first_suspended, subjects_of
from routing.lane.flight import Attempt, Flight, Interruption

NOTHING: frozenset[str] = frozenset()


class Suspensions:
    """`adopt` is the watcher's callback, in its thread: it swaps references."""

    def __init__(self) -> None:
        self._suspended = NOTHING
        self._cancelled = NOTHING

    def adopt(self, directory: Directory) -> None:
        self._suspended = directory.suspended
        self._cancelled = directory.cancelled

    def check(self, flight: Flight, attempt: Attempt) -> None:
        """Raises ProviderError where the call must not be made.

        Where who asks, or what routes, is suspended, the whole request ends; else its fallback goes on.
        """
        if not self._suspended:
            return
        stopped = first_suspended(_of_request(flight), self._suspended)
        if stopped is not None:
            flight.interrupt(Interruption.SUSPENDED)
        else:
            stopped = first_suspended(subjects_of(attempt.deployment), self._suspended)
        if stopped is not None:
            raise suspended(stopped)

    def end(self, flights: Iterable[Flight]) -> None:
        """Ends what is in flight of a suspension that asks for it. On the lane's own loop."""
        if not self._cancelled:
            return
        for flight in flights:
            in_flight = [attempt for attempt in flight.attempts if attempt.outcome is None]
            stopped = first_suspended(_of_request(flight), self._cancelled)
            if stopped is not None:
                for attempt in in_flight:
                    attempt.suspended = stopped
                flight.interrupt(Interruption.SUSPENDED)
                continue
            for attempt in in_flight:
                stopped = first_suspended(subjects_of(attempt.deployment), self._cancelled)
                if stopped is not None:
                    flight.cut(attempt, stopped)


def suspended(stopped: str) -> ProviderError:
    return ProviderError(
        f"{subjects.in_words(stopped)} is suspended", kind=FailureKind.SUSPENDED, retryable=False
    )


def _of_request(flight: Flight) -> tuple[str, ...]:
    who = flight.call.who
    callers = subjects.of_caller(who["api_key"], who["application"], who["team"])
    return (*callers, *subjects.of_route(flight.plan.policy, flight.plan.rule))

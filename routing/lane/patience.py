"""How long a client is kept waiting for the register."""

import asyncio
import logging

from routing.lane import failures
from routing.lane.flight import Flight, Interruption

logger = logging.getLogger(__name__)


class Telling:
    """`with Telling(flight, after_s=5)`: whoever still waits after so long is told that the register can't be
    written; a timer, no task."""

    __slots__ = ("_after_s", "_flight", "_timer")

    def __init__(self, flight: Flight, *, after_s: float) -> None:
        self._flight = flight
        self._after_s = after_s

    def __enter__(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._after_s, self._tell)

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _tell(self) -> None:
        flight = self._flight
        logger.error("the register keeps a client waiting", extra={"request_id": flight.call.request_id})
        flight.interrupt(Interruption.UNRECORDED)
        flight.send("error", failures.unavailable())
        flight.told = True

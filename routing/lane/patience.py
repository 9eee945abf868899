"""How long a client is kept waiting for the register."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from routing.lane import failures
from routing.lane.flight import Flight, Interruption

logger = logging.getLogger(__name__)


@contextmanager
def telling(flight: Flight, *, after_s: float) -> Iterator[None]:
    """Whoever still waits after so long is told that the register can't be written; a timer, no task."""

    def tell() -> None:
        logger.error("the register keeps a client waiting", extra={"request_id": flight.call.request_id})
        flight.interrupt(Interruption.UNRECORDED)
        flight.send("error", failures.unavailable())
        flight.told = True

    timer = asyncio.get_running_loop().call_later(after_s, tell)
    try:
        yield
    finally:
        timer.cancel()

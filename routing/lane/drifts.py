"""Drift that a worker sees, told to the registry once for each thing that a deployment reports."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from django.db import DatabaseError

from audit.errors import AuditError
from registry.errors import RegistryError
from registry.services import drift
from routing.lane.flight import Attempt, Flight

logger = logging.getLogger(__name__)

MAX_REMEMBERED = 4096
MAX_TELLING = 32  # at once; what is more is told with the next such answer

OffLoop = Callable[[Callable[[], None]], Awaitable[None]]


class Drifts:
    """Telling costs a transaction, so it is done off the loop, and not again for what was told from here."""

    def __init__(self, off_loop: OffLoop) -> None:
        self._off_loop = off_loop
        self._told: OrderedDict[tuple[drift.Seen, bool], None] = OrderedDict()
        self._telling: set[asyncio.Task[None]] = set()

    def tell(self, flight: Flight, attempt: Attempt) -> None:
        """Never waits."""
        seen = drift.Seen.of(
            deployment=attempt.deployment.name,
            sent=attempt.deployment.upstream_id,
            reported=attempt.reported_model,
            fingerprint=attempt.fingerprint if attempt.fingerprint_drifts else None,
        )
        blocks = attempt.deployment.on_drift == "block"
        if (seen, blocks) in self._told or len(self._telling) >= MAX_TELLING:
            return
        self._told[seen, blocks] = None
        while len(self._told) > MAX_REMEMBERED:
            self._told.popitem(last=False)
        task = asyncio.get_running_loop().create_task(self._tell(seen, blocks, flight, attempt))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def drained(self) -> None:
        if self._telling:
            await asyncio.wait(tuple(self._telling))

    async def _tell(self, seen: drift.Seen, blocks: bool, flight: Flight, attempt: Attempt) -> None:
        deployment = attempt.deployment
        try:
            await self._off_loop(
                lambda: drift.observe(
                    seen=seen,
                    model=deployment.model,
                    model_version=deployment.version,
                    blocks=blocks,
                    request_id=flight.request_id,
                )
            )
        except (DatabaseError, AuditError, RegistryError) as error:
            self._told.pop((seen, blocks), None)  # the next such answer tries again
            logger.warning("drift was not told", extra={"deployment": deployment.name, "error": str(error)})

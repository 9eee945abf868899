"""What this worker has claimed and runs no more is closed within seconds.

A request is among those that are carried from before its claim until after its end is recorded. So a row that
runs under this worker's name and is carried by nobody was left: by a defect of ours, by an end that the
database refused, or by a commit of which nothing was ever learnt.
"""

import logging
from collections.abc import Container
from functools import partial
from uuid import UUID

from django.db import DatabaseError

from audit.core.records import Committed
from audit.errors import AuditError, UnitRefused
from audit.writer import GroupWriter
from routing.lane import abandon
from routing.lane.abandon import Abandoned
from routing.lane.ledger import Ledger
from routing.lane.offloop import OffLoop

logger = logging.getLogger(__name__)

WHY = "its worker runs it no more"


class Strays:
    """`carried` holds the ids of the requests in flight, as text."""

    def __init__(
        self,
        worker: str,
        carried: Container[str],
        *,
        register: GroupWriter,
        ledger: Ledger,
        off_loop: OffLoop,
    ) -> None:
        self._worker = worker
        self._carried = carried
        self._register = register
        self._ledger = ledger
        self._off_loop = off_loop

    async def close_all(self) -> None:
        """What the database can't do now is tried with the next call."""
        try:
            found = await self._off_loop.run(partial(abandon.running_on, self._worker))
            for request_id in found:
                if str(request_id) not in self._carried:
                    await self._close_stray(request_id)
        except (DatabaseError, AuditError) as error:
            logger.warning("strays can't be closed", extra={"error": type(error).__name__})

    async def close(self, left: Abandoned) -> bool:
        """Whether it was still open."""
        if await self._register.commit(left.unit) is not Committed.DONE:
            return False
        self._ledger.settle_amounts(str(left.request_id), left.amounts)
        return True

    async def _close_stray(self, request_id: UUID) -> None:
        """One that the database refuses must not keep the others open."""
        left = await self._off_loop.run(partial(abandon.prepare, request_id, by=self._worker, why=WHY))
        try:
            if left is not None and await self.close(left):
                logger.warning("a stray was closed", extra={"request_id": str(request_id)})
        except UnitRefused as error:
            logger.error("a stray is refused", extra={"request_id": str(request_id), "error": str(error)})

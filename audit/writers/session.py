"""The writer's side of the database: one connection at a time, on which batches are committed.

A batch ends in one of three ways: it was committed, it was not, or its COMMIT had no answer. In the third the
jobs are in doubt, and nothing more is known until a fresh connection looks their entries up. So a result is
never a guess: None says that a job is to be handed in again.
"""

import logging
from collections.abc import Mapping, Sequence

from django.db import (
    DEFAULT_DB_ALIAS,
    DataError,
    Error,
    IntegrityError,
    InterfaceError,
    OperationalError,
    connections,
)

from audit.core.records import Committed
from audit.errors import FateUnknown, RegisterUnavailable, UnitRefused, UnknownTable
from audit.writers import Statements, statements_for
from audit.writers.base import AnswerLost, Table
from audit.writers.batch import Batch, ClaimGuard, Job
from audit.writers.sealing import Chain
from audit.writers.sinks import Result

logger = logging.getLogger(__name__)

MAX_UNANSWERED = 10  # commits of one job; one that takes the server down each time must not hold up the rest
# What only a bad value raises, from the driver or on the way to it; any other error of the database may be
# the connection's, and is worth a second try on a fresh one.
_BAD_VALUE = (DataError, IntegrityError, ValueError, TypeError, OverflowError, UnknownTable)
_UNAVAILABLE = (OperationalError, InterfaceError, AnswerLost)


class Session:
    """Belongs to one thread, as its connection does."""

    def __init__(self, emitter: str, tables: Mapping[str, Table], guard: ClaimGuard) -> None:
        self._tables = tables
        self._guard = guard
        self._chain = Chain(emitter)
        self._statements: Statements | None = None  # of the connection that is open now
        self._away = False  # the database; told once, not with every try

    def outcomes(self, jobs: Sequence[Job]) -> list[Result | None]:
        """One per job. The thread's boundary: an error of ours fails the batch, never the writer."""
        if not jobs:
            return []
        try:
            return self._written(jobs)
        except Exception as error:
            logger.exception("The register's writer failed.")
            self.close()
            if len(jobs) > 1:
                return [result for each in jobs for result in self.outcomes([each])]
            if jobs[0].in_doubt:
                return [FateUnknown(f"Whether this unit is written can't be told: {error}")]
            return [UnitRefused(f"The register can't write this unit: {error}")]

    def close(self) -> None:
        self._statements = None
        connections[DEFAULT_DB_ALIAS].close()

    def _written(self, jobs: Sequence[Job]) -> list[Result | None]:
        try:
            return self._write(jobs)
        except _BAD_VALUE as error:
            return self._one_by_one(jobs, error)
        except (Error, AnswerLost) as error:
            if not self._away:
                logger.warning("The register's database failed; trying once more: %s", error)
            self.close()
        try:
            return self._write(jobs)
        except _UNAVAILABLE as error:
            if not self._away:
                logger.error("The register can't be written: %s", error)
            self._away = True
            self.close()
            return [_unavailable(each, error) for each in jobs]
        except (Error, *_BAD_VALUE) as error:
            return self._one_by_one(jobs, error)

    def _one_by_one(self, jobs: Sequence[Job], error: Exception) -> list[Result | None]:
        """After a value was refused: each unit in its own transaction, so that one fails alone."""
        self._rollback()
        if len(jobs) > 1:
            return [result for each in jobs for result in self._written([each])]
        logger.error("The register's database refused a unit: %s", error)
        return [UnitRefused(f"The database refused these values: {error}")]

    def _write(self, jobs: Sequence[Job]) -> list[Result | None]:
        connection = connections[DEFAULT_DB_ALIAS]
        with connection.wrap_database_errors:
            known: set[str] = set()
            if self._statements is None:
                connection.ensure_connection()
                self._statements = statements_for(connection.vendor, connection.connection)
                known = self._look_up(self._statements, jobs)
            rest = [each for each in jobs if each.event_ids[0] not in known]
            compact = connection.vendor == "sqlite"
            batch = Batch(self._statements, self._tables, self._chain, compact_ids=compact)
            verdicts = iter(self._committed(batch, rest) if rest else ())
        if self._away:
            logger.warning("The register can be written again.")
            self._away = False
        return [Committed.DONE if each.event_ids[0] in known else next(verdicts) for each in jobs]

    def _look_up(self, statements: Statements, jobs: Sequence[Job]) -> set[str]:
        """On a fresh connection: which of the jobs are written, and where the emitter stands.

        Nothing can change about that any more, because the connection before was ended.
        """
        statements.take_place(self._chain.emitter)
        known = statements.existing_events([each.event_ids[0] for each in jobs])
        self._chain.seq, self._chain.head = statements.last_entry(self._chain.emitter)
        for each in jobs:
            each.in_doubt = False
        return known

    def _committed(self, batch: Batch, jobs: Sequence[Job]) -> list[Committed]:
        try:
            return batch.write(jobs, self._epoch)
        except AnswerLost:
            for each in jobs:
                each.in_doubt = True
                each.unanswered += 1
            raise

    def _epoch(self) -> int:
        assert self._statements is not None  # a batch is being written
        return self._guard(self._statements.cursor())

    def _rollback(self) -> None:
        if self._statements is None:
            return
        try:
            with connections[DEFAULT_DB_ALIAS].wrap_database_errors:
                self._statements.rollback()
        except Error:
            self.close()


def _unavailable(job: Job, error: Exception) -> Result | None:
    if not job.in_doubt:
        return RegisterUnavailable(f"The register can't be written: {error}")
    if job.unanswered >= MAX_UNANSWERED:
        return FateUnknown(f"No commit of this unit was answered: {error}")
    return None

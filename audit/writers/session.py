"""The writer's side of the database: one connection at a time, on which batches are committed.

A batch ends in one of three ways: it was committed, it was not, or its COMMIT had no answer. In the third its
jobs are in doubt: a fresh connection has to look their entries up before anything is known. So a result is
never a guess: None says that it can't be told yet.
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
        """Write them; one result per job.

        The thread's boundary: an error of ours fails the batch, never the writer.
        """
        if not jobs:
            return []
        try:
            return self._written(jobs)
        except Exception as error:
            logger.exception("The register's writer failed.")
            self.close()
            if len(jobs) > 1:
                return [result for each in jobs for result in self.outcomes([each])]
            return [_refusal(jobs[0], error)]

    def resolved(self, jobs: Sequence[Job]) -> list[Result | None]:
        """What became of jobs in doubt. What was not written fails: who waited so long decides anew."""
        if not jobs:
            return []
        try:
            known = self._written_before(jobs)
        except (OperationalError, InterfaceError):
            self.close()
            return [None] * len(jobs)
        except Error as error:
            logger.error("What was committed can't be looked up: %s", error)
            self.close()
            return [FateUnknown()] * len(jobs)
        unwritten = RegisterUnavailable("The database went away before this was committed.")
        return [Committed.DONE if each.event_ids[0] in known else unwritten for each in jobs]

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
            unavailable = RegisterUnavailable(f"The register can't be written: {error}")
            return [None if each.in_doubt else unavailable for each in jobs]
        except (Error, *_BAD_VALUE) as error:
            return self._one_by_one(jobs, error)

    def _one_by_one(self, jobs: Sequence[Job], error: Exception) -> list[Result | None]:
        """After a value was refused: each unit in its own transaction, so that one fails alone."""
        self._rollback()
        if len(jobs) > 1:
            return [result for each in jobs for result in self._written([each])]
        logger.error("The register's database refused a unit: %s", error)
        return [_refusal(jobs[0], error)]

    def _write(self, jobs: Sequence[Job]) -> list[Result | None]:
        known = self._written_before(jobs)
        rest = [each for each in jobs if each.event_ids[0] not in known]
        verdicts = iter(self._committed(rest) if rest else ())
        return [Committed.DONE if each.event_ids[0] in known else next(verdicts) for each in jobs]

    def _written_before(self, jobs: Sequence[Job]) -> set[str]:
        """Of the jobs in doubt, the ids of the first entries of those that are written; the rest is not.

        This connection took the place of the one that had no answer, so nothing changes about it any more.
        """
        statements = self._statements or self._connect()
        doubted = [each for each in jobs if each.in_doubt]
        if not doubted:
            return set()
        with connections[DEFAULT_DB_ALIAS].wrap_database_errors:
            known = statements.existing_events([each.event_ids[0] for each in doubted])
        for each in doubted:
            each.in_doubt = each.event_ids[0] in known
        return known

    def _connect(self) -> Statements:
        connection = connections[DEFAULT_DB_ALIAS]
        with connection.wrap_database_errors:
            connection.ensure_connection()
            statements = statements_for(connection.vendor, connection.connection)
            statements.take_place(self._chain.emitter)
            self._chain.seq, self._chain.head = statements.last_entry(self._chain.emitter)
        self._statements = statements
        if self._away:
            logger.warning("The register can be written again.")
            self._away = False
        return statements

    def _committed(self, jobs: Sequence[Job]) -> list[Committed]:
        connection = connections[DEFAULT_DB_ALIAS]
        assert self._statements is not None  # connected
        compact = connection.vendor == "sqlite"
        batch = Batch(self._statements, self._tables, self._chain, compact_ids=compact)
        try:
            with connection.wrap_database_errors:
                return batch.write(jobs, self._epoch)
        except AnswerLost:
            for each in jobs:
                each.in_doubt = True
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


def _refusal(job: Job, error: Exception) -> RegisterUnavailable:
    if job.in_doubt:
        return FateUnknown(f"Whether this unit is written can't be told: {error}")
    return UnitRefused(f"The database refused this unit: {error}")

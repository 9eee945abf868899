"""One batch in one transaction: who won, the sealed entries of the winners, their rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from audit.core.ids import uuid7_texts
from audit.core.records import Committed, Unit
from audit.errors import UnknownTable
from audit.writers.base import ENTRIES, Statements, Table
from audit.writers.sealing import Chain, sealed_rows

ClaimGuard = Callable[[Any], int]


@dataclass(slots=True)
class Job:
    """A unit that waits, with the ids that its entries have from the start: by them is found out whether a
    commit that was not answered has written it. `in_doubt` says that this is to be found out."""

    unit: Unit
    sink: Any
    give_up_at: float
    event_ids: tuple[str, ...]
    in_doubt: bool = False


def job(unit: Unit, sink: Any, give_up_at: float) -> Job:
    return Job(unit, sink, give_up_at, uuid7_texts(len(unit.entries)))


@dataclass(slots=True)
class Batch:
    """Writes jobs through one connection. Raises what the driver raises, or AnswerLost.

    The caller rolls back. The chain moves after the commit and not before.
    """

    statements: Statements
    tables: Mapping[str, Table]
    chain: Chain
    compact_ids: bool

    def write(self, jobs: Sequence[Job], epoch: Callable[[], int]) -> list[Committed]:
        """Commit what may be written; the verdict of each job, in order."""
        self.statements.begin()
        verdicts = self._verdicts(jobs, epoch)
        winners = [job for job, verdict in zip(jobs, verdicts, strict=True) if verdict is Committed.DONE]
        chain = self.chain.copy()
        rows: dict[Table, list[tuple[Any, ...]]] = {}
        if winners:
            entries = (pair for job in winners for pair in zip(job.unit.entries, job.event_ids, strict=True))
            rows[ENTRIES] = list(sealed_rows(chain, entries, compact_ids=self.compact_ids))
        self.statements.insert_and_commit(rows | self._rows(winners))
        self.chain.seq, self.chain.head = chain.seq, chain.head
        return verdicts

    def _verdicts(self, jobs: Sequence[Job], epoch: Callable[[], int]) -> list[Committed]:
        """Stale holds first, then claims, then ends. Of two that want the same request in one batch, the
        second has lost."""
        verdicts = [Committed.DONE] * len(jobs)
        claims: dict[UUID, int] = {}
        finishes: dict[UUID, int] = {}
        current = self._current_epoch(jobs, epoch)
        for index, job in enumerate(jobs):
            claim = job.unit.claim
            if claim is not None:
                if claim.epoch is not None and claim.epoch != current:
                    verdicts[index] = Committed.STALE_EPOCH
                elif claims.setdefault(claim.request_id, index) != index:
                    verdicts[index] = Committed.CLAIM_LOST
        for lost in self.statements.claim(self._of(jobs, claims, "claim")) if claims else ():
            verdicts[claims[UUID(lost)]] = Committed.CLAIM_LOST
        for index, job in enumerate(jobs):
            finish = job.unit.finish
            if finish is None or verdicts[index] is not Committed.DONE:
                continue
            if finishes.setdefault(finish.request_id, index) != index:
                verdicts[index] = Committed.FINISH_LOST
        for lost in self.statements.finish(self._of(jobs, finishes, "finish")) if finishes else ():
            verdicts[finishes[UUID(lost)]] = Committed.FINISH_LOST
        return verdicts

    @staticmethod
    def _of(jobs: Sequence[Job], wanted: Mapping[UUID, int], part: str) -> list[Any]:
        return [getattr(jobs[index].unit, part) for index in wanted.values()]

    @staticmethod
    def _current_epoch(jobs: Sequence[Job], epoch: Callable[[], int]) -> int | None:
        """The billing epoch, locked for this transaction; read only where a claim holds money."""
        if any(job.unit.claim is not None and job.unit.claim.epoch is not None for job in jobs):
            return epoch()
        return None

    def _rows(self, winners: Sequence[Job]) -> dict[Table, list[tuple[Any, ...]]]:
        rows: dict[Table, list[tuple[Any, ...]]] = {}
        for job in winners:
            for row in job.unit.rows:
                table = self.tables.get(row.table)
                if table is None:
                    raise UnknownTable(f"No table {row.table!r} is registered with the writer.")
                rows.setdefault(table, []).append(row.values)
        return rows

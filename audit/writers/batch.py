"""One batch in one transaction: who won, the sealed entries of the winners, their rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from audit.core.envelope import seal
from audit.core.ids import uuid7
from audit.core.records import Committed, Entry, Unit
from audit.errors import UnknownTable
from audit.rows import timestamp
from audit.writers.base import ENTRIES, Statements, Table

ClaimGuard = Callable[[Any], int]


@dataclass(slots=True)
class Chain:
    """Where an emitter stands: it moves only when a transaction was committed."""

    emitter: str
    seq: int = 0
    head: bytes | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A unit that waits, with the ids that its entries have from the start: a second try after an unclear
    commit finds by them what the first has written."""

    unit: Unit
    sink: Any
    give_up_at: float
    event_ids: tuple[UUID, ...] = field(default=())


def job(unit: Unit, sink: Any, give_up_at: float) -> Job:
    return Job(unit, sink, give_up_at, tuple(uuid7() for _ in unit.entries))


@dataclass(slots=True)
class Batch:
    """Writes jobs through one connection. Raises what the driver raises; the caller rolls back."""

    statements: Statements
    tables: Mapping[str, Table]
    chain: Chain
    raw: Any

    def write(self, jobs: Sequence[Job], epoch: Callable[[], int] | None) -> list[Committed]:
        """Commit what may be written; the verdict of each job, in order."""
        self.statements.begin(self.raw)
        verdicts = self._verdicts(jobs, epoch)
        winners = [job for job, verdict in zip(jobs, verdicts, strict=True) if verdict is Committed.DONE]
        chain = Chain(self.chain.emitter, self.chain.seq, self.chain.head)
        entries = [
            self._sealed(chain, entry, event_id)
            for job in winners
            for entry, event_id in zip(job.unit.entries, job.event_ids, strict=True)
        ]
        if entries:
            self.statements.insert(self.raw, ENTRIES, entries)
        for name, rows in self._rows(winners).items():
            self.statements.insert(self.raw, self._table(name), rows)
        self.statements.commit(self.raw)
        self.chain.seq, self.chain.head = chain.seq, chain.head
        return verdicts

    def _verdicts(self, jobs: Sequence[Job], epoch: Callable[[], int] | None) -> list[Committed]:
        """Stale holds first, then claims, then ends. Of two that want the same request in one batch, the
        second has lost."""
        verdicts = [Committed.DONE] * len(jobs)
        claims, finishes = {}, {}
        current = self._current_epoch(jobs, epoch)
        for index, unit in enumerate(job.unit for job in jobs):
            if unit.claim is not None:
                if unit.claim.epoch is not None and unit.claim.epoch != current:
                    verdicts[index] = Committed.STALE_EPOCH
                elif claims.setdefault(unit.claim.request_id, (index, unit.claim))[0] != index:
                    verdicts[index] = Committed.CLAIM_LOST
            if unit.finish is not None and (
                finishes.setdefault(unit.finish.request_id, (index, unit.finish))[0] != index
            ):
                verdicts[index] = Committed.FINISH_LOST
        if claims:
            won = self.statements.claim(self.raw, [claim for _, claim in claims.values()])
            self._mark_lost(verdicts, claims, won, Committed.CLAIM_LOST)
        if finishes:
            won = self.statements.finish(self.raw, [finish for _, finish in finishes.values()])
            self._mark_lost(verdicts, finishes, won, Committed.FINISH_LOST)
        return verdicts

    @staticmethod
    def _mark_lost(
        verdicts: list[Committed], wanted: Mapping[UUID, tuple[int, Any]], won: set[str], lost: Committed
    ) -> None:
        if len(won) < len(wanted):
            for request_id, (index, _) in wanted.items():
                if request_id.hex not in won:
                    verdicts[index] = lost

    @staticmethod
    def _current_epoch(jobs: Sequence[Job], epoch: Callable[[], int] | None) -> int | None:
        """The billing epoch, locked for this transaction; read only where a claim holds money."""
        if epoch is None or not any(job.unit.claim and job.unit.claim.epoch is not None for job in jobs):
            return None
        return epoch()

    def _sealed(self, chain: Chain, entry: Entry, event_id: UUID) -> tuple[Any, ...]:
        at = timestamp(entry.occurred_at_us)
        seq, prev = chain.seq + 1, chain.head
        sealed = seal(
            entry.body,
            event_id=str(event_id),
            event_type=entry.event_type,
            request_id=str(entry.request_id) if entry.request_id else None,
            occurred_at=at.replace(" ", "T") + "Z",
            emitter=chain.emitter,
            seq=seq,
            prev=prev,
        )
        chain.seq, chain.head = seq, sealed.leaf_hash
        request_id = entry.request_id.hex if entry.request_id else None
        body = sealed.body.decode()
        return (
            event_id.hex,
            entry.event_type,
            request_id,
            at,
            chain.emitter,
            seq,
            prev,
            body,
            sealed.leaf_hash,
        )

    @staticmethod
    def _rows(winners: Sequence[Job]) -> dict[str, list[tuple[Any, ...]]]:
        rows: dict[str, list[tuple[Any, ...]]] = {}
        for job in winners:
            for row in job.unit.rows:
                rows.setdefault(row.table, []).append(row.values)
        return rows

    def _table(self, name: str) -> Table:
        try:
            return self.tables[name]
        except KeyError:
            raise UnknownTable(f"No table {name!r} is registered with the writer.") from None

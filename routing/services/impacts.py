"""Impact replays: asked for, carried out by a worker, read on the proposal's page."""

import logging
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Avg, Count, F, FloatField, Q
from django.utils import timezone

from audit.models import Attempt
from registry.errors import RegistryError
from registry.models import Proposal
from registry.releases.compiler import compile_document
from registry.selectors import live_release
from registry.services.rehearsal import rehearse
from routing import recordings
from routing.core.document import DocumentUnreadable
from routing.core.impact import Impact, Latency
from routing.core.release import Release
from routing.models.impact import ImpactRun, RunState
from routing.selectors import compile_release
from routing.sources import SourceUnknown, source_of

STALE_AFTER = timedelta(minutes=10)
MAX_AT_ONCE = 5
SELECTION = ("decisions", "since", "until", "application", "tag", "source", "source_name")
LATENCY_WINDOW = timedelta(days=30)

logger = logging.getLogger(__name__)


def ask(*, proposal: Proposal, asked_by: str = "", **selection: Any) -> ImpactRun:
    """A run that waits for a worker; one of the same digest and selection that is not over is taken instead.

    Raises ValidationError where the selection is out of its bounds, or names a source that is not there.
    """
    run = ImpactRun(proposal=proposal, digest=proposal.change_set.digest, asked_by=asked_by, **selection)
    run.full_clean(exclude=["proposal", "report", "started_at", "finished_at"])
    try:
        _taken_from(run)
    except SourceUnknown as error:
        raise ValidationError(str(error)) from error
    waiting = ImpactRun.objects.filter(
        proposal=proposal,
        digest=run.digest,
        state__in=(RunState.QUEUED, RunState.RUNNING),
        created_at__gte=timezone.now() - STALE_AFTER,
        **{name: getattr(run, name) for name in SELECTION},
    ).first()
    if waiting is None:
        run.save()
    return waiting or run


def latest(proposal: Proposal) -> ImpactRun | None:
    """The newest run of what the proposal changes now, however it is worded."""
    return ImpactRun.objects.filter(proposal=proposal, digest=proposal.change_set.digest).first()


def carry_out_waiting() -> int:
    """Every run that waits, or whose process is gone, the oldest first; at most MAX_AT_ONCE."""
    stale = Q(state=RunState.RUNNING, started_at__lt=timezone.now() - STALE_AFTER)
    waiting = ImpactRun.objects.filter(Q(state=RunState.QUEUED) | stale).order_by("created_at")
    ids = list(waiting.values_list("pk", flat=True)[:MAX_AT_ONCE])
    return sum(carry_out(str(run_id)) is not None for run_id in ids)


def carry_out(run_id: str) -> ImpactRun | None:
    """Replay, unless another process already does. What goes wrong is kept with the run."""
    taken = ImpactRun.objects.filter(pk=run_id).filter(
        Q(state=RunState.QUEUED) | Q(state=RunState.RUNNING, started_at__lt=timezone.now() - STALE_AFTER)
    )
    if not taken.update(state=RunState.RUNNING, started_at=timezone.now(), done=0):
        return None
    run = ImpactRun.objects.select_related("proposal").get(pk=run_id)
    try:
        run.report = _replay(run)
        run.state = RunState.DONE
    except (RegistryError, ValidationError, DocumentUnreadable, SourceUnknown) as error:
        run.state, run.error = RunState.FAILED, str(error)[:2000]
    except Exception:  # the outermost boundary of a task: what waits for it must see an end
        logger.exception("An impact replay failed.", extra={"run": run_id})
        run.state, run.error = RunState.FAILED, "It failed; the worker's log says why."
    run.finished_at = timezone.now()
    run.save(update_fields=["state", "report", "error", "finished_at", "unreadable"])
    return run


def _replay(run: ImpactRun) -> dict[str, Any]:
    before, after = _releases(run.proposal)
    run.total, chunks = _taken_from(run)
    run.save(update_fields=["total"])
    impact = Impact(before, after)
    for chunk in chunks:
        for recorded in chunk:
            if recorded.facts is None or recorded.live is None:
                run.unreadable += 1
            else:
                impact.add(recorded.facts, recorded.live, recorded.used)
        run.done += len(chunk)
        run.save(update_fields=["done"])
    return impact.value(latencies())


def _taken_from(run: ImpactRun) -> tuple[int, Iterator[Sequence[recordings.Recorded]]]:
    """How many there are, and what is replayed, which is read as it is asked for. Raises SourceUnknown."""
    if not run.source:
        selection = recordings.Selection(run.decisions, run.since, run.until, run.application, run.tag)
        return recordings.count(selection), recordings.chunks(selection)
    source = source_of(run.source)
    return min(source.count(run.source_name), run.decisions), source.chunks(run.source_name, run.decisions)


def _releases(proposal: Proposal) -> tuple[Release, Release]:
    """What is in force, and what would be. Raises RegistryError where nothing is, or changes don't fit."""
    live = live_release()
    if live is None:
        raise RegistryError("Nothing is in force yet, so there is nothing to compare with.")
    proposed = rehearse(compile_document, on=proposal.change_set).answer
    return (
        compile_release(live.number, live.digest, live.document),
        compile_release(live.number + 1, proposed.digest, proposed.document),
    )


def latencies() -> dict[str, Latency]:
    """Of each deployment's attempts that succeeded lately."""
    squared = F("latency_ms") * F("latency_ms")
    rows = (
        Attempt.objects.filter(
            outcome=Attempt.Outcome.OK,
            latency_ms__isnull=False,
            finished_at__gte=timezone.now() - LATENCY_WINDOW,
        )
        .order_by()
        .values("deployment")
        .annotate(count=Count("id"), mean=Avg("latency_ms"), square=Avg(squared, output_field=FloatField()))
        .values_list("deployment", "count", "mean", "square")
    )
    return {
        name: Latency(count, float(mean), max(float(square) - float(mean) ** 2, 0.0))
        for name, count, mean, square in rows
    }

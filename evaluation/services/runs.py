"""What a run of models goes through. Changes of state are conditional updates, so that two can't both win."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q, Sum
from django.utils import timezone

from audit.core.canonical import digest
from audit.services import entries
from evaluation.errors import RunRefused
from evaluation.models import EvaluationSet, ModelOutcome, ModelRun, RunState
from registry.models import ApiKey, User

LEASE = timedelta(seconds=60)
LASTS = timedelta(hours=24)
MAX_TARGETS = 10
MAX_OUTCOMES = 20_000
WRITTEN_AT_ONCE = 500
OK = 200


@dataclass(frozen=True, slots=True)
class Came:
    """What came of one item. `score` is in thousandths."""

    status: int
    code: str = ""
    score: int | None = None
    request_id: UUID | None = None
    model: str = ""
    model_version: str = ""
    cost_nano: int | None = None
    latency_ms: int | None = None


def check(evaluation_set: EvaluationSet, targets: Sequence[str]) -> list[str]:
    """The targets, each once. Raises RunRefused."""
    asked = list(dict.fromkeys(target.strip() for target in targets if target.strip()))
    if not 0 < len(asked) <= MAX_TARGETS:
        raise RunRefused(f"Name 1 to {MAX_TARGETS} models or policies.")
    if not 0 < evaluation_set.item_count * len(asked) <= MAX_OUTCOMES:
        raise RunRefused(f"A run asks for 1 to {MAX_OUTCOMES:,} answers.")
    return asked


@transaction.atomic
def create(
    *, evaluation_set: EvaluationSet, targets: Sequence[str], key_prefix: str, actor: User | None
) -> ModelRun:
    """A run that waits for its first slice. Raises RunRefused."""
    asked = check(evaluation_set, targets)
    if not ApiKey.objects.filter(prefix=key_prefix, revoked_at__isnull=True).exists():
        raise RunRefused("There is no such API key.")
    run = ModelRun.objects.create(
        set=evaluation_set,
        set_digest=evaluation_set.digest,
        key_prefix=key_prefix,
        targets=asked,
        created_at=timezone.now(),
        created_by_name=actor.get_username() if actor else "",
    )
    items = list(evaluation_set.items.order_by("position").values_list("key", "task"))
    rows = (
        ModelOutcome(run=run, target=target, item=key, task=task) for key, task in items for target in asked
    )
    ModelOutcome.objects.bulk_create(rows, batch_size=WRITTEN_AT_ONCE)
    entries.record("evaluation.started", {"actor": entries.actor_of(actor), **_told(run)})
    return run


def cancel(*, run: ModelRun, actor: User | None) -> bool:
    """Begin no further item of it. False where it had ended."""
    return _end(run, RunState.CANCELLED, f"by {actor.get_username() if actor else 'the system'}")


def lease(run_id: UUID) -> ModelRun | None:
    """The run, where it has not ended and nobody works on it; from now on the caller does."""
    now = timezone.now()
    free = Q(leased_until__isnull=True) | Q(leased_until__lt=now)
    rows = ModelRun.objects.filter(free, pk=run_id, state=RunState.RUNNING)
    if not rows.update(leased_until=now + LEASE):
        return None
    return ModelRun.objects.select_related("set__data_class").get(pk=run_id)


def renew(run_id: UUID) -> None:
    ModelRun.objects.filter(pk=run_id).update(leased_until=timezone.now() + LEASE)


def release(run_id: UUID) -> None:
    ModelRun.objects.filter(pk=run_id).update(leased_until=None)


def left_alone() -> list[UUID]:
    """Runs that nobody works on: their task was lost, or is late."""
    free = Q(leased_until__isnull=True) | Q(leased_until__lt=timezone.now())
    return list(ModelRun.objects.filter(free, state=RunState.RUNNING).values_list("pk", flat=True))


def waiting(run: ModelRun, *, after: int, limit: int) -> list[ModelOutcome]:
    """What is left to ask, in order; nothing of a run that has ended."""
    rows = ModelOutcome.objects.filter(run=run, run__state=RunState.RUNNING, status=None, pk__gt=after)
    return list(rows.order_by("pk")[:limit])


def record(outcome: ModelOutcome, came: Came) -> None:
    """Once: whoever is late changes nothing."""
    ModelOutcome.objects.filter(pk=outcome.pk, status=None).update(
        status=came.status,
        code=came.code,
        score=came.score,
        request_id=came.request_id,
        model=came.model,
        model_version=came.model_version,
        cost_nano=came.cost_nano,
        latency_ms=came.latency_ms,
    )


def close(run: ModelRun) -> bool:
    """The end, where there is one: all is asked, the set is another by now, or its time is over."""
    if run.set.digest != run.set_digest:
        return _end(run, RunState.CANCELLED, "the items of the set were replaced")
    if run.created_at + LASTS < timezone.now():
        return _end(run, RunState.CANCELLED, "its time was over")
    if waiting(run, after=0, limit=1):
        return False
    return _end(run, RunState.DONE, "")


@transaction.atomic
def _end(run: ModelRun, state: RunState, why: str) -> bool:
    now, kept = timezone.now(), _digest(run)
    rows = ModelRun.objects.filter(pk=run.pk, state=RunState.RUNNING)
    if not rows.update(state=state, why=why, ended_at=now, digest=kept, leased_until=None):
        return False
    run.refresh_from_db()
    served = run.outcomes.filter(status=OK).order_by("model", "model_version")
    sums = served.values("model", "model_version").annotate(
        answers=Count("pk"), graded=Count("score"), score=Sum("score"), cost_nano=Sum("cost_nano")
    )
    ended = {"state": state.value, "why": why, "outcomes_sha256": kept, "versions": list(sums)}
    entries.record("evaluation.finished", {"actor": entries.actor_of(None), **_told(run), **ended})
    return True


def _told(run: ModelRun) -> dict[str, Any]:
    return {
        "run": str(run.pk),
        "set": run.set.name,
        "sha256": run.set_digest,
        "targets": run.targets,
        "api_key": run.key_prefix,
        "items": run.set.item_count,
    }


def _digest(run: ModelRun) -> str:
    columns = ("target", "item", "status", "score", "model", "model_version", "request_id")
    rows = run.outcomes.order_by("pk").values_list(*columns)
    return digest([[str(part) if isinstance(part, UUID) else part for part in row] for row in rows])

"""Celery's entry points of evaluation: each is one call of what does the work."""

from uuid import UUID

from celery import shared_task

from evaluation import running
from evaluation.services import runs


@shared_task(name="evaluation.tasks.run_models")
def run_models(run_id: str) -> None:
    """One slice of a run, and the next one behind it."""
    again_s = running.run_slice(UUID(run_id))
    if again_s is not None:
        run_models.apply_async((run_id,), countdown=again_s)


@shared_task(name="evaluation.tasks.sweep_runs", expires=30)
def sweep_runs() -> None:
    """Take up runs that nobody works on."""
    for run_id in runs.left_alone():
        run_models.delay(str(run_id))

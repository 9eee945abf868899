"""Celery's entry points of routing: each is one call of what does the work."""

from celery import shared_task

from routing.lane.sweep import sweep
from routing.services import impacts


@shared_task(name="routing.tasks.sweep_requests", expires=10)
def sweep_requests() -> int:
    """Close requests that run past their deadline on workers that are gone; how many."""
    return sweep()


@shared_task(name="routing.tasks.replay_impact", acks_late=True)
def replay_impact(run_id: str) -> None:
    """What a proposal would have made of recorded requests."""
    impacts.carry_out(run_id)

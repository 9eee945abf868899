"""Celery's entry points of routing: each is one call of what does the work."""

from celery import shared_task

from routing.lane.sweep import sweep


@shared_task(name="routing.tasks.sweep_requests", expires=10)
def sweep_requests() -> int:
    """Close requests that run past their deadline on workers that are gone; how many."""
    return sweep()

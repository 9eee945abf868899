"""Celery's entry points of routing: each is one call of what does the work."""

from celery import shared_task

from routing.lane.sweep import sweep
from routing.services import impacts


@shared_task(name="routing.tasks.sweep_requests", expires=10)
def sweep_requests() -> int:
    """Close requests that run past their deadline on workers that are gone; how many."""
    return sweep()


@shared_task(name="routing.tasks.replay_impacts", expires=10)
def replay_impacts() -> int:
    """What proposals would have made of recorded requests, for whoever asked; how many replays."""
    return impacts.carry_out_waiting()

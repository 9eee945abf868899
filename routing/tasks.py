"""Celery's entry points of routing: each is one call of what does the work."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from routing import review_inbox
from routing.batches import batches, files, provider_batches, running
from routing.lane.messages import BATCH_QUEUE
from routing.lane.sweep import sweep
from routing.services import experiments, failover_plans, fallbacks, impacts, reviews

SOON_S = 20.0  # what is wanted later is found by the sweep


@shared_task(name="routing.tasks.sweep_requests", expires=10)
def sweep_requests() -> int:
    """Close requests that run past their deadline on workers that are gone; how many."""
    return sweep()


@shared_task(name="routing.tasks.watch_fallbacks", expires=30)
def watch_fallbacks() -> int:
    """Tell of rules that fallbacks serve more than their band, and of those that are over; how many."""
    return len(fallbacks.check(timezone.now()))


@shared_task(name="routing.tasks.hold_failover_drills", expires=300)
def hold_failover_drills() -> int:
    """Hold the failover drills that are planned and due; how many."""
    return len(failover_plans.hold_due(timezone.now()))


@shared_task(name="routing.tasks.watch_experiments", expires=15)
def watch_experiments() -> int:
    """Count how the arms of experiments do, and stop those that break a bound; how many."""
    return len(experiments.watch(timezone.now()))


@shared_task(name="routing.tasks.replay_impacts", expires=10)
def replay_impacts() -> int:
    """What proposals would have made of recorded requests, for whoever asked; how many replays."""
    return impacts.carry_out_waiting()


@shared_task(name="routing.tasks.run_batch")
def run_batch(batch_id: str) -> None:
    """One slice of a batch, and the next one behind it; or, where it waits or has ended, one of others."""
    done = running.run_slice(UUID(batch_id))
    _carry(provider_batches.due(UUID(batch_id)))
    if done.again_s is not None:
        run_batch.apply_async((batch_id,), countdown=done.again_s)
    if done.gave_way:
        for other in batches.left_alone():
            if str(other) != batch_id:
                run_batch.delay(str(other))


@shared_task(name="routing.tasks.sweep_batches", expires=30)
def sweep_batches() -> None:
    """Take up batches that nobody works on, and drop files whose time is over."""
    for batch_id in batches.left_alone():
        run_batch.delay(str(batch_id))
    _carry(provider_batches.due())
    files.drop_expired()


@shared_task(name="routing.tasks.carry_batch")
def carry_batch(group_id: str, queue: str) -> None:
    """One step of a batch at its provider, from its own region; then the next, or its batch goes on."""
    from routing.batches.carrying import carry  # it opens connections, which no web process does

    again_s = carry(UUID(group_id))
    if again_s is not None:
        if again_s <= SOON_S:
            carry_batch.apply_async((group_id, queue), queue=BATCH_QUEUE + queue, countdown=again_s)
        return
    batch_id = provider_batches.ended(UUID(group_id))
    if batch_id is not None:
        run_batch.delay(str(batch_id))


def _carry(due: list[tuple[UUID, str]]) -> None:
    for group_id, queue in due:
        carry_batch.apply_async((str(group_id), queue), queue=BATCH_QUEUE + queue)


@shared_task(name="routing.tasks.tend_held_answers", expires=10)
def tend_held_answers() -> None:
    """Tell of answers that came to wait for a person, and refuse those whose time is over."""
    review_inbox.tell_of_new(timezone.now())
    reviews.expire_due(timezone.now())

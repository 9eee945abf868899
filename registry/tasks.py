"""Celery's entry points of the registry: each is one call of what does the work."""

from celery import shared_task
from django.utils import timezone

from registry.lifecycle import announcing
from registry.services import applying, delivery, emergencies, proposals


@shared_task(name="registry.tasks.send_notices", expires=60)
def send_notices() -> int:
    """Send what is due in the outbox; how many were sent."""
    return delivery.deliver_due()


@shared_task(name="registry.tasks.apply_scheduled", expires=60)
def apply_scheduled() -> int:
    """Apply what is scheduled and due; how many were applied or failed."""
    return len(applying.apply_due(timezone.now()))


@shared_task(name="registry.tasks.expire_proposals", expires=60)
def expire_proposals() -> int:
    """End what nobody decided on in time; how many ended."""
    return len(proposals.expire_old(timezone.now()))


@shared_task(name="registry.tasks.revert_emergencies", expires=60)
def revert_emergencies() -> int:
    """Take back what nobody has reviewed in the time that was given; how many were taken back."""
    return len(emergencies.revert_due(timezone.now()))


@shared_task(name="registry.tasks.announce_retirements", expires=3600)
def announce_retirements() -> int:
    """Tell of versions that end soon, once for each distance; how many were told of."""
    return announcing.announce_due(timezone.now())

"""Celery's entry points of the registry: each is one call of what does the work."""

from celery import shared_task

from registry.services import delivery


@shared_task(name="registry.tasks.send_notices", expires=60)
def send_notices() -> int:
    """Send what is due in the outbox; how many were sent."""
    return delivery.deliver_due()

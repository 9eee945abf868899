from celery import shared_task
from django.conf import settings
from django.utils import timezone

from billing.services import alerts, sweeper


@shared_task
def sweep_holds() -> None:
    sweeper.sweep(settings.REDIS_URL)


@shared_task
def check_alerts() -> None:
    alerts.check(timezone.now())

"""What beat starts."""

import pytest
import redis
from billing_cast import budget, charged
from billing_live_cast import line
from celery import current_app

from audit.core.ids import uuid7
from billing import tasks
from billing.holds import hold_bytes
from billing.models import BudgetAlert
from billing.scripts import HOLD, LEASES, space
from billing.services import rebuild

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_schedule_names_tasks_that_exist(settings) -> None:
    current_app.loader.import_default_modules()
    named = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert {tasks.sweep_holds.name, tasks.check_alerts.name} <= named


def test_holds_are_swept(valkey, settings) -> None:
    settings.REDIS_URL = valkey
    prefix = space(rebuild.ensure_trusted(valkey).epoch)
    request_id = str(uuid7())
    with redis.Redis.from_url(valkey) as client:
        client.set(prefix + HOLD + request_id, hold_bytes([line(5)], (), lease_s=1))
        client.zadd(prefix + LEASES, {request_id: 1})
        tasks.sweep_holds()
        assert client.zcard(prefix + LEASES) == 0


def test_alerts_are_told() -> None:
    budget(thresholds=[50])
    charged(amount=60)
    tasks.check_alerts()
    assert BudgetAlert.objects.get().threshold == 50

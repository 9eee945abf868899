"""Thresholds are told once."""

from datetime import timedelta

import pytest
from billing_cast import budget, charged, held
from django.utils import timezone

from audit.models import Entry
from billing.models import BudgetAlert
from billing.services import alerts

pytestmark = pytest.mark.django_db


def told(now=None) -> list[int]:
    return sorted(alert.threshold for alert in alerts.check(now or timezone.now()))


def test_each_threshold_is_told_once_and_recorded() -> None:
    budget(thresholds=[50, 80, 100])
    charged(amount=85)
    assert told() == [50, 80]
    assert told() == []
    charged(amount=15)
    assert told() == [100]
    assert Entry.objects.filter(event_type="budget.breached").count() == 3


def test_alert_only_budgets_tell_too() -> None:
    budget(enforcement="alert_only", thresholds=[100])
    charged(amount=150)
    assert told() == [100]


def test_what_is_only_held_is_not_spent() -> None:
    budget(thresholds=[50])
    held(amount=90)
    assert told() == []


def test_a_new_window_tells_again() -> None:
    budget(window="day", thresholds=[50])
    charged(amount=90)
    assert told() == [50]
    tomorrow = timezone.now() + timedelta(days=1)
    assert told(tomorrow) == []
    charged(amount=90, at=tomorrow)
    assert told(tomorrow) == [50]


def test_each_end_user_is_told_of_by_himself() -> None:
    budget(each_end_user=True, thresholds=[50])
    charged(amount=90, end_user="anna")
    charged(amount=10, end_user="ben")
    assert told() == [50]
    assert BudgetAlert.objects.get().end_user == "anna"


def test_a_budget_that_is_off_tells_nothing() -> None:
    budget(enabled=False, thresholds=[50])
    charged(amount=90)
    assert told() == []

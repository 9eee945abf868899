"""Drills that are held by themselves: when they are due, who hears of a failure, and who may plan one."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from audit.models import Entry
from registry.models import ApiKey, Application, DataClass, NoticeKind, User
from registry.services import keys, notices, releases
from routing.errors import DrillImpossible
from routing.models import FailoverDrill, FailoverPlan, Policy
from routing.services import failover_plans

pytestmark = pytest.mark.django_db
PAGE = "/admin/routing/failover/"
NOW = datetime(2026, 3, 10, 12, 30, tzinfo=UTC)


@pytest.fixture
def plan(author: User) -> FailoverPlan:
    return failover_plans.plan(provider="alpha-ltd", key="abc", every_h=24, actor=author)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Notices, as (kind, text)."""
    made: list[tuple[str, str]] = []
    monkeypatch.setattr(notices, "tell", lambda *, kind, text, **_: made.append((kind, text)))
    return made


@pytest.fixture
def holds(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the next drills come to: problems, or an error."""
    outcomes: list[Any] = []

    def hold(*, provider: str, keys: list[str], limit: int) -> FailoverDrill:
        outcome = outcomes.pop(0) if outcomes else []
        if isinstance(outcome, Exception):
            raise outcome
        return FailoverDrill(provider=provider, passed=not outcome, report={"problems": outcome})

    monkeypatch.setattr("routing.services.failovers.hold", hold)
    return outcomes


def test_a_plan_is_held_when_it_is_due(plan: FailoverPlan, holds: list[Any]) -> None:
    moments = [NOW, NOW + timedelta(hours=23), NOW + timedelta(hours=24)]
    assert [len(failover_plans.hold_due(moment)) for moment in moments] == [1, 0, 1]


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        ([], None),
        (["nobody serves."], "nobody serves."),
        (DrillImpossible("No."), "It could not be held: No."),
    ],
)
def test_a_failure_is_told(
    plan: FailoverPlan, holds: list[Any], told: list[tuple[str, str]], outcome: Any, text: str | None
) -> None:
    holds.append(outcome)
    failover_plans.hold_due(NOW)
    assert told == ([] if text is None else [(NoticeKind.FAILOVER_DRILL, text)])


def test_planning_again_changes_the_plan_and_both_are_on_record(plan: FailoverPlan, author: User) -> None:
    failover_plans.plan(provider="alpha-ltd", key="abc", every_h=2, actor=author)
    failover_plans.drop(plan=FailoverPlan.objects.get(every_h=2), actor=author)
    rows = Entry.objects.filter(event_type__startswith="failover.").order_by("event_id")
    assert [(row.event_type, row.data["plan"]["every_h"]) for row in rows] == [
        ("failover.planned", 24),
        ("failover.planned", 2),
        ("failover.unplanned", 2),
    ]
    assert not FailoverPlan.objects.exists()


def test_the_page_plans_and_drops(client: Client, standard: Policy, author: User) -> None:
    releases.publish(actor=author, reason="first")
    keys.create(
        application=Application.objects.get(name="invoices"),
        name="drills",
        scopes=["chat"],
        clearance=DataClass.objects.get(name="public"),
        actor=author,
    )
    wanted = {"provider": "beta-ltd", "key": ApiKey.objects.get().prefix, "plan": "plan"}
    assert "Say how often." in client.post(PAGE, wanted).content.decode()
    client.post(PAGE, {**wanted, "every_h": 12})
    assert "beta-ltd every 12 h" in client.get(PAGE).content.decode()
    client.post(PAGE, {"drop": "beta-ltd"})
    assert not FailoverPlan.objects.exists()

"""Fallbacks that serve more than their band are told of once, and so is that it is over."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from audit.core.ids import uuid7
from audit.models import Attempt, Entry, Request
from registry import inbox
from registry.models import Notice, User
from registry.services import releases, roles
from routing.models import FallbackAlert, Policy
from routing.releases import compile_policies
from routing.selectors import compile_release
from routing.services import fallbacks

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 10, 12, 30, tzinfo=UTC)
Answer = Callable[..., None]


def answered(
    times: int, *, fallback: bool = False, minutes_ago: float = 1, rule: str = "rest", failed: bool = False
) -> None:
    at = NOW - timedelta(minutes=minutes_ago)
    for _ in range(times):
        left_alone = [["alpha-eu", "breaker_open"]] if fallback and not failed else [["alpha-eu"]]
        request = Request.objects.create(
            id=uuid7(),
            accepted_at=at,
            finished_at=at,
            state="finished",
            outcome="succeeded",
            operation="chat",
            policy="standard",
            rule=rule,
            deployment="beta-eu" if fallback else "alpha-eu",
            fallback_used=fallback,
            decision=json.dumps({"candidates": [*left_alone, ["beta-eu"]]}),
        )
        if failed:
            Attempt.objects.create(
                id=uuid7(),
                request=request,
                number=1,
                path="0.0",
                deployment="alpha-eu",
                started_at=at,
                finished_at=at,
                outcome="failed",
                error_kind="timeout",
            )


@pytest.fixture
def published(standard: Policy, author: User) -> Policy:
    releases.publish(actor=author, reason="first")
    return standard


def events() -> list[str]:
    rows = Entry.objects.filter(event_type__startswith="fallback.").order_by("event_id")
    return [entry.event_type for entry in rows]


@pytest.mark.parametrize(
    ("well", "by_fallback", "opens"),
    [(15, 5, True), (16, 4, False), (9, 10, False), (0, 20, True), (100, 0, False)],
)
def test_more_than_the_band_of_enough_answers_is_told(
    published: Policy, well: int, by_fallback: int, opens: bool
) -> None:
    answered(well)
    answered(by_fallback, fallback=True)
    assert bool(fallbacks.check(NOW)) is opens
    assert fallbacks.check(NOW) == []
    assert events() == ["fallback.opened"] * opens


def test_what_is_older_than_the_window_does_not_count(published: Policy) -> None:
    answered(30, fallback=True, minutes_ago=16)
    assert fallbacks.check(NOW) == []


def test_a_busy_rule_does_not_hide_another(published: Policy) -> None:
    answered(200, rule="extract")
    answered(20, fallback=True)
    (alert,) = fallbacks.check(NOW)
    assert (alert.policy, alert.rule, alert.percent) == ("standard", "rest", 100.0)


@pytest.mark.parametrize(("failed", "reason"), [(True, "timeout"), (False, "breaker_open")])
def test_it_is_said_who_failed_and_who_served(published: Policy, failed: bool, reason: str) -> None:
    answered(20, fallback=True, failed=failed)
    (alert,) = fallbacks.check(NOW)
    assert (alert.failing, alert.reason, alert.serving) == ("alpha-eu", reason, "beta-eu")
    assert "alpha-eu was passed over most" in fallbacks.in_words(alert)


@pytest.mark.parametrize(
    ("well", "by_fallback", "over"),
    [(0, 0, True), (0, 3, False), (30, 2, True), (10, 30, False)],
)
def test_it_closes_itself_when_it_is_over(published: Policy, well: int, by_fallback: int, over: bool) -> None:
    answered(20, fallback=True, minutes_ago=14)
    fallbacks.check(NOW)
    answered(well, minutes_ago=-10)
    answered(by_fallback, fallback=True, minutes_ago=-10)
    later = NOW + timedelta(minutes=12)
    assert len(fallbacks.check(later)) == over
    assert FallbackAlert.objects.filter(closed_at__isnull=True).count() == (not over)
    assert events() == ["fallback.opened", *["fallback.closed"] * over]


def test_it_opens_anew_when_it_comes_back(published: Policy) -> None:
    answered(20, fallback=True)
    for minutes in (0, 20):
        fallbacks.check(NOW + timedelta(minutes=minutes))
    answered(20, fallback=True, minutes_ago=-21)
    fallbacks.check(NOW + timedelta(minutes=22))
    assert FallbackAlert.objects.count() == 2
    assert events() == ["fallback.opened", "fallback.closed", "fallback.opened"]


def test_the_band_is_that_of_the_release(standard: Policy, author: User) -> None:
    standard.fallback_band_percent = 100
    standard.save()
    releases.publish(actor=author, reason="first")
    answered(20, fallback=True)
    assert fallbacks.check(NOW) == []


def test_admins_find_it_in_their_inbox_and_on_the_first_page(
    client: Client, author: User, published: Policy
) -> None:
    roles.seed()
    admin = User.objects.create_user("boss", is_staff=True)
    admin.groups.add(Group.objects.get(name=roles.ADMIN))
    answered(20, fallback=True)
    fallbacks.check(NOW)
    assert Notice.objects.filter(user=admin, kind="fallback.band").count() == 1
    assert "Quiet failures" in [section.name for section in inbox.sections(author)]
    assert "20 of 20 answers" in client.get("/admin/").content.decode()
    assert "alpha-eu was passed over most" in client.get("/admin/routing/health/").content.decode()


def test_bands_are_in_a_release_only_where_they_are_set(standard: Policy, author: User) -> None:
    (plain,) = compile_policies()["policies"]
    assert not {"fallback_band_percent", "tier_bands"} & plain.keys()
    standard.fallback_band_percent, standard.tier_bands = 5, [["small", 50, 80]]
    standard.full_clean()
    standard.save()
    document = releases.publish(actor=author, reason="bands").document
    policy = compile_release(1, "d", json.loads(document)).policies["standard"]
    assert policy.fallback_band_percent == 5
    assert [str(band) for band in policy.tier_bands] == ["50 to 80 %"]

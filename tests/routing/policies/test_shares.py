"""Shares of tiers beside their bands, and of the levels of routes."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import QuerySet
from django.test import Client

from audit.core.ids import uuid7
from audit.models import Request
from registry.models import Model, Release, Team, User
from registry.services import releases
from routing.health import shares
from routing.models import Policy

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 10, 12, 30, tzinfo=UTC)
DAY = NOW - timedelta(days=1)
PAGE = "/admin/routing/shares/"


def answered(
    times: int, model: str, path: str, *, release: int = 1, at: datetime = NOW, team: str = ""
) -> None:
    for _ in range(times):
        Request.objects.create(
            id=uuid7(),
            accepted_at=at,
            finished_at=at,
            state="finished",
            outcome="succeeded",
            operation="chat",
            policy="standard",
            rule="rest",
            release_number=release,
            model=model,
            answer_path=path,
            team=team,
        )


@pytest.fixture
def published(standard: Policy, author: User) -> Release:
    Model.objects.filter(name="alpha").update(tier="small")
    Model.objects.filter(name="beta").update(tier="frontier")
    standard.tier_bands = [["small", 50, 80], ["frontier", 0, 10]]
    standard.save()
    return releases.publish(actor=author, reason="first")


def rows(person: User) -> "QuerySet[Request]":
    return shares.answered(person, DAY)


def test_tiers_are_told_with_their_bands(published: Release, author: User) -> None:
    answered(15, "alpha", "0.0")
    answered(5, "beta", "0.1")
    (found,) = shares.by_tier(rows(author))
    told = [(share.tier, share.percent, share.state) for share in found.tiers]
    assert told == [("small", 75.0, "within"), ("frontier", 25.0, "over")]


@pytest.mark.parametrize("times", [0, 19])
def test_of_few_answers_nothing_is_said(published: Release, author: User, times: int) -> None:
    answered(times, "beta", "0.1")
    (found,) = shares.by_tier(rows(author))
    assert (found.answers, [share.state for share in found.tiers]) == (times, ["few", "few"])


def test_levels_are_those_of_the_release_that_routed(published: Release, author: User) -> None:
    answered(4, "alpha", "0.0", release=published.number)
    answered(1, "beta", "0.1", release=published.number)
    answered(9, "beta", "0.1", release=published.number + 5)
    answered(9, "beta", "0.1", release=published.number, at=DAY - timedelta(hours=1))
    (found,) = shares.by_level(rows(author))
    assert [(level.name, level.answers, level.percent) for level in found.levels] == [
        ("alpha", 4, 80.0),
        ("beta", 1, 20.0),
    ]
    assert (found.kind, found.answers, found.escalated_percent) == ("fallback", 5, 20.0)


def test_others_see_the_shares_of_their_teams_alone(published: Release) -> None:
    answered(3, "alpha", "0.0", team=Team.objects.get().name)
    assert shares.by_level(rows(User.objects.create_user("outsider"))) == []


def test_the_page_is_for_those_who_see_requests() -> None:
    client = Client()
    client.force_login(User.objects.create_user("outsider", is_staff=True))
    assert client.get(PAGE).status_code == 403


@pytest.mark.parametrize(
    "query", [{}, {"window": "7d", "policy": "standard"}, {"window": "x", "policy": "y"}]
)
def test_the_page_shows_bands_and_levels(
    client: Client, published: Release, query: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("routing.admin.shares.timezone.now", lambda: NOW)
    answered(20, "beta", "0.1", release=published.number)
    page = client.get(PAGE, query).content.decode()
    assert "over 0 to 10 %" in page
    assert "under 50 to 80 %" in page
    assert "2. beta" in page


def test_the_first_page_shows_policies_that_have_bands(
    client: Client, published: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signalbox.dashboard.timezone.now", lambda: NOW)
    answered(20, "alpha", "0.0", at=NOW - timedelta(hours=1))
    page = client.get("/admin/").content.decode()
    assert "over 50 to 80 %" in page

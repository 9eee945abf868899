"""What ends soon is told: on a page, in inboxes, to people once for each distance, and to who publishes."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from registry_cast import World

from audit.models import Entry, Request
from registry.lifecycle import announcing, dependants, ics, inbox_items, retirements
from registry.models import Lifecycle, ModelVersion, Notice, User
from registry.releases.clock import day_begins_us
from registry.releases.section import compile_registry
from registry.releases.validation import validate_registry

SignIn = Callable[[str], Client]
PAGE = "admin:registry_retirements"
ENDS = date(2026, 6, 1)


def retires(world: World, on: date | None, **fields: object) -> ModelVersion:
    version = world.deployment.version
    version.retires_on = on
    for name, value in fields.items():
        setattr(version, name, value)
    version.save()
    return version


def in_days(days: int) -> date:
    return timezone.now().date() + timedelta(days=days)


def before(days: int) -> datetime:
    return datetime(2026, 6, 1, tzinfo=UTC) - timedelta(days=days)


DISTANCES = [(91, None), (90, 90), (31, 90), (30, 30), (8, 30), (7, 7), (1, 7), (0, 0), (-5, 0)]


@pytest.mark.parametrize(("days", "within"), DISTANCES)
def test_the_end_is_the_beginning_of_the_day(days: int, within: int | None) -> None:
    assert retirements.within(ENDS, before(days)) == within


@pytest.mark.parametrize(("days", "within"), DISTANCES)
def test_publishing_is_told_of_what_ends(world: World, days: int, within: int | None) -> None:
    retires(world, ENDS)
    now_us = day_begins_us(ENDS - timedelta(days=days))
    found = [each for each in validate_registry(compile_registry(), now_us) if each.code == "retires_soon"]
    assert [each.severity for each in found] == (["warning"] if within is not None else [])
    assert all("gpt-eu" in each.message and "2026-06-01" in each.message for each in found)


@pytest.mark.parametrize(("enabled", "lifecycle"), [(False, "approved"), (True, "retired")])
def test_what_serves_nothing_warns_of_nothing(world: World, enabled: bool, lifecycle: str) -> None:
    retires(world, ENDS, lifecycle=lifecycle)
    world.deployment.enabled = enabled
    world.deployment.save()
    codes = {each.code for each in validate_registry(compile_registry(), day_begins_us(ENDS))}
    assert "retires_soon" not in codes


def test_a_release_says_when_a_version_ends_only_where_it_does(world: World) -> None:
    (plain,) = compile_registry()["deployments"]
    retires(world, ENDS)
    (dated,) = compile_registry()["deployments"]
    assert "retires_on" not in plain
    assert dated["retires_on"] == "2026-06-01"


def test_people_are_told_once_for_each_distance(world: World, cast: dict[str, User]) -> None:
    retires(world, ENDS)
    told = [announcing.announce_due(before(days)) for days in (100, 90, 60, 30, 30, 7, 2, 0, -3)]
    assert told == [0, 1, 0, 1, 0, 1, 0, 1, 0]
    notices = Notice.objects.filter(kind="model.retiring")
    assert {notice.user.username for notice in notices if notice.user} == {"boss", "author", "approver"}
    assert "deployment gpt-eu" in notices[0].body
    assert Entry.objects.filter(event_type="model.retiring").count() == 4


def test_another_date_is_told_again(world: World) -> None:
    retires(world, ENDS)
    assert announcing.announce_due(before(20)) == 1
    retires(world, ENDS + timedelta(days=5))
    assert announcing.announce_due(before(20)) == 1


def test_what_is_retired_is_told_no_more(world: World) -> None:
    retires(world, ENDS, lifecycle=Lifecycle.RETIRED)
    assert announcing.announce_due(before(5)) == 0


@pytest.mark.parametrize(("days", "tone"), [(5, "error"), (60, "warning"), (120, None)])
def test_inboxes_hold_what_ends(world: World, cast: dict[str, User], days: int, tone: str | None) -> None:
    retires(world, in_days(days))
    assert [item.tone for item in inbox_items.retiring(cast["author"])] == ([tone] if tone else [])
    assert list(inbox_items.retiring(cast["outsider"])) == []


def answered(world: World, application: str, days_ago: int) -> None:
    version = world.deployment.version
    now = timezone.now()
    Request.objects.create(
        id=f"00000000-0000-7000-8000-{Request.objects.count():012d}",
        accepted_at=now - timedelta(days=days_ago),
        state="finished",
        outcome="succeeded",
        finished_at=now,
        operation="chat",
        application=application,
        model=version.model.name,
        model_version=version.name,
    )


def test_who_used_it_lately_is_counted(world: World) -> None:
    for application, days_ago in (("invoices", 1), ("invoices", 2), ("letters", 29), ("old", 31)):
        answered(world, application, days_ago)
    uses = dependants.uses_of(world.deployment.version, timezone.now())
    assert [(use.application, use.requests) for use in uses] == [("invoices", 2), ("letters", 1)]


def test_the_page_shows_what_depends_on_what_ends(world: World, sign_in: SignIn) -> None:
    retires(world, in_days(20))
    answered(world, "invoices", 1)
    page = sign_in("auditor").get(reverse(PAGE)).content.decode()
    for said in ("Within 30 days", "gpt 1", "gpt-eu", "invoices", "1 requests"):
        assert said in page
    assert sign_in("outsider").get(reverse(PAGE)).status_code == 403


def test_the_calendar_is_a_file(world: World, sign_in: SignIn) -> None:
    retires(world, ENDS)
    answer = sign_in("auditor").get(reverse("admin:registry_retirements_ics"))
    assert answer["Content-Type"].startswith("text/calendar")
    lines = answer.content.decode().split("\r\n")
    assert (lines[0], lines[-2:]) == ("BEGIN:VCALENDAR", ["END:VCALENDAR", ""])
    assert {"DTSTART;VALUE=DATE:20260601", "DTEND;VALUE=DATE:20260602", "SUMMARY:gpt 1 retires"} <= set(lines)
    assert sign_in("outsider").get(reverse("admin:registry_retirements_ics")).status_code == 403


def test_long_lines_are_folded_and_signs_escaped(world: World) -> None:
    version = retires(world, ENDS, upstream_id="ä;,\\" * 40)
    text = ics.calendar_text([retirements.End(version, None, ENDS)], before(0))
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "ä\\;\\,\\\\" * 40 in text.replace("\r\n ", "")

"""The management API: from a file in Git to the next release, by two people with a token each."""

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from management_cast import Person, code_of
from proposal_cast import Cast, slower, submitted, timeout_of
from registry_cast import World

from audit.models import Entry
from registry.models import Proposal, Release, Suspension
from registry.services import applying, suspensions

pytestmark = pytest.mark.usefixtures("own_section_only")


@pytest.fixture(autouse=True)
def _nobody_has_called() -> None:
    cache.clear()


@pytest.fixture
def author(cast: Cast, live: World) -> Person:
    return Person(cast["author"])


@pytest.fixture
def approver(cast: Cast, live: World) -> Person:
    return Person(cast["approver"])


def hastier(author: Person) -> dict[str, Any]:
    """What is in force, but for one field."""
    document = author.get("config")
    document["deployments"]["gpt-eu"]["timeout_s"] = 30
    return dict(document)


def drafted(author: Person) -> dict[str, Any]:
    return dict(author.post("proposals", 201, title="Hastier", reason="It needs it.", config=hastier(author)))


def test_a_file_becomes_a_release_by_two_people(live: World, author: Person, approver: Person) -> None:
    made = drafted(author)
    assert (made["author"], made["source"], made["state"]) == ("author", "api", "draft")
    assert made["told"][0]["lines"] == ["timeout in seconds: 60 → 30"]
    digest = made["digest"]
    assert author.post("proposals/1/submit", digest=digest)["waits_for"] == {"platform": 1}
    agreed = approver.post("proposals/1/approve", digest=digest, reason="Read.")
    assert (agreed["state"], agreed["verdicts"][0]["by"], agreed["waits_for"]) == ("approved", "approver", {})
    release = author.post("proposals/1/apply", digest=digest)
    assert (release["number"], release["approvers"], release["proposal"]) == (2, ["approver"], 1)
    assert timeout_of(live) == 30


def test_a_change_set_is_taken_as_it_was_read(live: World, author: Person) -> None:
    made = drafted(author)
    again = author.post("proposals", 201, title="Again", changes=made["changes"])
    assert [row.change_set for row in Proposal.objects.all()] == [slower(live)] * 2
    assert again["digest"] != made["digest"]  # which are of their titles too


def test_what_a_file_would_change_is_told_and_not_kept(author: Person) -> None:
    (told,) = author.post("config/diff", config=hastier(author))["told"]
    assert (told["op"], told["name"]) == ("changed", "gpt-eu")
    assert not Proposal.objects.exists()


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_an_exported_text_is_what_is_in_force_and_is_on_record(author: Person, form: str) -> None:
    exported = author.call("GET", f"config?format={form}")
    assert exported["x-signalbox-release"] == "1"
    assert author.post("config/diff", config=exported.content.decode()) == {"told": []}
    assert author.refused("POST", "proposals", {"title": "No", "config": exported.content.decode()}) == (
        "nothing_proposed"
    )
    body = json.loads(Entry.objects.get(event_type="export.generated").body)
    assert body["data"]["actor"]["token"] == author.token.split("-")[1]


def test_a_release_gives_the_configuration_it_was_made_of(cast: Cast, live: World, author: Person) -> None:
    before = author.call("GET", "config").content
    proposal = submitted(cast, live)
    Person(cast["approver"]).post(f"proposals/{proposal.number}/approve", digest=proposal.digest)
    applying.apply(proposal=proposal, actor=None)
    assert author.call("GET", "config?release=1").content == before
    assert author.call("GET", "config?release=2").content == author.call("GET", "config").content != before


def test_an_edit_needs_the_digest_that_was_read(author: Person, live: World) -> None:
    made = drafted(author)
    edit = {"digest": made["digest"], "changes": made["changes"]}
    edit["changes"][0]["after"] = {"timeout_s": 40}
    edited = author.call("PUT", "proposals/1", edit)
    assert edited.json()["digest"] != made["digest"]
    assert Proposal.objects.get().change_set == slower(live, 40)
    assert author.refused("PUT", "proposals/1", edit) == "changed_since_read"


def test_a_proposal_is_scheduled_when_it_is_submitted(author: Person, approver: Person) -> None:
    made, moment = drafted(author), timezone.now() + timedelta(hours=1)
    author.post("proposals/1/submit", digest=made["digest"], apply_at=moment.isoformat())
    agreed = approver.post("proposals/1/approve", digest=made["digest"])
    assert agreed["state"] == "scheduled"
    assert author.refused("POST", "proposals/1/apply", {"digest": made["digest"]}) == "wrong_state"


def test_a_proposal_is_rejected_with_a_reason_or_withdrawn(author: Person, approver: Person) -> None:
    digest = drafted(author)["digest"]
    author.post("proposals/1/submit", digest=digest)
    blank = {"digest": digest, "reason": " "}
    assert approver.refused("POST", "proposals/1/reject", blank) == "reason_missing"
    assert approver.post("proposals/1/reject", digest=digest, reason="No.")["state"] == "rejected"
    assert author.refused("POST", "proposals/1/withdraw") == "wrong_state"
    drafted(author)
    assert author.post("proposals/2/withdraw")["state"] == "withdrawn"


def test_a_conflict_is_shown_three_ways(cast: Cast, live: World, author: Person, approver: Person) -> None:
    mine, other = drafted(author), submitted(cast, live, 20)
    approver.post("proposals/2/approve", digest=other.digest)
    author.post("proposals/2/apply", digest=other.digest)
    assert author.refused("POST", "proposals/1/submit", {"digest": mine["digest"]}) == "conflict"
    (clash,) = author.get("proposals/1")["conflicts"]
    assert (clash["was"], clash["now"], clash["would"]) == ("60", "20", "30")


def test_pages_follow_each_other(author: Person) -> None:
    for _ in range(3):
        drafted(author)
    first = author.get("proposals?limit=2")
    assert [item["number"] for item in first["items"]] == [3, 2]
    rest = author.get(f"proposals?limit=2&before={first['next']}")
    assert ([item["number"] for item in rest["items"]], rest["next"]) == ([1], None)
    assert author.get("proposals?state=submitted")["items"] == []


def test_releases_are_read_compared_and_found_by_time(author: Person, approver: Person) -> None:
    digest = drafted(author)["digest"]
    author.post("proposals/1/submit", digest=digest)
    approver.post("proposals/1/approve", digest=digest)
    author.post("proposals/1/apply", digest=digest)
    first, second = Release.objects.order_by("number")
    (difference,) = author.get("releases/1/compare/2")["differences"]
    assert (difference["noun"], difference["name"]) == ("deployment", "gpt-eu")
    at = first.published_at.isoformat().replace("+00:00", "Z")
    assert [item["number"] for item in author.get(f"releases?at={at}")["items"]] == [1]
    assert author.get("releases?at=2000-01-01T00:00:00Z")["items"] == []
    document = author.call("GET", "releases/2/document").content
    assert hashlib.sha256(document).hexdigest() == author.get("releases/2")["digest"] == second.digest
    back = author.post("releases/1/return", 201, reason="It was better.")
    assert (back["source"], back["told"][0]["lines"]) == ("rollback", ["timeout in seconds: 30 → 60"])


def test_a_suspension_is_placed_at_once_and_lifted_by_a_proposal(cast: Cast, author: Person) -> None:
    asked = {"kind": "provider", "target": "openai", "reason": "It leaks.", "cancel_in_flight": True}
    placed = author.post("suspensions", 201, **asked)
    assert author.refused("POST", "suspensions", asked) == "already_suspended"
    assert author.get("suspensions?in_force=true")["items"] == [placed]
    lifting = author.post(f"suspensions/{placed['id']}/lift", 201, reason="It is mended.")
    assert (lifting["state"], lifting["source"]) == ("submitted", "api")
    assert Suspension.objects.get().in_force
    assert author.refused("POST", "suspensions", {**asked, "target": "opnai"}) == "nothing_to_suspend"
    assert suspensions.PERMISSION not in cast["auditor"].get_all_permissions()
    assert Person(cast["auditor"]).refused("POST", "suspensions", asked) == "not_permitted"


def test_a_session_needs_its_csrf_token(cast: Cast, live: World) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast["author"])
    assert browser.get("/api/proposals").status_code == 200
    asked = {"data": {"title": "No"}, "content_type": "application/json"}
    assert code_of(browser.post("/api/proposals", **asked)) == "csrf_failed"
    page = browser.get("/admin/registry/accesstoken/add/").content.decode()
    token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    assert code_of(browser.post("/api/proposals", headers={"x-csrftoken": token}, **asked)) == (
        "nothing_proposed"
    )


def test_each_person_has_so_many_requests_a_minute(
    author: Person, approver: Person, settings: LazySettings
) -> None:
    settings.MANAGEMENT_PER_MIN = 2
    author.get("proposals"), author.get("proposals")
    answer = author.call("GET", "proposals")
    assert code_of(answer) == "rate_limit_exceeded"
    assert 1 <= int(answer["retry-after"]) <= 60
    approver.get("proposals")


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("GET", "nothing/here", None, "not_found"),
        ("GET", "proposals/", None, "not_found"),
        ("GET", "proposals/99999999999999999999", None, "not_found"),
        ("GET", "releases/7", None, "not_found"),
        ("DELETE", "proposals/1", None, "method_not_allowed"),
        ("OPTIONS", "proposals", None, "method_not_allowed"),
        ("GET", "proposals?limit=0", None, "invalid_request"),
        ("GET", "proposals?limit=1000", None, "invalid_request"),
        ("GET", "proposals?before=²", None, "invalid_request"),
        ("GET", "proposals?sort=x", None, "invalid_request"),
        ("GET", "proposals?state=draft&state=x", None, "invalid_request"),
        ("GET", "releases?at=yesterday", None, "invalid_request"),
        ("GET", "releases?at=2026-13-01T00:00:00Z", None, "invalid_request"),
        ("GET", "config?release=9", None, "not_found"),
        ("POST", "proposals", b"{", "invalid_request"),
        ("POST", "proposals", b"[" * 100_000, "invalid_request"),
        ("POST", "proposals", b"\xff", "invalid_request"),
        ("POST", "proposals", {"title": ""}, "invalid_request"),
        ("POST", "proposals", {"title": "\0"}, "invalid_request"),
        ("POST", "proposals", {"title": "x", "author": "boss"}, "invalid_request"),
        ("POST", "proposals", {"title": "x"}, "nothing_proposed"),
        ("POST", "proposals", {"title": "x", "config": "a: &a [*a]"}, "document_invalid"),
        ("POST", "proposals", {"title": "x", "config": {"signalbox": 1, "no": {}}}, "document_invalid"),
        ("POST", "proposals", b" " * (5 * 1024 * 1024 + 1), "request_too_large"),
        ("POST", "proposals/1/approve", {"digest": "x"}, "invalid_request"),
    ],
)
def test_what_can_not_be_is_refused_in_one_shape(
    author: Person, method: str, path: str, body: Any, code: str
) -> None:
    assert author.refused(method, path, body) == code


ROW = "0197f5a0-0000-7000-8000-000000000001"


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "registry.user", "before": None, "after": {"is_superuser": True}},
        {"kind": "registry.deployment", "before": {}, "after": {"timeout_s": 1}},
        {"kind": "registry.deployment", "before": None, "after": None},
        {"kind": "registry.deployment", "before": None, "after": {"name": "x"}},
        {"kind": "registry.deployment", "before": {"id": 1}, "after": {"id": 2}},
        {"kind": "registry.deployment", "before": {"timeout_s": 60}, "after": {"timeout_s": "soon"}},
        {"kind": "registry.deployment", "before": {"timeout_s": 60}, "after": {"timeout_s": []}},
        {"kind": "registry.price", "before": {"valid_from": 1}, "after": {"valid_from": 2}},
        {"kind": "registry.suspension", "before": None, "after": {"in_force": True}},
        {"kind": "registry.suspension", "before": {"in_force": True}, "after": None},
        {"kind": "registry.suspension", "before": {"reason": "a"}, "after": {"reason": "b"}},
        {"kind": "registry.dataclass", "before": {"kinds": []}, "after": {"kinds": [0.5]}},
    ],
)
def test_a_change_set_says_nothing_that_the_console_could_not(author: Person, change: dict[str, Any]) -> None:
    asked = {"title": "Sly", "changes": [{"id": ROW, **change}]}
    assert author.refused("POST", "proposals", asked) == "changes_invalid"
    assert not Proposal.objects.exists()

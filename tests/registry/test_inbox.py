"""The inbox: each person finds what waits for them, and nothing that does not."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from registry_cast import World

from audit.core.ids import uuid7
from audit.models import Attempt, Request
from registry import inbox, inbox_items, inbox_proposals
from registry.errors import SectionExists
from registry.inbox import Item
from registry.models import Certification, MatrixCell, User
from registry.services import notices, releases, roles


@pytest.fixture
def contributors(monkeypatch: pytest.MonkeyPatch) -> None:
    """None but those that the test registers."""
    monkeypatch.setattr(inbox, "_contributors", {})


def names(user: User) -> list[str]:
    return [section.name for section in inbox.sections(user)]


def answered(reported: str, drift: bool) -> None:
    now = timezone.now()
    request = Request.objects.create(id=uuid7(), accepted_at=now, state="running", operation="chat")
    Attempt.objects.create(
        id=uuid7(),
        request=request,
        number=1,
        path="0",
        deployment="gpt-eu",
        model="gpt",
        model_version="1",
        provider="openai",
        sent_model="gpt-1",
        reported_model=reported,
        drift=drift,
        started_at=now,
        finished_at=now,
        outcome="ok",
    )


def test_sections_come_in_their_order_and_empty_ones_not_at_all(contributors: None) -> None:
    inbox.register("later", lambda user: [Item("one")], order=2)
    inbox.register("first", lambda user: [Item("two")], order=1)
    inbox.register("empty", lambda user: [], order=0)
    assert names(User()) == ["first", "later"]


def test_a_name_is_registered_once(contributors: None) -> None:
    inbox.register("mine", lambda user: [])
    with pytest.raises(SectionExists):
        inbox.register("mine", lambda user: [Item("other")])


def test_a_section_shows_a_bounded_number_and_says_so(contributors: None) -> None:
    inbox.register("many", lambda user: (Item(str(number)) for number in range(10**9)))
    (section,) = inbox.sections(User())
    assert (len(section.items), section.more) == (inbox.MAX_ITEMS, True)


@pytest.mark.parametrize(("person", "waits"), [("author", True), ("boss", True), ("auditor", False)])
@pytest.mark.parametrize(("days", "soon"), [(3, True), (29, True), (31, False), (-1, False)])
def test_evidence_that_expires_waits_for_who_decides_cells(
    world: World, cast: dict[str, User], person: str, waits: bool, days: int, soon: bool
) -> None:
    cell = MatrixCell.objects.get()
    cell.valid_to = timezone.now() + timedelta(days=days)
    cell.save()
    assert ("Evidence that expires" in names(cast[person])) is (waits and soon)


def test_the_privacy_officer_sees_what_ends(world: World, cast: dict[str, User]) -> None:
    officer = cast["outsider"]
    officer.groups.add(Group.objects.get(name=roles.PRIVACY_OFFICER))
    today = timezone.now().date()
    MatrixCell.objects.update(valid_to=timezone.now() + timedelta(days=3))
    for name, days in (("dpa-1", 60), ("dpa-2", 120), ("dpa-3", -1)):
        Certification.objects.create(
            name=name,
            kind="dpa",
            provider=world.deployment.provider,
            issued_on=today - timedelta(days=9),
            expires_on=today + timedelta(days=days),
        )
    person = User.objects.get(username="outsider")
    assert {"Evidence that expires", "Certifications that end"} <= set(names(person))
    assert [item.text[:5] for item in inbox_items.ending_certifications(person)] == ["dpa-1"]
    assert list(inbox_items.ending_certifications(cast["auditor"])) == []


def test_the_auditor_sees_what_one_person_put_in_force(
    world: World, cast: dict[str, User], own_section_only: None
) -> None:
    releases.publish(actor=cast["author"], reason="alone")
    releases.publish(actor=cast["author"], reason="two", approvers=[cast["approver"]])
    (item,) = inbox_proposals.alone(cast["auditor"])
    assert item.title == "Release 1, where nobody had to agree"
    assert list(inbox_proposals.alone(cast["approver"])) == []


def test_drift_is_told_once_for_each_pair(world: World, cast: dict[str, User]) -> None:
    for reported, drift in (("gpt-2", True), ("gpt-2", True), ("gpt-3", True), ("gpt-1", False)):
        answered(reported, drift)
    (section,) = (one for one in inbox.sections(cast["auditor"]) if "answered as" in one.name)
    assert {item.title for item in section.items} == {
        "gpt-eu answered as gpt-2",
        "gpt-eu answered as gpt-3",
    }


def test_the_page_shows_the_notice_and_the_sidebar_counts_it(cast: dict[str, User]) -> None:
    notices.tell(kind="login.locked", subject="A login <b>was</b> locked", to_users=[cast["outsider"]])
    client = Client()
    client.force_login(cast["outsider"])
    page = client.get(reverse("admin:registry_inbox")).content.decode()
    assert "A login &lt;b&gt;was&lt;/b&gt; locked" in page
    client.post(reverse("admin:registry_inbox"), {"do": "read_all"})
    assert "Nothing waits for you." in client.get(reverse("admin:registry_inbox")).content.decode()


@pytest.mark.parametrize("wanted", ["no", "yes"])
def test_each_person_decides_on_their_own_mail(cast: dict[str, User], wanted: str) -> None:
    client = Client()
    client.force_login(cast["outsider"])
    client.post(reverse("admin:registry_inbox"), {"do": "email", "wanted": wanted})
    assert User.objects.get(username="outsider").email_notices is (wanted == "yes")


def test_nothing_else_can_be_asked_of_the_inbox(cast: dict[str, User]) -> None:
    client = Client()
    client.force_login(cast["outsider"])
    assert client.post(reverse("admin:registry_inbox"), {"do": "delete"}).status_code == 400

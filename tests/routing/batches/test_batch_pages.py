"""The pages of batches and their files: who sees which, what they show, and who cancels."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from registry.models import Team, TeamMembership, TeamRole, User
from registry.services import roles
from routing.batches import batches, provider_batches
from routing.models import Batch, BatchState
from tests.routing.batches.made import prepared

pytestmark = pytest.mark.django_db
LIST = "/admin/routing/batch/"


@pytest.fixture
def batch(monkeypatch: pytest.MonkeyPatch) -> Batch:
    """Three lines of crew's: one answered, one at its provider, one that waits."""
    monkeypatch.setattr("routing.tasks.run_batch.delay", lambda batch_id: None)
    roles.seed()
    made = prepared(str(Team.objects.create(name="crew").pk))
    first, second, _ = batches.work(made, after=0, limit=3)
    batches.record(made, first, status=200, line=b"{}", request_id=uuid4())
    sent = provider_batches.open_for(made, deployment="bulk-eu", queue="default")
    provider_batches.add(sent, item=second.item, request_id=uuid4(), call=b"secret words")
    made.refresh_from_db()
    return made


def client_of(role: str, team: str = "", rank: str = TeamRole.ADMIN) -> Client:
    user = User.objects.create_user(f"{role}-{team}", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    if team:
        row, _ = Team.objects.get_or_create(name=team)
        TeamMembership.objects.create(team=row, user=user, role=rank)
    client = Client()
    client.force_login(user)
    return client


def page(batch: Batch) -> str:
    return reverse("admin:routing_batch_change", args=[batch.pk])


def test_a_batch_shows_where_its_lines_are_and_nothing_of_what_they_say(batch: Batch) -> None:
    text = client_of(roles.AUDITOR).get(page(batch)).content.decode()
    for shown in ("1 of 3 lines", "bulk-eu", "at its provider", "answered", "waits", "n2"):
        assert shown in text
    assert "messages" not in text
    assert "Cancel the batch" not in text


def test_lines_are_chosen_by_their_outcome(batch: Batch) -> None:
    client = client_of(roles.AUDITOR)
    text = client.get(page(batch) + "?lines=answered").content.decode()
    assert "n0" in text
    assert "n1" not in text
    assert client.get(page(batch) + "?lines=other").status_code == 404


def test_a_team_sees_and_cancels_its_own_alone(batch: Batch) -> None:
    ours, theirs = client_of(roles.TEAM_ADMIN, "crew"), client_of(roles.TEAM_ADMIN, "sales")
    assert page(batch) in ours.get(LIST).content.decode()
    assert page(batch) not in theirs.get(LIST).content.decode()
    assert theirs.get(page(batch)).status_code == theirs.post(page(batch)).status_code == 404
    assert ours.post(page(batch)).status_code == 302
    batch.refresh_from_db()
    assert batch.state == BatchState.CANCELLING
    assert Entry.objects.get(event_type="batch.cancelled").data["actor"]["name"] == "team admin-crew"


def test_who_may_only_look_cancels_nothing(batch: Batch) -> None:
    assert client_of(roles.AUDITOR).post(page(batch)).status_code == 403
    assert client_of(roles.TEAM_MEMBER, "crew", TeamRole.MEMBER).post(page(batch)).status_code == 403


def test_a_file_shows_how_much_it_holds_and_not_what(batch: Batch) -> None:
    client = client_of(roles.TEAM_MEMBER, "crew", TeamRole.MEMBER)
    address = reverse("admin:routing_storedfile_change", args=[batch.input_id])
    assert address in client.get("/admin/routing/storedfile/").content.decode()
    text = client.get(address).content.decode()
    assert "in.jsonl" in text
    assert "messages" not in text

"""Pages on releases: how each came to be, returning to one, and what was in force at a time."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from registry_cast import World

from registry.models import Deployment, Proposal, Release, User
from registry.services import applying, approving, proposals, releases
from registry.services.rehearsal import rehearse

Cast = dict[str, User]
SignIn = Callable[[str], Client]
IN_FORCE = "admin:registry_release_in_force"


@pytest.fixture
def two(cast: Cast, world: World, own_section_only: None) -> tuple[Release, Release]:
    """The first release, and the one that a proposal made of it."""

    def work() -> None:
        deployment = Deployment.objects.get()
        deployment.timeout_s = 30
        deployment.save()

    first = releases.publish(actor=cast["author"], reason="first")
    changes = rehearse(work).changes
    proposal = proposals.draft(author=cast["author"], title="Faster", reason="Slow.", changes=changes)
    proposal = proposals.submit(proposal=proposal, actor=cast["author"])
    approving.approve(proposal=proposal, actor=cast["approver"], digest=proposal.digest)
    return first, applying.apply(proposal=proposal, actor=cast["author"])


def page_of(client: Client, release: Release) -> str:
    return client.get(reverse("admin:registry_release_change", args=[release.pk])).content.decode()


def test_a_release_tells_how_it_came_to_be(sign_in: SignIn, two: tuple[Release, Release]) -> None:
    client = sign_in("auditor")
    assert "self-published" in page_of(client, two[0])
    page = page_of(client, two[1])
    for said in ("approver", "P1 Faster", "reviewed", "It is in force."):
        assert said in page


def test_returning_to_a_release_is_proposed(sign_in: SignIn, two: tuple[Release, Release]) -> None:
    client = sign_in("author")
    page = reverse("admin:registry_release_return", args=[two[0].pk])
    assert "timeout in seconds: 30 → 60" in client.get(page).content.decode()
    assert Proposal.objects.count() == 1
    told = client.post(page, {"reason": "It was better."}, follow=True).content.decode()
    assert "P2 is a draft" in told
    assert "Return to release 1" in told


def test_who_may_not_propose_returns_to_nothing(sign_in: SignIn, two: tuple[Release, Release]) -> None:
    page = reverse("admin:registry_release_return", args=[two[0].pk])
    for name in ("auditor", "outsider"):
        assert sign_in(name).post(page).status_code == 403
    assert Proposal.objects.count() == 1


def test_what_was_in_force_is_told_for_a_time(sign_in: SignIn, two: tuple[Release, Release]) -> None:
    client = sign_in("auditor")
    now = client.get(reverse(IN_FORCE))
    assert (now.context["release"], now.context["until"]) == (two[1], None)
    before = f"{two[0].published_at - timedelta(days=1):%Y-%m-%dT%H:%M}"
    assert "Nothing was in force" in client.get(reverse(IN_FORCE), {"at": before}).content.decode()


def test_it_shows_the_matrix_and_the_document(sign_in: SignIn, two: tuple[Release, Release]) -> None:
    page = sign_in("auditor").get(reverse(IN_FORCE)).content.decode()
    for said in ("The matrix", "gpt-eu", "approved", "absent", "The document"):
        assert said in page


def test_a_time_that_is_none_is_told(sign_in: SignIn, two: tuple[Release, Release]) -> None:
    page = sign_in("auditor").get(reverse(IN_FORCE), {"at": "yesterday"})
    assert page.status_code == 200
    assert page.context["release"] is None
    assert "valid" in page.content.decode()


def test_who_may_not_see_releases_sees_nothing_of_them(sign_in: SignIn, two: tuple[Release, Release]) -> None:
    assert sign_in("outsider").get(reverse(IN_FORCE)).status_code == 403

"""Approving in another's place: who may give it, for how long, and what it never allows."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from registry_cast import World

from audit.models import Entry
from registry.errors import DelegationRefused, NotYours, OwnProposal, ReasonMissing
from registry.models import Delegation, Deployment, Proposal, User
from registry.services import approving, delegations, proposals, releases
from registry.services.rehearsal import rehearse

Cast = dict[str, User]
SignIn = Callable[[str], Client]
LIST = "admin:registry_delegation_changelist"

pytestmark = pytest.mark.usefixtures("own_section_only")


def given(cast: Cast, principal: str, to: str, days: int = 7, reason: str = "On leave.") -> Delegation:
    ends = timezone.now() + timedelta(days=days)
    return delegations.delegate(principal=cast[principal], to=cast[to], ends_at=ends, reason=reason)


def submitted(cast: Cast, world: World) -> Proposal:
    def work() -> None:
        deployment = Deployment.objects.get()
        deployment.timeout_s = 30
        deployment.save()

    releases.publish(actor=cast["boss"], reason="first")
    changes = rehearse(work).changes
    proposal = proposals.draft(author=cast["author"], title="Faster", reason="Slow.", changes=changes)
    return proposals.submit(proposal=proposal, actor=cast["author"])


def test_a_delegate_approves_by_anothers_right(cast: Cast, world: World) -> None:
    proposal = submitted(cast, world)
    given(cast, "approver", "auditor")
    approving.approve(proposal=proposal, actor=cast["auditor"], digest=proposal.digest)
    assert proposal.approvals.get().acting_for == cast["approver"]


def test_whoever_acts_for_the_author_approves_nothing_of_it(cast: Cast, world: World) -> None:
    proposal = submitted(cast, world)
    Delegation.objects.create(
        principal=cast["author"],
        delegate=cast["approver"],
        starts_at=timezone.now() - timedelta(days=1),
        ends_at=timezone.now() + timedelta(days=1),
        reason="On leave.",
    )
    with pytest.raises(OwnProposal):
        approving.approve(proposal=proposal, actor=cast["approver"], digest=proposal.digest)


@pytest.mark.parametrize(
    ("principal", "to", "days", "words"),
    [
        ("approver", "approver", 7, "somebody else"),
        ("author", "auditor", 7, "no right to approve"),
        ("approver", "auditor", 0, "end after it begins"),
        ("approver", "auditor", 91, "at most 90 days"),
    ],
)
def test_what_can_not_be_delegated(cast: Cast, principal: str, to: str, days: int, words: str) -> None:
    with pytest.raises(DelegationRefused, match=words):
        given(cast, principal, to, days)


def test_who_can_not_sign_in_gets_none(cast: Cast) -> None:
    cast["auditor"].is_active = False
    cast["auditor"].save()
    with pytest.raises(DelegationRefused):
        given(cast, "approver", "auditor")


def test_it_needs_a_reason(cast: Cast) -> None:
    with pytest.raises(ReasonMissing):
        given(cast, "approver", "auditor", reason=" ")


def test_its_principal_alone_revokes_it_and_both_are_recorded(cast: Cast) -> None:
    delegation = given(cast, "approver", "auditor")
    with pytest.raises(NotYours):
        delegations.revoke(delegation=delegation, actor=cast["boss"])
    delegations.revoke(delegation=delegation, actor=cast["approver"])
    delegations.revoke(delegation=delegation, actor=cast["approver"])
    assert approving.person(cast["auditor"], timezone.now()).acts_for == {}
    recorded = Entry.objects.filter(event_type__startswith="delegation.").order_by("event_type")
    assert list(recorded.values_list("event_type", flat=True)) == ["delegation.made", "delegation.revoked"]


def test_it_is_made_and_revoked_in_admin(cast: Cast, sign_in: SignIn) -> None:
    client, ends = sign_in("approver"), timezone.now() + timedelta(days=3)
    form = {
        "delegate": cast["auditor"].pk,
        "starts_at_0": f"{timezone.now():%Y-%m-%d}",
        "starts_at_1": "00:00:00",
        "ends_at_0": f"{ends:%Y-%m-%d}",
        "ends_at_1": "12:00:00",
        "reason": "On leave.",
    }
    client.post(reverse("admin:registry_delegation_add"), form)
    delegation = Delegation.objects.get()
    assert (delegation.principal, delegation.delegate) == (cast["approver"], cast["auditor"])
    revoke = reverse("admin:registry_delegation_revoke", args=[delegation.pk])
    assert sign_in("boss").post(revoke).status_code == 403
    assert "acts for you until" in client.get(revoke).content.decode()
    assert "acts for you no more" in client.post(revoke, follow=True).content.decode()
    assert Delegation.objects.get().revoked_at is not None


def test_a_refusal_is_told_beside_the_form(cast: Cast, sign_in: SignIn) -> None:
    form = {
        "delegate": cast["auditor"].pk,
        "starts_at_0": "2026-01-02",
        "starts_at_1": "00:00:00",
        "ends_at_0": "2026-01-01",
        "ends_at_1": "00:00:00",
        "reason": "On leave.",
    }
    page = sign_in("approver").post(reverse("admin:registry_delegation_add"), form)
    assert "It must end after it begins" in page.content.decode()


def test_who_approves_nothing_delegates_nothing(sign_in: SignIn) -> None:
    assert sign_in("author").get(reverse("admin:registry_delegation_add")).status_code == 403
    assert sign_in("auditor").get(reverse(LIST)).status_code == 200

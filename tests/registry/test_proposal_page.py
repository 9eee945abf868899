"""The page of a proposal: what it tells, and what each person may do on it."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from registry_cast import World

from registry.admin.drafting import SESSION_KEY
from registry.core.changes import ChangeSet
from registry.models import Deployment, Proposal, ProposalState, Release, User
from registry.services import applying, approving, proposals, releases
from registry.services.rehearsal import rehearse

Cast = dict[str, User]
SignIn = Callable[[str], Client]

pytestmark = pytest.mark.usefixtures("own_section_only")


@pytest.fixture
def live(cast: Cast, world: World) -> World:
    releases.publish(actor=cast["author"], reason="first")
    return world


@pytest.fixture
def draft(cast: Cast, live: World) -> Proposal:
    return proposals.draft(
        author=cast["author"], title="Faster", reason="Slow.", changes=changed(timeout_s=30)
    )


@pytest.fixture
def submitted(cast: Cast, draft: Proposal) -> Proposal:
    return proposals.submit(proposal=draft, actor=cast["author"])


def changed(**fields: object) -> ChangeSet:
    def work() -> None:
        deployment = Deployment.objects.get()
        for name, value in fields.items():
            setattr(deployment, name, value)
        deployment.save()

    return rehearse(work).changes


def url(proposal: Proposal) -> str:
    return reverse("admin:registry_proposal_change", args=[proposal.pk])


def do(client: Client, proposal: Proposal, action: str, **fields: Any) -> str:
    """The page after the form was sent."""
    form = {"do": action, "digest": proposal.digest, **fields}
    return client.post(url(proposal), form, follow=True).content.decode()


def state(proposal: Proposal) -> str:
    return Proposal.objects.values_list("state", flat=True).get(pk=proposal.pk)


def apply_elsewhere(cast: Cast, **fields: object) -> None:
    """Somebody else's change goes through."""
    other = proposals.draft(author=cast["boss"], title="Other", reason="Other.", changes=changed(**fields))
    other = proposals.submit(proposal=other, actor=cast["boss"])
    approving.approve(proposal=other, actor=cast["approver"], digest=other.digest)
    applying.apply(proposal=other, actor=None)


def test_it_tells_the_change_in_words(sign_in: SignIn, submitted: Proposal) -> None:
    page = sign_in("auditor").get(url(submitted)).content.decode()
    assert "timeout in seconds: 60 → 30" in page
    assert "1 missing" in page


@pytest.mark.parametrize(
    ("name", "offered"),
    [
        ("author", {"withdraw", "edit"}),
        ("boss", {"edit", "break_glass"}),
        ("approver", {"approve", "reject"}),
        ("auditor", set()),
    ],
)
def test_each_is_offered_what_they_may_do(
    sign_in: SignIn, submitted: Proposal, name: str, offered: set[str]
) -> None:
    page = sign_in(name).get(url(submitted)).content.decode()
    buttons = {"approve", "reject", "withdraw", "edit", "break_glass", "submit", "apply"}
    assert buttons & set(re.findall(r'name="do"\s+value="(\w+)"', page)) == offered


def test_who_may_not_see_proposals_sees_none(sign_in: SignIn, submitted: Proposal) -> None:
    assert sign_in("outsider").get(url(submitted)).status_code == 403


def test_a_draft_is_described_and_submitted(cast: Cast, sign_in: SignIn, live: World) -> None:
    draft = proposals.draft(author=cast["author"], title="Change", changes=changed(timeout_s=30))
    client = sign_in("author")
    assert "Give a reason" in do(client, draft, "submit", title="Faster")
    named = Proposal.objects.get(pk=draft.pk)
    assert "waits for whoever decides" in do(client, named, "submit", title="Faster", reason="Slow.")
    assert Proposal.objects.values_list("title", "reason", "state").get() == ("Faster", "Slow.", "submitted")


def test_submitting_ends_the_work_on_a_draft(sign_in: SignIn, draft: Proposal) -> None:
    client = sign_in("author")
    do(client, draft, "edit")
    assert client.session[SESSION_KEY] == str(draft.pk)
    do(client, draft, "submit", title="Faster", reason="Slow.")
    assert SESSION_KEY not in client.session


def test_approving_applies_at_once_where_asked(sign_in: SignIn, submitted: Proposal) -> None:
    page = do(sign_in("approver"), submitted, "approve", apply="on")
    assert "is in force: release 2" in page
    assert Deployment.objects.get().timeout_s == 30


def test_approving_alone_leaves_it_to_the_author(sign_in: SignIn, submitted: Proposal) -> None:
    do(sign_in("approver"), submitted, "approve")
    assert state(submitted) == ProposalState.APPROVED
    assert "is in force" in do(sign_in("author"), submitted, "apply")


@pytest.mark.parametrize(
    ("name", "action", "fields", "words"),
    [
        ("author", "approve", {}, "Nobody approves what they had a hand in"),
        ("auditor", "approve", {}, "no right to decide"),
        ("approver", "reject", {"reason": " "}, "Give a reason"),
        ("approver", "submit", {"title": "Mine"}, "no right"),
        ("approver", "withdraw", {}, "Only its author or an editor"),
        ("approver", "apply", {}, "not in a state"),
        ("approver", "edit", {}, "no right"),
        ("auditor", "break_glass", {"reason": "Now", "for_s": 3600, "sure": "on"}, "no right"),
        ("boss", "break_glass", {"reason": "Now", "for_s": 3600}, "Tick the box"),
        ("boss", "break_glass", {"for_s": 3600, "sure": "on"}, "Give a reason"),
        ("approver", "review", {"reason": "Fine", "keep": "on"}, "no emergency change"),
    ],
)
def test_a_refusal_is_told_in_words(
    sign_in: SignIn, submitted: Proposal, name: str, action: str, fields: dict[str, Any], words: str
) -> None:
    assert words in do(sign_in(name), submitted, action, **fields)
    assert (state(submitted), Release.objects.count()) == (ProposalState.SUBMITTED, 1)


@pytest.mark.parametrize("action", ["approve", "reject", "withdraw", "apply", "edit", "take_up"])
def test_what_was_read_before_an_edit_is_not_decided(
    cast: Cast, sign_in: SignIn, submitted: Proposal, action: str
) -> None:
    proposals.edit(proposal=submitted, editor=cast["author"], changes=changed(timeout_s=20))
    proposals.submit(proposal=Proposal.objects.get(), actor=cast["author"])
    client = sign_in("author" if action == "withdraw" else "approver")
    assert "edited after you looked at it" in do(client, submitted, action, reason="x")
    assert state(submitted) == ProposalState.SUBMITTED


def test_an_unknown_action_is_a_bad_request(sign_in: SignIn, submitted: Proposal) -> None:
    assert sign_in("author").post(url(submitted), {"do": "bless"}).status_code == 400


def test_looking_changes_nothing(sign_in: SignIn, submitted: Proposal) -> None:
    sign_in("approver").get(url(submitted), {"do": "approve", "digest": submitted.digest})
    assert state(submitted) == ProposalState.SUBMITTED


def test_a_rejection_keeps_its_reason(sign_in: SignIn, submitted: Proposal) -> None:
    do(sign_in("approver"), submitted, "reject", reason="Too fast for the model.")
    assert state(submitted) == ProposalState.REJECTED
    assert "Too fast for the model." in sign_in("author").get(url(submitted)).content.decode()


def test_a_withdrawn_one_offers_nothing_more(sign_in: SignIn, submitted: Proposal) -> None:
    page = do(sign_in("author"), submitted, "withdraw")
    assert state(submitted) == ProposalState.WITHDRAWN
    assert 'name="do"' not in page


def test_editing_takes_it_back_and_shows_it_in_force(sign_in: SignIn, submitted: Proposal) -> None:
    client = sign_in("author")
    do(client, submitted, "edit")
    assert state(submitted) == ProposalState.DRAFT
    row = reverse("admin:registry_deployment_change", args=[Deployment.objects.get().pk])
    assert client.get(row).context["adminform"].form.initial["timeout_s"] == 30
    do(client, submitted, "set_aside")
    assert client.get(row).context["adminform"].form.initial["timeout_s"] == 60


def test_a_scheduled_one_waits_for_its_time(sign_in: SignIn, draft: Proposal) -> None:
    moment = timezone.now() + timedelta(days=1)
    when = f"{moment:%Y-%m-%dT%H:%M}"
    do(sign_in("author"), draft, "submit", title="Faster", reason="Slow.", scheduled_for=when)
    page = do(sign_in("approver"), draft, "approve", apply="on")
    assert "It will be applied on" in page
    assert state(draft) == ProposalState.SCHEDULED


def test_breaking_the_glass_and_taking_it_back(sign_in: SignIn, draft: Proposal) -> None:
    page = do(sign_in("boss"), draft, "break_glass", reason="Fire.", for_s=3600, sure="on")
    assert "Emergency change" in page
    assert Deployment.objects.get().timeout_s == 30
    page = do(sign_in("approver"), draft, "review", reason="No fire.")
    assert "release 3 has taken it back" in page
    assert Deployment.objects.get().timeout_s == 60


def test_a_conflict_is_shown_three_ways_and_taken_up(
    cast: Cast, sign_in: SignIn, submitted: Proposal
) -> None:
    apply_elsewhere(cast, timeout_s=45)
    client = sign_in("author")
    answer = client.get(url(submitted))
    (clash,) = answer.context["clashes"].items
    assert (clash.was, clash.now, clash.would) == ("60", "45", "30")
    assert "what is in force has changed" in do(sign_in("approver"), submitted, "approve", apply="on").lower()
    chosen = {f"at {clash.place}": "would", "seen": answer.context["clashes"].fingerprint}
    assert "draft of what is in force now" in do(client, submitted, "take_up", **chosen)
    (change,) = Proposal.objects.get(pk=submitted.pk).change_set
    assert (change.before, change.after) == ({"timeout_s": 45}, {"timeout_s": 30})


def test_keeping_everything_leaves_nothing_to_change(
    cast: Cast, sign_in: SignIn, submitted: Proposal
) -> None:
    apply_elsewhere(cast, timeout_s=45)
    client = sign_in("author")
    clashes = client.get(url(submitted)).context["clashes"]
    chosen = {f"at {clash.place}": "now" for clash in clashes.items}
    page = do(client, submitted, "take_up", seen=clashes.fingerprint, **chosen)
    assert "Nothing would be left" in page


def test_a_choice_between_other_conflicts_is_refused(
    cast: Cast, sign_in: SignIn, submitted: Proposal
) -> None:
    apply_elsewhere(cast, timeout_s=45)
    client = sign_in("author")
    clashes = client.get(url(submitted)).context["clashes"]
    apply_elsewhere(cast, timeout_s=50)
    chosen = {f"at {clash.place}": "would" for clash in clashes.items}
    assert "changed while you chose" in do(client, submitted, "take_up", seen=clashes.fingerprint, **chosen)


def test_findings_that_are_new_are_marked(cast: Cast, sign_in: SignIn, live: World) -> None:
    def work() -> None:
        live.deployment.cells.all().delete()

    changes = rehearse(work).changes
    proposal = proposals.draft(author=cast["author"], title="Deny", reason="It is.", changes=changes)
    verdicts = sign_in("author").get(url(proposal)).context["verdicts"]
    assert [found.code for found in verdicts.fresh] == ["never_candidate"]


@pytest.mark.parametrize(
    ("name", "query", "found"),
    [
        ("approver", "whose=me", 1),
        ("author", "whose=me", 0),
        ("auditor", "whose=me", 0),
        ("author", "whose=mine", 1),
        ("approver", "whose=mine", 0),
        ("auditor", "waits=platform", 1),
        ("auditor", "waits=finance", 0),
        ("auditor", "state__exact=applied", 0),
        ("auditor", "whose=emergency", 0),
    ],
)
def test_the_list_is_narrowed(
    sign_in: SignIn, submitted: Proposal, name: str, query: str, found: int
) -> None:
    page = sign_in(name).get(f"{reverse('admin:registry_proposal_changelist')}?{query}")
    assert page.context["cl"].result_count == found


def test_who_has_decided_is_no_longer_waited_for(cast: Cast, sign_in: SignIn, submitted: Proposal) -> None:
    approving.approve(proposal=submitted, actor=cast["approver"], digest=submitted.digest)
    page = sign_in("approver").get(f"{reverse('admin:registry_proposal_changelist')}?whose=me")
    assert page.context["cl"].result_count == 0


def test_every_page_names_the_draft_that_is_worked_on(sign_in: SignIn, draft: Proposal) -> None:
    client, index = sign_in("author"), reverse("admin:index")
    assert "You are working on draft" not in client.get(index).content.decode()
    do(client, draft, "edit")
    for page in (index, reverse("admin:registry_provider_changelist"), url(draft)):
        assert f"P{draft.number} Faster" in client.get(page).content.decode()
    do(client, draft, "set_aside")
    assert "You are working on draft" not in client.get(index).content.decode()


def test_choices_are_those_of_the_draft(cast: Cast, sign_in: SignIn, live: World) -> None:
    def work() -> None:
        Deployment.objects.get().provider.__class__(name="another").save()

    changes = rehearse(work).changes
    draft = proposals.draft(author=cast["author"], title="One more", reason="So.", changes=changes)
    client = sign_in("author")
    query = {"app_label": "registry", "model_name": "deployment", "field_name": "provider", "term": "another"}
    assert client.get(reverse("admin:autocomplete"), query).json()["results"] == []
    do(client, draft, "edit")
    (found,) = client.get(reverse("admin:autocomplete"), query).json()["results"]
    assert found["text"] == "another"


def test_a_draft_that_conflicts_is_shown_before_more_is_saved(
    cast: Cast, sign_in: SignIn, draft: Proposal
) -> None:
    client = sign_in("author")
    do(client, draft, "edit")
    apply_elsewhere(cast, timeout_s=45)
    page = client.get(reverse("admin:registry_deployment_changelist"), follow=True)
    assert page.redirect_chain == [(url(draft), 302)]
    assert "no longer fits" in page.content.decode()

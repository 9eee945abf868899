"""Suspensions: at once by one person, kept for ever, lifted by two."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from registry_cast import World

from audit.models import Entry
from registry.core.subjects import in_words
from registry.errors import (
    AlreadyLifted,
    AlreadySuspended,
    NothingToSuspend,
    OwnProposal,
    PublishRefused,
    ReasonMissing,
    SuspendNotPermitted,
)
from registry.models import Pointer, Proposal, Suspension, User
from registry.selectors import load_directory
from registry.services import applying, approving, keys, lifting, releases, suspensions

SignIn = Callable[[str], Client]
Cast = dict[str, User]
pytestmark = pytest.mark.usefixtures("own_section_only")

# kind, as a person names it, as it is known
TARGETS = [
    ("provider", "openai", "openai"),
    ("model", "gpt", "gpt"),
    ("version", "gpt@1", "gpt@1"),
    ("deployment", " gpt-eu ", "gpt-eu"),
    ("team", "payments", "payments"),
    ("application", "invoices", "invoices"),
]


@pytest.fixture
def live(cast: Cast, world: World) -> World:
    """A configuration in force, so that changes to it need a second person."""
    releases.publish(actor=cast["author"], reason="first")
    return world


def suspend(cast: Cast, kind: str = "deployment", target: str = "gpt-eu", **more: Any) -> Suspension:
    return suspensions.suspend(actor=cast["boss"], kind=kind, target=target, reason="It leaks.", **more)


def lifted(cast: Cast, placed: Suspension) -> None:
    proposal = lifting.ask(actor=cast["author"], suspension=placed, reason="It was repaired.")
    approving.approve(proposal=proposal, actor=cast["approver"], digest=proposal.digest)
    proposal.refresh_from_db()
    applying.apply(proposal=proposal, actor=cast["approver"])


@pytest.mark.parametrize(("kind", "named", "known"), TARGETS)
def test_each_kind_is_found_by_its_name(cast: Cast, world: World, kind: str, named: str, known: str) -> None:
    placed = suspend(cast, kind, named)
    assert (placed.kind, placed.target) == (kind, known)
    assert load_directory(1).suspended == {f"{kind}:{known}"}


@pytest.mark.parametrize("named", ["sb-{}", "{}"])
def test_a_key_is_found_by_its_prefix_and_stays_known(cast: Cast, world: World, named: str) -> None:
    made = keys.create(actor=None, application=world.application, name="key", clearance=world.public)
    suspend(cast, "key", named.format(made.key.prefix))
    directory = load_directory(1)
    consumer = directory.authenticate(made.token, 0)
    assert consumer is not None, "it is refused with a reason, not as unknown"
    assert directory.suspended_caller(consumer) == f"key:{made.key.prefix}"


@pytest.mark.parametrize("kind", ["application", "team"])
def test_who_a_key_belongs_to_suspends_it(cast: Cast, world: World, kind: str) -> None:
    made = keys.create(actor=None, application=world.application, name="key", clearance=world.public)
    placed = suspend(cast, kind, "invoices" if kind == "application" else "payments")
    directory = load_directory(1)
    assert directory.suspended_caller(directory.by_prefix[made.key.prefix]) == placed.subject


def test_it_is_recorded_and_moves_the_directory(cast: Cast, world: World) -> None:
    before = Pointer.objects.get().directory_version
    placed = suspend(cast, cancel_in_flight=True)
    entry = Entry.objects.get(event_type="suspension.placed")
    assert Pointer.objects.get().directory_version == before + 1
    assert load_directory(1).cancelled == {"deployment:gpt-eu"}
    told = {
        "actor": {"kind": "user", "name": "boss"},
        "cancel_in_flight": True,
        "kind": "deployment",
        "reason": "It leaks.",
        "suspension": str(placed.pk),
        "target": "gpt-eu",
    }
    assert told.items() <= entry.data.items()


@pytest.mark.parametrize(
    ("kind", "target", "reason", "error"),
    [
        ("deployment", "gpt-us", "r", NothingToSuspend),
        ("version", "gpt", "r", NothingToSuspend),
        ("planet", "earth", "r", NothingToSuspend),
        ("deployment", "gpt-eu", "  ", ReasonMissing),
    ],
)
def test_what_is_mistyped_stops_nothing_and_says_so(
    cast: Cast, world: World, kind: str, target: str, reason: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        suspensions.suspend(actor=cast["boss"], kind=kind, target=target, reason=reason)
    assert not Suspension.objects.exists()


@pytest.mark.parametrize("person", ["auditor", "outsider"])
def test_it_takes_the_right(cast: Cast, world: World, person: str) -> None:
    with pytest.raises(SuspendNotPermitted):
        suspensions.suspend(actor=cast[person], kind="team", target="payments", reason="r")


def test_twice_is_once_unless_it_ends_what_is_in_flight(cast: Cast, world: World) -> None:
    suspend(cast)
    with pytest.raises(AlreadySuspended):
        suspend(cast)
    suspend(cast, cancel_in_flight=True)
    with pytest.raises(AlreadySuspended):
        suspend(cast)
    assert Suspension.objects.count() == 2


def test_lifting_takes_a_second_person(cast: Cast, live: World) -> None:
    placed = suspend(cast)
    proposal = lifting.ask(actor=cast["author"], suspension=placed, reason="It was repaired.")
    with pytest.raises(OwnProposal):
        approving.approve(proposal=proposal, actor=cast["author"], digest=proposal.digest)
    assert load_directory(1).suspended
    approving.approve(proposal=proposal, actor=cast["approver"], digest=proposal.digest)
    proposal.refresh_from_db()
    applying.apply(proposal=proposal, actor=cast["approver"])
    placed.refresh_from_db()
    assert not load_directory(1).suspended
    assert (placed.lifted_by_name, placed.lift_reason) == ("author", "It was repaired.")
    assert placed.lift_proposal == proposal.pk
    assert Entry.objects.get(event_type="suspension.lifted").data["proposal"] == str(proposal.pk)


def test_what_was_lifted_is_not_lifted_again_and_may_be_suspended_again(cast: Cast, live: World) -> None:
    placed = suspend(cast)
    lifted(cast, placed)
    placed.refresh_from_db()
    with pytest.raises(AlreadyLifted):
        lifting.ask(actor=cast["author"], suspension=placed, reason="Again.")
    assert suspend(cast).in_force


@pytest.mark.governed
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE registry_suspension SET in_force = FALSE",
        "UPDATE registry_suspension SET target = 'other'",
        "UPDATE registry_suspension SET reason = 'none'",
        "DELETE FROM registry_suspension",
    ],
)
def test_the_database_refuses_every_other_way_out(cast: Cast, statement: str) -> None:
    suspensions.suspend(actor=cast["boss"], kind="team", target=a_team(), reason="r")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert load_directory(1).suspended == {"team:crew"}


def a_team() -> str:
    from registry.models import Team

    return Team.objects.create(name="crew").name


def test_a_new_name_is_no_way_out(cast: Cast, live: World) -> None:
    suspend(cast, "provider", "openai")
    live.deployment.provider.name = "openai-by-another-name"
    live.deployment.provider.save()
    with pytest.raises(PublishRefused) as refused:
        releases.publish(actor=cast["author"], reason="renamed")
    assert next(finding.code for finding in refused.value.findings) == "suspended_renamed"


def test_the_command_suspends_and_lists(cast: Cast, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("suspend", "deployment", "gpt-eu", reason="It leaks.", actor="boss", cancel=True)
    call_command("suspensions")
    listed = capsys.readouterr().out.splitlines()
    assert listed[0] == "Suspended: deployment gpt-eu."
    assert listed[1].endswith("deployment gpt-eu, with what was in flight  boss: It leaks.")


@pytest.mark.parametrize(("actor", "name"), [("nobody", "gpt-eu"), ("auditor", "gpt-eu"), ("boss", "gpt-u")])
def test_the_command_is_held_to_the_same_rules(cast: Cast, world: World, actor: str, name: str) -> None:
    with pytest.raises(CommandError):
        call_command("suspend", "deployment", name, reason="r", actor=actor)


def page_of(client: Client, row: Any) -> str:
    url = reverse(f"admin:registry_{row._meta.model_name}_change", args=[row.pk])
    return client.get(url).content.decode()


def test_every_page_of_what_can_be_suspended_offers_it_and_shows_it(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    made = keys.create(actor=None, application=world.application, name="key", clearance=world.public)
    deployment = world.deployment
    rows = (
        deployment,
        deployment.provider,
        deployment.version,
        deployment.version.model,
        made.key,
        world.application,
        world.application.team,
    )
    client = sign_in("boss")
    for row in rows:
        assert reverse("admin:registry_suspend") in page_of(client, row), row
    suspend(cast, "provider", "openai")
    suspend(cast, "team", "payments")
    shown = [row for row in rows if "Suspended:" in page_of(client, row)]
    assert shown == [deployment, deployment.provider, made.key, world.application, world.application.team]
    assert "Suspended:" in client.get(reverse("admin:index")).content.decode()


def test_the_page_asks_for_a_reason_and_acts_on_post_alone(world: World, sign_in: SignIn) -> None:
    client, url = sign_in("boss"), reverse("admin:registry_suspend")
    page = client.get(url, {"kind": "deployment", "target": "gpt-eu"})
    assert "the deployment gpt-eu" in page.content.decode()
    assert client.post(url, {"kind": "deployment", "target": "gpt-eu", "reason": " "}).status_code == 200
    assert not Suspension.objects.exists()
    client.post(url, {"kind": "deployment", "target": "gpt-eu", "reason": "It leaks."})
    assert Suspension.objects.get().placed_by_name == "boss"


def test_several_are_suspended_from_their_list(world: World, sign_in: SignIn) -> None:
    client = sign_in("boss")
    chosen = {"action": "suspend_selected", "_selected_action": [str(world.application.pk)]}
    answer = client.post(reverse("admin:registry_application_changelist"), chosen)
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("admin:registry_suspend"))
    assert not Suspension.objects.exists()
    assert "the application invoices" in client.get(answer.url).content.decode()


def test_who_may_not_suspend_sees_no_way_to(world: World, sign_in: SignIn) -> None:
    client = sign_in("auditor")
    row = client.get(reverse("admin:registry_provider_change", args=[world.deployment.provider.pk]))
    assert reverse("admin:registry_suspend") not in row.content.decode()
    assert client.get(reverse("admin:registry_suspend")).status_code == 403


def test_asking_for_lifting_makes_a_proposal(cast: Cast, live: World, sign_in: SignIn) -> None:
    placed = suspend(cast)
    url = reverse("admin:registry_suspension_lift", args=[placed.pk])
    answer = sign_in("author").post(url, {"reason": "It was repaired."})
    proposal = Proposal.objects.get()
    assert answer.url == reverse("admin:registry_proposal_change", args=[proposal.pk])
    assert "deployment gpt-eu" in proposal.title
    assert sign_in("auditor").get(url).status_code == 403


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("deployment:gpt-eu", "the deployment gpt-eu"),
        ("version:gpt@1", "the version gpt 1"),
        ("key:abc", "the key sb-abc"),
        ("route:std", "the policy std"),
        ("route:std#all", "the rule all of the policy std"),
        ("team:a:b", "the team a:b"),
    ],
)
def test_subjects_are_told_in_words(subject: str, words: str) -> None:
    assert in_words(subject) == words

"""Ways round a second person, each tried through every door: admin, service, command, ORM and SQL.

Whatever the attempt answers, what counts is what is in force afterwards. What the database refuses by itself
is in test_triggers.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from governance import set_quorums
from proposal_cast import Cast, slower
from scene import REFUSALS, Scene, attempt

from audit.core.ids import uuid7
from registry.models import (
    Approval,
    Delegation,
    Deployment,
    Permit,
    Proposal,
    ProposalState,
    User,
)
from registry.services import applying, approving, proposals, roles
from registry.services.rehearsal import rehearse

pytestmark = [
    pytest.mark.governed,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("own_section_only"),
]

Door = Callable[[Proposal, User], None]
Attack = Callable[[Scene], tuple[Proposal, User]]


@pytest.fixture
def scene(cast: Cast) -> Scene:
    return Scene(cast)


BEFORE = (60, 1)


def by_admin(proposal: Proposal, who: User) -> None:
    client = Client()
    client.force_login(who)
    page = reverse("admin:registry_proposal_change", args=[proposal.pk])
    for do in ("approve", "apply", "review"):
        client.post(
            page, {"do": do, "digest": proposal.digest, "reason": "Mine.", "apply": "on", "keep": "on"}
        )


def by_service(proposal: Proposal, who: User) -> None:
    attempt(lambda: approving.approve(proposal=proposal, actor=who, digest=proposal.digest))
    attempt(lambda: applying.apply(proposal=proposal, actor=who))


def by_command(proposal: Proposal, who: User) -> None:
    name, number = who.get_username(), str(proposal.number)
    attempt(lambda: call_command("proposals", "approve", number, "--as", name, "--digest", proposal.digest))
    attempt(lambda: call_command("proposals", "apply", number, "--as", name))


def by_orm(proposal: Proposal, who: User) -> None:
    vote = {"proposal": proposal, "digest": proposal.digest, "area": "platform", "verdict": "approve"}
    attempt(lambda: Approval.objects.create(approver=who, approver_name="x", at=timezone.now(), **vote))
    attempt(lambda: Proposal.objects.filter(pk=proposal.pk).update(state=ProposalState.APPROVED))
    attempt(lambda: applying.apply(proposal=proposal, actor=None))

    def write() -> None:
        Permit.objects.create(proposal=proposal, barrier_id=uuid7())
        Deployment.objects.update(timeout_s=30)

    attempt(write)


def by_sql(proposal: Proposal, who: User) -> None:
    for statement in (
        "UPDATE registry_proposalarea SET quorum = 0",
        "UPDATE registry_reviewrule SET quorum = 0",
        "UPDATE registry_proposal SET author_id = NULL",
        "DELETE FROM registry_proposaledit",
        "UPDATE registry_proposal SET state = 'approved', break_glass = (1 = 1)",
        "UPDATE registry_deployment SET timeout_s = 30",
        "UPDATE registry_release SET document = '{}'",
    ):
        attempt(lambda text=statement: connection.cursor().execute(text))
    attempt(lambda: applying.apply(proposal=proposal, actor=who))


DOORS: tuple[Door, ...] = (by_admin, by_service, by_command, by_orm, by_sql)


def own(scene: Scene) -> tuple[Proposal, User]:
    """The author, who approves of others' and is a superuser."""
    author = scene.promoted("author")
    return scene.proposed(), author


def edited(scene: Scene) -> tuple[Proposal, User]:
    """An approver who put a hand to it, if only to its title."""
    approver = scene.promoted("approver", roles.POLICY_AUTHOR)
    proposal = scene.proposed()
    proposals.edit(proposal=proposal, editor=approver, title="Better")
    proposal = proposals.submit(proposal=Proposal.objects.get(pk=proposal.pk), actor=approver)
    return proposal, approver


def delegated(scene: Scene) -> tuple[Proposal, User]:
    """An approver who acts for the author."""
    now = timezone.now()
    Delegation.objects.create(
        principal=scene.promoted("author"),
        delegate=scene.cast["approver"],
        starts_at=now - timedelta(hours=1),
        ends_at=now + timedelta(hours=1),
        reason="On leave.",
    )
    return scene.proposed(), scene.cast["approver"]


def twice(scene: Scene) -> tuple[Proposal, User]:
    """One of two whom it needs, for the second time."""
    changes = rehearse(lambda: set_quorums(2)).changes
    proposal = proposals.draft(author=scene.cast["author"], title="Two", reason="So.", changes=changes)
    proposal = proposals.submit(proposal=proposal, actor=scene.cast["author"])
    approver = scene.cast["approver"]
    approving.approve(proposal=proposal, actor=approver, digest=proposal.digest)
    applying.apply(proposal=proposal, actor=None)
    proposal = scene.proposed()
    approving.approve(proposal=proposal, actor=approver, digest=proposal.digest)
    return proposal, approver


def through_every_door(scene: Scene, proposal: Proposal, who: User) -> None:
    """Nothing is in force by any of them, nor by all of them in a row."""
    before = scene.in_force()
    for door in DOORS:
        door(Proposal.objects.get(pk=proposal.pk), who)
        assert scene.in_force() == before, door.__name__


@pytest.mark.parametrize("attack", [own, edited, delegated, twice])
def test_nothing_is_in_force_without_a_second_person(scene: Scene, attack: Attack) -> None:
    proposal, who = attack(scene)
    through_every_door(scene, proposal, who)
    assert Proposal.objects.get(pk=proposal.pk).state != ProposalState.APPLIED


def test_who_owns_another_area_passes_nothing(scene: Scene) -> None:
    proposal, money = scene.proposed(), scene.person("money", roles.FINANCE_APPROVER)
    for door in (by_admin, by_service, by_command):
        door(proposal, money)
    assert scene.in_force() == BEFORE


def test_what_was_approved_is_what_is_applied(scene: Scene) -> None:
    """Approved, edited, submitted again, applied by whoever edited it."""
    proposal, author = scene.proposed(), scene.cast["author"]
    approving.approve(proposal=proposal, actor=scene.cast["approver"], digest=proposal.digest)
    proposals.edit(proposal=proposal, editor=author, changes=slower(scene, 5))  # type: ignore[arg-type]
    again = proposals.submit(proposal=Proposal.objects.get(pk=proposal.pk), actor=author)
    through_every_door(scene, again, author)


def test_an_old_approval_is_not_replayed(scene: Scene) -> None:
    """Applied, taken back, and applied once more with what was given for the first time."""
    first = scene.proposed(30)
    agreed(scene, first)
    agreed(scene, scene.proposed(60))
    assert scene.in_force() == (60, 3)
    through_every_door(scene, first, scene.promoted("boss"))


def test_nothing_is_applied_on_a_base_that_moved(scene: Scene) -> None:
    first, second = scene.proposed(20), scene.proposed(30)
    approving.approve(proposal=second, actor=scene.cast["approver"], digest=second.digest)
    agreed(scene, first)
    for door in (by_admin, by_service, by_command):
        door(Proposal.objects.get(pk=second.pk), scene.cast["author"])
    assert scene.in_force() == (20, 2)


def agreed(scene: Scene, proposal: Proposal) -> None:
    approving.approve(proposal=proposal, actor=scene.cast["approver"], digest=proposal.digest)
    applying.apply(proposal=proposal, actor=None)


def at_once(*works: Callable[[], object]) -> None:
    """Each in a thread and on a connection of its own; refusals are part of it."""
    start = Barrier(len(works))

    def run(work: Callable[[], object]) -> None:
        start.wait(timeout=10)
        try:
            work()
        except REFUSALS:
            return
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        list(pool.map(run, works))


def test_two_approvers_at_once_make_one_release(scene: Scene) -> None:
    people = [scene.cast["approver"], scene.person("second", roles.APPROVER)]
    proposal = scene.proposed()

    def decide(person: User) -> None:
        approving.approve(proposal=proposal, actor=person, digest=proposal.digest)
        applying.apply(proposal=proposal, actor=person)

    at_once(*(lambda person=person: decide(person) for person in people))
    assert scene.in_force() == (30, 2)


def test_what_is_due_is_applied_once_by_two_schedules(scene: Scene) -> None:
    proposal = scene.proposed()
    approving.approve(proposal=proposal, actor=scene.cast["approver"], digest=proposal.digest)
    at_once(*(lambda: applying.apply(proposal=proposal, actor=None) for _ in range(4)))
    assert scene.in_force() == (30, 2)


def test_an_approval_and_an_edit_at_once_never_apply_what_nobody_read(scene: Scene) -> None:
    proposal = scene.proposed()
    other = slower(scene, 5)  # type: ignore[arg-type]

    def decide() -> None:
        approving.approve(proposal=proposal, actor=scene.cast["approver"], digest=proposal.digest)
        applying.apply(proposal=proposal, actor=None)

    def edit() -> None:
        proposals.edit(proposal=proposal, editor=scene.cast["author"], changes=other)

    at_once(decide, edit)
    assert scene.in_force() in (BEFORE, (30, 2))

"""What follows a change that was applied before anybody reviewed it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone
from registry_cast import World

from registry.core.changes import ChangeSet
from registry.errors import AlreadyDecided, NotEligible, OwnProposal, ReasonMissing, ReviewRefused
from registry.models import Deployment, Proposal, Release, Source, User
from registry.services import applying, approving, emergencies, proposals, releases
from registry.services.rehearsal import rehearse

Cast = dict[str, User]

pytestmark = pytest.mark.usefixtures("own_section_only")


@pytest.fixture
def live(cast: Cast, world: World) -> World:
    releases.publish(actor=cast["author"], reason="first")
    return world


@pytest.fixture
def broken(cast: Cast, live: World) -> Proposal:
    """The glass was broken: the timeout is 30 seconds now, for an hour."""
    proposal = drafted(cast, timeout_s=30)
    applying.break_glass(proposal=proposal, actor=cast["boss"], reason="Everything hangs.", for_s=3600)
    return Proposal.objects.get(pk=proposal.pk)


def changed(**fields: object) -> ChangeSet:
    def work() -> None:
        deployment = Deployment.objects.get()
        for name, value in fields.items():
            setattr(deployment, name, value)
        deployment.save()

    return rehearse(work).changes


def drafted(cast: Cast, **fields: object) -> Proposal:
    return proposals.draft(author=cast["author"], title="Faster", reason="Slow.", changes=changed(**fields))


def in_force() -> tuple[int, int]:
    return Deployment.objects.values_list("timeout_s", "weight").get()


def test_whoever_broke_the_glass_does_not_review_it(cast: Cast, broken: Proposal) -> None:
    cast["boss"].is_superuser = True
    cast["boss"].save()
    for person in ("boss", "author"):
        with pytest.raises(OwnProposal):
            emergencies.review(proposal=broken, reviewer=cast[person], keep=True, reason="Fine.")


def test_who_may_not_approve_does_not_review(cast: Cast, broken: Proposal) -> None:
    with pytest.raises(NotEligible):
        emergencies.review(proposal=broken, reviewer=cast["auditor"], keep=True, reason="Fine.")


def test_what_was_kept_stays(cast: Cast, broken: Proposal) -> None:
    assert emergencies.review(proposal=broken, reviewer=cast["approver"], keep=True, reason="Right.") is None
    assert emergencies.revert_due(timezone.now() + timedelta(days=2)) == []
    assert (in_force(), list(emergencies.waiting())) == ((30, 100), [])


def test_what_was_rejected_is_taken_back_at_once_and_loudly(cast: Cast, broken: Proposal) -> None:
    release = emergencies.review(proposal=broken, reviewer=cast["approver"], keep=False, reason="Wrong.")
    assert in_force() == (60, 100)
    assert release is not None
    assert (release.break_glass, release.self_published) == (True, True)
    assert Proposal.objects.get(source=Source.SYSTEM).release == release


def test_it_is_reviewed_once(cast: Cast, broken: Proposal) -> None:
    emergencies.review(proposal=broken, reviewer=cast["approver"], keep=True, reason="Right.")
    with pytest.raises(AlreadyDecided):
        emergencies.review(proposal=broken, reviewer=cast["approver"], keep=False, reason="Wrong.")


def test_a_review_needs_a_reason_and_an_emergency(cast: Cast, broken: Proposal) -> None:
    with pytest.raises(ReasonMissing):
        emergencies.review(proposal=broken, reviewer=cast["approver"], keep=True, reason=" ")
    plain = drafted(cast, weight=7)
    with pytest.raises(ReviewRefused):
        emergencies.review(proposal=plain, reviewer=cast["approver"], keep=True, reason="Fine.")


def test_what_nobody_kept_in_time_ends_once(cast: Cast, broken: Proposal) -> None:
    late = timezone.now() + timedelta(hours=2)
    assert emergencies.revert_due(timezone.now()) == []
    assert emergencies.revert_due(late) == [broken]
    assert emergencies.revert_due(late) == []
    assert (in_force(), Release.objects.count()) == ((60, 100), 3)


def test_what_a_reviewed_proposal_changed_since_stays(cast: Cast, live: World) -> None:
    hasty = drafted(cast, timeout_s=30, weight=7)
    applying.break_glass(proposal=hasty, actor=cast["boss"], reason="Now.", for_s=3600)
    reviewed = proposals.submit(proposal=drafted(cast, timeout_s=45), actor=cast["author"])
    approving.approve(proposal=reviewed, actor=cast["approver"], digest=reviewed.digest)
    applying.apply(proposal=reviewed, actor=None)
    emergencies.revert_due(timezone.now() + timedelta(hours=2))
    assert in_force() == (45, 100)


def test_what_waits_too_long_is_overdue(cast: Cast, broken: Proposal) -> None:
    assert list(emergencies.overdue(timezone.now())) == []
    assert list(emergencies.overdue(timezone.now() + timedelta(days=2))) == [broken]


def test_the_right_to_break_the_glass_is_the_admins(cast: Cast) -> None:
    right = Permission.objects.get(codename="break_glass")
    assert [cast[name].has_perm("registry.break_glass") for name in ("boss", "author", "approver")] == [
        True,
        False,
        False,
    ]
    assert right.content_type.app_label == "registry"

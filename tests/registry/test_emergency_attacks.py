"""Ways round a second person by calling it an emergency, and by lending new keys a clearance."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from proposal_cast import Cast
from scene import Scene

from audit.core.ids import uuid7
from registry.core.changes import ChangeSet
from registry.errors import TooManyEmergencies, WrongState
from registry.models import (
    MAX_EMERGENCIES_A_DAY,
    ApiKey,
    Application,
    Approval,
    BrokenGlass,
    DataClass,
    Permit,
    Proposal,
    Suspension,
    Team,
)
from registry.services import applying, approving, emergencies, keys, lifting, proposals, suspensions
from registry.services.rehearsal import rehearse

pytestmark = [
    pytest.mark.governed,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("own_section_only"),
]
BEFORE = (60, 1)


@pytest.fixture
def scene(cast: Cast) -> Scene:
    return Scene(cast)


def refused(work: Callable[[], object], message: str) -> None:
    with pytest.raises(IntegrityError, match=message), transaction.atomic():
        work()


def glass(proposal: Proposal, **fields: object) -> BrokenGlass:
    now = timezone.now()
    given = {"digest": proposal.digest, "reason": "So.", "at": now, "reverts_at": now + timedelta(hours=1)}
    return BrokenGlass.objects.create(proposal=proposal, **{**given, **fields})


def test_calling_it_an_emergency_is_not_enough(scene: Scene) -> None:
    proposal, now = scene.proposed(), timezone.now()
    ends = {"break_glass": True, "review_due_at": now, "reverts_at": now}
    refused(lambda: Proposal.objects.filter(pk=proposal.pk).update(**ends), "broken the glass")
    proposal.pk, proposal.number = uuid7(), 99
    for name, value in ends.items():
        setattr(proposal, name, value)
    refused(lambda: proposal.save(force_insert=True), "broken the glass")


def test_only_who_may_breaks_the_glass(scene: Scene) -> None:
    proposal = scene.proposed()
    for name in ("author", "approver", "outsider"):
        proposals.edited(proposal, scene.cast[name])
        refused(lambda name=name: glass(proposal, actor=scene.cast[name]), "may not break")
    refused(lambda: glass(proposal, actor=None), "(?i)constraint|may not break")


def test_who_breaks_the_glass_has_a_hand_in_it(scene: Scene) -> None:
    proposal, boss = scene.proposed(), scene.cast["boss"]
    refused(lambda: glass(proposal, actor=boss), "may not break")
    proposals.edited(proposal, boss)
    refused(lambda: glass(proposal, actor=boss, digest="0" * 64), "undecided")
    refused(lambda: glass(proposal, actor=boss, reason=""), "(?i)constraint")
    refused(lambda: glass(proposal, actor=boss, at=timezone.now() - timedelta(days=3)), "broken now")
    boss.is_active = False
    boss.save()
    refused(lambda: glass(proposal, actor=boss), "may not break")


def test_an_end_takes_back_an_emergency_once(scene: Scene) -> None:
    proposal = scene.proposed()
    refused(lambda: glass(proposal, ends=Proposal.objects.get(number=1)), "nothing to end")
    applying.break_glass(proposal=scene.proposed(40), actor=scene.cast["boss"], reason="Now.", for_s=60)
    broken = Proposal.objects.get(break_glass=True)
    emergencies.review(proposal=broken, reviewer=scene.cast["approver"], keep=False, reason="No.")
    refused(lambda: glass(proposal, ends=broken), "(?i)unique|duplicate")
    refused(lambda: glass(proposal, ends=broken.ended_by.proposal), "nothing to end")
    refused(lambda: Permit.objects.create(proposal=proposal, barrier_id=uuid7()), "not approved")


def test_the_name_of_who_broke_it_stays(scene: Scene) -> None:
    applying.break_glass(proposal=scene.proposed(), actor=scene.cast["boss"], reason="Now.", for_s=60)
    refused(lambda: BrokenGlass.objects.update(actor_name="somebody"), "refused")
    refused(lambda: BrokenGlass.objects.all().delete(), "refused")


def test_the_glass_is_broken_so_many_times_a_day(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    boss = scene.cast["boss"]
    for number in range(MAX_EMERGENCIES_A_DAY):
        proposal = scene.proposed(100 + number)
        proposals.edited(proposal, boss)
        glass(proposal, actor=boss)
    last = scene.proposed(99)
    with pytest.raises(TooManyEmergencies):
        applying.break_glass(proposal=last, actor=boss, reason="Again.", for_s=60)
    monkeypatch.setattr(applying, "MAX_EMERGENCIES_A_DAY", 1000)
    with pytest.raises(IntegrityError, match="times a day"):
        applying.break_glass(proposal=last, actor=boss, reason="Again.", for_s=60)
    assert scene.in_force() == BEFORE


def test_the_wording_is_approved_too(scene: Scene) -> None:
    proposal, author = scene.proposed(), scene.cast["author"]
    approving.approve(proposal=proposal, actor=scene.cast["approver"], digest=proposal.digest)
    for words in ({"title": "Harmless"}, {"reason": "As agreed."}):
        refused(lambda words=words: Proposal.objects.filter(pk=proposal.pk).update(**words), "not changed")
        edited = proposals.edit(proposal=proposal, editor=author, **words)
        again = proposals.submit(proposal=edited, actor=author)
        assert approving.ballot(again).missing == {"platform": 1}
    with pytest.raises(WrongState):
        applying.apply(proposal=again, actor=author)


def test_words_put_under_an_old_digest_are_not_applied(scene: Scene) -> None:
    proposal = scene.proposed()
    proposals.edit(proposal=proposal, editor=scene.cast["author"])
    Proposal.objects.filter(pk=proposal.pk).update(reason="Another.")
    again = proposals.submit(proposal=Proposal.objects.get(pk=proposal.pk), actor=scene.cast["author"])
    approving.approve(proposal=again, actor=scene.cast["approver"], digest=again.digest)
    with pytest.raises(WrongState, match="digest"):
        applying.apply(proposal=again, actor=None)
    assert scene.in_force() == BEFORE


def test_an_approval_needs_the_right_to_it(scene: Scene) -> None:
    proposal = scene.proposed()
    vote = {"proposal": proposal, "digest": proposal.digest, "area": "platform", "verdict": "approve"}
    for fields in ({}, {"acting_for": scene.cast["approver"]}):
        refused(
            lambda fields=fields: Approval.objects.create(
                approver=scene.cast["outsider"], at=timezone.now(), **vote, **fields
            ),
            "another area",
        )


def suspended_and_lifted(scene: Scene) -> tuple[Suspension, Proposal]:
    """The lifting was an emergency change."""
    boss = scene.cast["boss"]
    placed = suspensions.suspend(actor=boss, kind="model", target="gpt", reason="It lies.")
    asked = lifting.ask(actor=scene.cast["author"], suspension=placed, reason="It was repaired.")
    applying.break_glass(proposal=asked, actor=boss, reason="Everything hangs.", for_s=60)
    placed.refresh_from_db()
    assert not placed.in_force
    return placed, Proposal.objects.get(pk=asked.pk)


def test_a_lifting_that_was_rejected_is_taken_back(scene: Scene) -> None:
    placed, broken = suspended_and_lifted(scene)
    emergencies.review(proposal=broken, reviewer=scene.cast["approver"], keep=False, reason="No.")
    placed.refresh_from_db()
    assert (placed.in_force, placed.lifted_at, placed.lift_proposal) == (True, None, None)


def test_a_lifting_that_nobody_kept_ends(scene: Scene) -> None:
    placed, broken = suspended_and_lifted(scene)
    assert emergencies.revert_due(timezone.now() + timedelta(hours=2)) == [broken]
    placed.refresh_from_db()
    assert placed.in_force


def test_what_was_suspended_again_meanwhile_stays_so(scene: Scene) -> None:
    _, broken = suspended_and_lifted(scene)
    suspensions.suspend(actor=scene.cast["boss"], kind="model", target="gpt", reason="Again.")
    assert (
        emergencies.review(proposal=broken, reviewer=scene.cast["approver"], keep=False, reason="No.") is None
    )
    assert list(Suspension.objects.filter(in_force=True).values_list("reason", flat=True)) == ["Again."]


def key_of(application: Application, clearance: DataClass, name: str = "k") -> ApiKey:
    prefix = f"{name}{clearance.rank}".ljust(8, "x")[:8]
    return ApiKey(
        application=application, name=name, clearance=clearance, prefix=prefix, sha256=uuid7().hex * 2
    )


def test_a_new_key_is_lent_no_clearance(scene: Scene) -> None:
    def secret() -> None:
        DataClass.objects.create(name="secret", rank=30)

    changes: ChangeSet = rehearse(secret).changes
    proposal = proposals.draft(author=scene.cast["author"], title="Secret", reason="So.", changes=changes)
    proposal = proposals.submit(proposal=proposal, actor=scene.cast["author"])
    approving.approve(proposal=proposal, actor=scene.cast["approver"], digest=proposal.digest)
    applying.apply(proposal=proposal, actor=None)
    team = Team.objects.create(name="one")
    application = Application.objects.create(team=team, name="letters")
    secret_class, public = DataClass.objects.get(name="secret"), DataClass.objects.get(name="public")
    refused(key_of(application, secret_class).save, "cleared for no more")
    refused(lambda: keys.issue(actor=None, key=key_of(application, secret_class)), "cleared for no more")
    refused(lambda: ApiKey.objects.bulk_create([key_of(application, secret_class)]), "cleared for no more")
    keys.create(actor=None, application=application, name="first", clearance=public)
    refused(key_of(application, secret_class).save, "cleared for no more")
    assert list(ApiKey.objects.values_list("name", flat=True)) == ["first"]

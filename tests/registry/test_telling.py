"""Who hears of what happens to proposals, and what time does to them."""

from datetime import timedelta

import pytest
from celery import current_app
from django.conf import LazySettings
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone
from proposal_cast import Cast, approved, slower, submitted, timeout_of
from registry_cast import World

from registry import inbox, tasks
from registry.models import Notice, Proposal, ProposalState, User
from registry.services import applying, approving, emergencies, notices, proposals, roles, suspensions

pytestmark = pytest.mark.usefixtures("own_section_only")


def told(person: User) -> list[str]:
    return list(Notice.objects.filter(user=person).order_by("id").values_list("kind", flat=True))


def waits(person: User) -> list[str]:
    person = User.objects.get(pk=person.pk)
    return [section.name for section in inbox.sections(person) if section.name != "Notices"]


def scheduled(cast: Cast, world: World) -> Proposal:
    """Approved, and due a moment ago."""
    proposal = proposals.draft(author=cast["author"], title="Later", reason="So.", changes=slower(world))
    due = timezone.now() + timedelta(hours=1)
    proposal = proposals.submit(proposal=proposal, actor=cast["author"], scheduled_for=due)
    approving.approve(proposal=proposal, actor=cast["approver"], digest=proposal.digest)
    Proposal.objects.filter(pk=proposal.pk).update(scheduled_for=timezone.now() - timedelta(seconds=1))
    return Proposal.objects.get(pk=proposal.pk)


def test_a_submission_is_told_to_those_who_may_decide(cast: Cast, live: World) -> None:
    finance = User.objects.create_user("finance")
    finance.groups.add(Group.objects.get(name=roles.FINANCE_APPROVER))
    submitted(cast, live)
    assert told(cast["approver"]) == ["proposal.submitted"]
    assert waits(cast["approver"]) == ["Proposals to decide"]
    assert told(cast["author"]) == told(finance) == waits(finance) == []


def test_an_approver_who_had_a_hand_in_it_is_not_asked(cast: Cast, live: World) -> None:
    cast["author"].groups.add(Group.objects.get(name=roles.APPROVER))
    submitted(cast, live)
    assert told(cast["author"]) == []


def test_its_author_hears_what_was_decided(cast: Cast, live: World) -> None:
    approved(cast, live)
    other = submitted(cast, live, 20)
    approving.reject(proposal=other, actor=cast["approver"], digest=other.digest, reason="Too slow.")
    assert told(cast["author"]) == ["proposal.approved", "proposal.rejected"]
    assert waits(cast["author"]) == ["Your proposals"]


def test_a_refused_decision_tells_nobody(cast: Cast, live: World) -> None:
    proposal = submitted(cast, live)
    Notice.objects.all().delete()
    with pytest.raises(Exception, match="hand in"):
        approving.approve(proposal=proposal, actor=cast["author"], digest=proposal.digest)
    assert not Notice.objects.exists()


def test_an_emergency_is_told_to_everyone_who_approves_until_it_is_reviewed(cast: Cast, live: World) -> None:
    proposal = proposals.draft(author=cast["author"], title="Now", reason="So.", changes=slower(live))
    applying.break_glass(proposal=proposal, actor=cast["boss"], reason="Everything hangs.", for_s=3600)
    assert "breakglass.used" in told(cast["approver"])
    assert waits(cast["approver"]) == ["Emergency changes to review"]
    assert waits(cast["auditor"]) == ["In force without a second person"]


def test_what_nobody_reviewed_is_taken_back_by_the_schedule_once(
    cast: Cast, live: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = timeout_of(live)
    proposal = proposals.draft(author=cast["author"], title="Now", reason="So.", changes=slower(live))
    applying.break_glass(proposal=proposal, actor=cast["boss"], reason="Everything hangs.", for_s=3600)
    later = timezone.now() + timedelta(hours=2)
    monkeypatch.setattr("registry.tasks.timezone.now", lambda: later)
    assert [tasks.revert_emergencies(), tasks.revert_emergencies()] == [1, 0]
    assert timeout_of(live) == before
    assert told(cast["approver"]).count("breakglass.used") == 2


def test_a_suspension_is_told(cast: Cast, live: World) -> None:
    suspensions.suspend(actor=cast["boss"], kind="provider", target="openai", reason="Leaks.")
    assert told(cast["approver"]) == ["suspension.placed"]


def test_what_is_scheduled_is_applied_when_it_is_due_and_once(cast: Cast, live: World) -> None:
    proposal = scheduled(cast, live)
    assert [tasks.apply_scheduled(), tasks.apply_scheduled()] == [1, 0]
    proposal.refresh_from_db()
    assert (proposal.state, timeout_of(live)) == (ProposalState.APPLIED, 30)


def test_what_became_stale_fails_and_its_author_is_told(cast: Cast, live: World) -> None:
    proposal = scheduled(cast, live)
    applying.apply(proposal=approved(cast, live, 20), actor=None)
    tasks.apply_scheduled()
    proposal.refresh_from_db()
    assert (proposal.state, timeout_of(live)) == (ProposalState.FAILED, 20)
    assert "timeout_s" in proposal.failure
    assert told(cast["author"])[-1] == "proposal.failed"
    assert waits(cast["author"]) == ["Your proposals"]


def test_what_nobody_decided_on_expires_and_its_author_is_told(cast: Cast, live: World) -> None:
    proposal = submitted(cast, live)
    Proposal.objects.filter(pk=proposal.pk).update(expires_at=timezone.now())
    assert [tasks.expire_proposals(), tasks.expire_proposals()] == [1, 0]
    assert told(cast["author"]) == ["proposal.expired"]


def test_the_schedule_names_tasks_that_exist(settings: LazySettings) -> None:
    current_app.loader.import_default_modules()
    named = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert {task for task in current_app.tasks if task.startswith("registry.tasks.")} <= named


def test_the_first_page_is_loud_until_an_emergency_is_reviewed(cast: Cast, live: World) -> None:
    proposal = proposals.draft(author=cast["author"], title="Now", reason="So.", changes=slower(live))
    applying.break_glass(proposal=proposal, actor=cast["boss"], reason="Everything hangs.", for_s=3600)
    client = Client()
    client.force_login(cast["auditor"])
    assert "Emergency change:" in client.get("/admin/").content.decode()
    proposal.refresh_from_db()
    emergencies.review(proposal=proposal, reviewer=cast["approver"], keep=True, reason="Fine.")
    assert "Emergency change:" not in client.get("/admin/").content.decode()


def unread(person: User) -> list[tuple[str, str]]:
    return [(notice.kind, notice.body) for notice in notices.unread_of(person)]


def test_nobody_is_called_to_what_is_decided(cast: Cast, live: World) -> None:
    approved(cast, live)
    assert unread(cast["approver"]) == []
    assert unread(cast["author"]) == [("proposal.approved", "It can be applied now.")]


def test_an_approval_that_nobody_read_says_what_came_of_it(cast: Cast, live: World) -> None:
    release = applying.apply(proposal=approved(cast, live), actor=cast["approver"])
    assert unread(cast["author"]) == [("proposal.approved", f"It is in force as release {release.number}.")]

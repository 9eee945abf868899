"""What people and webhooks are told: written with what is told, sent once, tried again within bounds."""

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.core import mail
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from registry import outbound
from registry.errors import PostFailed
from registry.models import Notice, User, Webhook
from registry.services import delivery, notices, roles, webhooks

DRIFT = {"kind": "model.drift", "subject": "Another model answered", "url": "/admin/audit/attempt/"}


@pytest.fixture
def mailing(settings: LazySettings, cast: dict[str, User]) -> dict[str, User]:
    """The cast with addresses, where a mail server is named."""
    settings.EMAIL_NOTICES, settings.PUBLIC_URL = True, "https://signalbox.example.org"
    for name, person in cast.items():
        person.email = f"{name}@example.org"
        person.save()
    return cast


def webhook(name: str = "pager", **fields: object) -> webhooks.CreatedWebhook:
    row = Webhook(**{"name": name, "url": "https://hooks.example.com/in", **fields})
    return webhooks.create(actor=None, webhook=row)


def test_each_person_hears_once_however_many_roles_they_have(cast: dict[str, User]) -> None:
    cast["boss"].groups.add(roles.Group.objects.get(name=roles.APPROVER))
    told = notices.tell(**DRIFT, to_groups=(roles.ADMIN, roles.APPROVER), to_users=[cast["approver"]])
    heard = sorted((notice.user.username, notice.group) for notice in told if notice.user)
    assert heard == [("approver", ""), ("boss", "admin")]


def test_who_is_deactivated_hears_nothing(cast: dict[str, User]) -> None:
    cast["boss"].is_active = False
    cast["boss"].save()
    assert notices.tell(**DRIFT, to_groups=(roles.ADMIN,), to_users=[cast["boss"]]) == []


def test_a_rollback_takes_the_notice_back(cast: dict[str, User]) -> None:
    with transaction.atomic():
        notices.tell(**DRIFT, to_users=[cast["boss"]])
        transaction.set_rollback(True)
    assert not Notice.objects.exists()


def test_a_kind_that_does_not_exist_is_refused(cast: dict[str, User]) -> None:
    with pytest.raises(ValueError, match=r"model\.dirft"):
        notices.tell(kind="model.dirft", subject="?", to_users=[cast["boss"]])


def test_a_notice_is_mailed_once_with_its_link(mailing: dict[str, User]) -> None:
    notices.tell(**DRIFT, text="It said otherwise.", to_users=[mailing["boss"]])
    assert [delivery.deliver_due(), delivery.deliver_due()] == [1, 0]
    (message,) = mail.outbox
    assert (message.to, message.subject) == (["boss@example.org"], "[Signalbox] Another model answered")
    assert message.body == "It said otherwise.\n\nhttps://signalbox.example.org/admin/audit/attempt/"
    assert Notice.objects.get().state == Notice.State.SENT


def test_a_line_break_in_a_subject_makes_no_header(mailing: dict[str, User]) -> None:
    notices.tell(kind="model.drift", subject="One\r\nBcc: all@example.org", to_users=[mailing["boss"]])
    delivery.deliver_due()
    assert mail.outbox[0].subject == "[Signalbox] One Bcc: all@example.org"


def test_who_wants_no_mail_finds_the_notice_in_the_inbox_alone(mailing: dict[str, User]) -> None:
    notices.tell(**DRIFT, to_users=[mailing["boss"]])
    notices.prefer_email(user=mailing["boss"], wanted=False)
    notices.tell(**DRIFT, to_users=[mailing["boss"]])
    assert delivery.deliver_due() == 0
    assert {notice.state for notice in notices.unread_of(mailing["boss"])} == {Notice.State.INBOX}


def test_what_another_process_claimed_is_not_sent_again(mailing: dict[str, User]) -> None:
    (notice,) = notices.tell(**DRIFT, to_users=[mailing["boss"]])
    stale = Notice.objects.get(pk=notice.pk)
    assert [delivery._claim(notice), delivery._claim(stale)] == [True, False]


def test_what_fails_is_tried_again_with_growing_pauses_and_then_given_up(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise PostFailed("It answered 503.")

    webhook()
    (notice,) = notices.tell(**DRIFT)
    monkeypatch.setattr(outbound, "post", refuse)
    pauses = []
    for _ in range(delivery.MAX_ATTEMPTS):
        Notice.objects.update(due_at=timezone.now())
        assert delivery.deliver_due(timezone.now() + timedelta(seconds=1)) == 0
        notice.refresh_from_db()
        pauses.append(notice.due_at and round((notice.due_at - timezone.now()).total_seconds() / 30))
    assert pauses == [1, 2, 4, 8, 16, 32, 64, None]
    assert (notice.state, notice.last_error) == (Notice.State.FAILED, "PostFailed: It answered 503.")
    assert delivery.send_again(notice)
    assert not delivery.send_again(notice)


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 30), (2, 60), (8, 3_840), (20, 6 * 3_600)])
def test_pauses_double_up_to_a_bound(attempts: int, seconds: int) -> None:
    assert delivery.pause_after(attempts) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("kinds", "enabled", "heard"),
    [([], True, 1), (["model.drift"], True, 1), (["login.locked"], True, 0), ([], False, 0)],
)
def test_a_webhook_hears_of_what_it_asked_for(db: None, kinds: list[str], enabled: bool, heard: int) -> None:
    webhook(kinds=kinds, enabled=enabled)
    assert len(notices.tell(**DRIFT)) == heard


def test_reading_marks_ones_own_notices_alone(cast: dict[str, User]) -> None:
    told = notices.tell(**DRIFT, to_users=[cast["boss"], cast["author"]])
    assert notices.mark_read(user=cast["boss"], ids=[str(notice.pk) for notice in told]) == 1
    assert notices.unread_of(cast["author"]).count() == 1


def test_only_admins_and_auditors_see_the_outbox(cast: dict[str, User]) -> None:
    url = reverse("admin:registry_notice_changelist")
    answers = {}
    for name in cast:
        client = Client()
        client.force_login(cast[name])
        answers[name] = client.get(url).status_code
    assert {name for name, status in answers.items() if status == 200} == {"boss", "auditor"}

"""Signing in: each attempt is in the register, guessing is shut out, and no password is kept anywhere."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.conf import LazySettings
from django.contrib.auth.models import Group
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from signalbox.addresses import client_address

from audit.models import Entry
from registry.models import Notice, User
from registry.services import logins, roles

PASSWORD = "a long enough password"
WRONG = "s3cret-typed-by-mistake"


@pytest.fixture
def ann(db: None, settings: LazySettings) -> User:
    settings.AXES_FAILURE_LIMIT = 3
    return User.objects.create_user("ann", password=PASSWORD, is_staff=True)


@pytest.fixture
def try_to_sign_in() -> Callable[..., HttpResponse]:
    def tried(name: str = "ann", password: str = WRONG, **headers: Any) -> HttpResponse:
        form = {"username": name, "password": password}
        return Client().post(reverse("admin:login"), form, **headers)  # type: ignore[return-value]

    return tried


Try = Callable[..., HttpResponse]


def told(event_type: str) -> list[dict[str, Any]]:
    return [entry.data for entry in Entry.objects.filter(event_type=event_type).order_by("event_id")]


def test_a_sign_in_and_a_sign_out_are_in_the_register(ann: User) -> None:
    client = Client()
    client.post(reverse("admin:login"), {"username": "ann", "password": PASSWORD})
    client.post(reverse("admin:logout"))
    (entry,) = told("login.succeeded")
    assert (entry["actor"]["name"], entry["door"], entry["from"]) == ("ann", "password", "127.0.0.1")
    assert [entry["actor"]["name"] for entry in told("logout")] == ["ann"]


def test_a_failure_names_only_logins_that_exist(ann: User, try_to_sign_in: Try) -> None:
    try_to_sign_in("ann")
    try_to_sign_in(WRONG, "ann")
    assert [(one["account"], one["known"]) for one in told("login.failed")] == [("ann", True), ("", False)]


def test_no_password_is_kept_anywhere(ann: User, try_to_sign_in: Try) -> None:
    for _ in range(4):
        try_to_sign_in("ann")
    try_to_sign_in("ann", PASSWORD)
    kept = [entry.body for entry in Entry.objects.all()]
    kept += [f"{row.post_data} {row.get_data}" for row in AccessAttempt.objects.all()]
    kept += [f"{row.subject} {row.body}" for row in Notice.objects.all()]
    assert kept
    assert not [text for text in kept if WRONG in text or PASSWORD in text]


def test_guessing_locks_the_login_for_that_address_alone(ann: User, try_to_sign_in: Try) -> None:
    answers = [try_to_sign_in().status_code for _ in range(3)]
    assert answers == [200, 200, 429]
    assert try_to_sign_in(password=PASSWORD).status_code == 429
    assert try_to_sign_in(password=PASSWORD, REMOTE_ADDR="192.0.2.7").status_code == 302


def test_a_lock_is_recorded_and_told_once(ann: User, try_to_sign_in: Try) -> None:
    roles.seed()
    boss = User.objects.create_user("boss", is_staff=True)
    boss.groups.add(Group.objects.get(name=roles.ADMIN))
    for _ in range(6):
        try_to_sign_in()
    assert len(told("login.failed")) == 3
    assert [(one["account"], one["from"]) for one in told("login.locked")] == [("ann", "127.0.0.1")]
    assert {notice.user for notice in Notice.objects.all()} == {ann, boss}
    assert Notice.objects.count() == 2


def test_a_lock_of_nobodys_login_is_told_to_nobody(ann: User, try_to_sign_in: Try) -> None:
    for _ in range(3):
        try_to_sign_in("nobody")
    assert len(told("login.locked")) == 1
    assert not Notice.objects.exists()


def test_the_page_of_a_lock_is_ours_and_names_nobody(ann: User, try_to_sign_in: Try) -> None:
    for _ in range(3):
        answer = try_to_sign_in()
    text = answer.content.decode()
    assert "This login is locked from here" in text
    assert "ann" not in text.replace("anner", "").split("<body", 1)[1].split()


def test_a_lock_ends_by_itself(ann: User, try_to_sign_in: Try, settings: LazySettings) -> None:
    for _ in range(3):
        try_to_sign_in()
    for row in AccessAttempt.objects.all():
        row.attempt_time -= settings.AXES_COOLOFF_TIME + timedelta(seconds=1)
        row.save()
    assert try_to_sign_in(password=PASSWORD).status_code == 302


def test_an_admin_unlocks_a_login(ann: User, try_to_sign_in: Try) -> None:
    roles.seed()
    boss = User.objects.create_user("boss", is_staff=True)
    boss.groups.add(Group.objects.get(name=roles.ADMIN))
    client = Client()
    client.force_login(boss)
    for _ in range(3):
        try_to_sign_in()
    assert logins.locked_addresses(ann) == ["127.0.0.1"]
    assert "127.0.0.1" in client.get(reverse("admin:registry_user_change", args=[ann.pk])).content.decode()
    client.post(reverse("admin:registry_user_changelist"), {"action": "unlock", "_selected_action": [ann.pk]})
    assert try_to_sign_in(password=PASSWORD).status_code == 302
    assert [(one["actor"]["name"], one["account"]) for one in told("login.unlocked")] == [("boss", "ann")]


def test_who_may_not_change_people_unlocks_nobody(ann: User, try_to_sign_in: Try) -> None:
    roles.seed()
    auditor = User.objects.create_user("auditor", is_staff=True)
    auditor.groups.add(Group.objects.get(name=roles.AUDITOR))
    client = Client()
    client.force_login(auditor)
    for _ in range(3):
        try_to_sign_in()
    client.post(reverse("admin:registry_user_changelist"), {"action": "unlock", "_selected_action": [ann.pk]})
    assert logins.locked_addresses(ann) == ["127.0.0.1"]


@pytest.mark.parametrize(
    ("hops", "forwarded", "remote", "address"),
    [
        (0, "1.1.1.1", "10.0.0.1", "10.0.0.1"),
        (1, "6.6.6.6, 1.1.1.1", "10.0.0.1", "1.1.1.1"),
        (2, "6.6.6.6, 1.1.1.1, 10.0.0.2", "10.0.0.1", "1.1.1.1"),
        (1, "", "10.0.0.1", "0.0.0.0"),
        (2, "1.1.1.1", "10.0.0.1", "10.0.0.1"),
        (1, "<script>", "10.0.0.1", "0.0.0.0"),
        (1, "2001:DB8::1", "10.0.0.1", "2001:db8::1"),
    ],
)
def test_the_address_is_what_our_own_proxies_saw(
    settings: LazySettings, hops: int, forwarded: str, remote: str, address: str
) -> None:
    settings.PROXY_HOPS = hops
    request = RequestFactory().get("/", REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=forwarded)
    assert client_address(request) == address


@pytest.mark.parametrize(
    ("superuser", "break_glass", "opens"),
    [(False, False, False), (False, True, False), (True, False, False), (True, True, True)],
)
def test_where_single_sign_on_is_the_only_way_a_password_opens_nothing(
    ann: User,
    try_to_sign_in: Try,
    settings: LazySettings,
    superuser: bool,
    break_glass: bool,
    opens: bool,
) -> None:
    settings.OIDC_ONLY, settings.BREAK_GLASS_LOGIN = True, break_glass
    ann.is_superuser = superuser
    ann.save()
    assert (try_to_sign_in(password=PASSWORD).status_code == 302) is opens

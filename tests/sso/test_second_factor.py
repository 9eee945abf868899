"""Second factors: asked of the roles that need one, kept encrypted, and lost ones taken away by an admin."""

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from registry.models import User
from registry.services import roles

PASSWORD = "a long enough password"


def person(name: str, role: str) -> User:
    user = User.objects.create_user(name, password=PASSWORD, is_staff=True)
    user.groups.add(roles.Group.objects.get(name=role))
    return user


def sign_in(name: str, **headers: Any) -> Client:
    client = Client()
    client.post(reverse("account_login"), {"login": name, "password": PASSWORD}, **headers)
    return client


def code(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def set_up(client: Client) -> str:
    """The secret of the second factor that was set up with it; the password is asked for once more."""
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = client.get(reverse("mfa_activate_totp"))
    secret: str = page.context["form"].secret
    client.post(reverse("mfa_activate_totp"), {"code": code(secret)})
    return secret


def told(event_type: str) -> list[dict[str, Any]]:
    return [entry.data for entry in Entry.objects.filter(event_type=event_type).order_by("event_id")]


@pytest.mark.django_db(transaction=True)
def test_a_role_that_needs_one_sets_it_up_before_anything_else() -> None:
    person("boss", roles.ADMIN)
    client = sign_in("boss")
    for page in ("admin:index", "admin:registry_user_changelist", "admin:registry_inbox"):
        assert client.get(reverse(page))["location"] == reverse("mfa_activate_totp")
    set_up(client)
    assert client.get(reverse("admin:index")).status_code == 200
    assert {one["kind"] for one in told("user.second_factor_added")} >= {"totp"}


def test_a_role_that_needs_none_is_let_in() -> None:
    person("ann", roles.AUDITOR)
    assert sign_in("ann").get(reverse("admin:index")).status_code == 200


def test_once_it_is_set_up_a_password_alone_opens_nothing() -> None:
    person("boss", roles.ADMIN)
    secret = set_up(sign_in("boss"))
    cache.clear()
    client = sign_in("boss")
    assert "_auth_user_id" not in client.session
    client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert "_auth_user_id" not in client.session
    assert told("login.failed")[-1]["door"] == "second factor"
    client.post(reverse("mfa_authenticate"), {"code": code(secret)})
    assert client.get(reverse("admin:index")).status_code == 200
    assert told("login.succeeded")[-1]["actor"]["name"] == "boss"


def test_a_session_from_before_it_was_set_up_must_show_it() -> None:
    person("boss", roles.ADMIN)
    stolen = sign_in("boss")
    set_up(sign_in("boss"))
    assert stolen.get(reverse("admin:index"))["location"] == reverse("mfa_reauthenticate")


def test_the_secret_is_kept_encrypted() -> None:
    person("boss", roles.ADMIN)
    secret = set_up(sign_in("boss"))
    kept = str(Authenticator.objects.get(type="totp").data)
    assert secret not in kept
    assert not Entry.objects.filter(body__contains=secret).exists()


def test_an_admin_takes_a_lost_one_away() -> None:
    person("boss", roles.ADMIN)
    set_up(sign_in("boss"))
    root = Client()
    root.force_login(User.objects.create_superuser("root"))
    session = root.session
    session["account_authentication_methods"] = [{"method": "mfa", "at": 0}]
    session["account_authentication_methods_user"] = root.session["_auth_user_id"]
    session.save()
    boss = User.objects.get(username="boss")
    url = reverse("admin:registry_user_changelist")
    assert "totp" in root.get(reverse("admin:registry_user_change", args=[boss.pk])).content.decode()
    root.post(url, {"action": "forget_second_factor", "_selected_action": [boss.pk]})
    assert not Authenticator.objects.exists()
    assert [(one["actor"]["name"], one["user"]) for one in told("user.second_factor_forgotten")] == [
        ("root", "boss")
    ]


def test_guessing_codes_is_limited() -> None:
    person("boss", roles.ADMIN)
    secret = set_up(sign_in("boss"))
    cache.clear()
    client = sign_in("boss")
    for _ in range(12):
        client.post(reverse("mfa_authenticate"), {"code": "000000"})
    client.post(reverse("mfa_authenticate"), {"code": code(secret)})
    assert "_auth_user_id" not in client.session


def test_the_pages_are_ours_and_ask_nobody_else() -> None:
    person("boss", roles.ADMIN)
    client = sign_in("boss")
    for page in ("mfa_activate_totp", "mfa_index", "account_reauthenticate", "account_logout"):
        text = client.get(reverse(page), follow=True).content.decode()
        assert "sb-outside" in text, page
        assert not re.findall(r'(?:src|href)="(?:https?:)?//', text), page

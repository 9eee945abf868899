"""Coming in through the identity provider: with the roles that it says, and no others."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import LazySettings
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from identity_provider import IdentityProvider

from audit.models import Entry
from registry.models import User
from registry.services import roles

PASSWORD = "a long enough password"
LOGIN = "/accounts/oidc/sso/login/"


def come_in(client: Client | None = None) -> tuple[Client, HttpResponse]:
    """Through the provider and back; the answer to the callback."""
    client = client or Client()
    away = client.post(f"{LOGIN}?process=login")
    asked = parse_qs(urlsplit(away["location"]).query)
    answer = client.get(f"{LOGIN}callback/", {"code": "any", "state": asked["state"][0]})
    return client, answer  # type: ignore[return-value]


def groups(name: str = "ann") -> set[str]:
    return {group.name for group in User.objects.get(username=name).groups.all()}


def told(event_type: str) -> list[dict[str, Any]]:
    return [entry.data for entry in Entry.objects.filter(event_type=event_type).order_by("event_id")]


def test_who_comes_for_the_first_time_gets_an_account_with_the_roles_of_the_claim() -> None:
    client, answer = come_in()
    assert answer["location"] == reverse("admin:index")
    assert client.get(reverse("admin:index")).status_code == 200
    ann = User.objects.get(username="ann")
    assert (groups(), ann.is_staff, ann.is_superuser) == ({roles.APPROVER}, True, False)
    assert not ann.has_usable_password()
    assert [(one["actor"]["name"], one["door"]) for one in told("login.succeeded")] == [
        ("ann", "single sign-on")
    ]
    assert told("role.changed")[-1]["says"] == "ann has now the role approver."
    assert told("role.changed")[-1]["actor"] == {"kind": "service", "name": "Example login"}


def test_a_role_that_left_the_claim_is_gone_at_the_next_sign_in(provider: IdentityProvider) -> None:
    provider.claims["groups"] = ["sb-approvers", "sb-auditors"]
    come_in()
    assert groups() == {roles.APPROVER, roles.AUDITOR}
    provider.claims["groups"] = ["sb-auditors"]
    come_in()
    assert groups() == {roles.AUDITOR}
    assert User.objects.count() == 1


def test_a_role_that_the_provider_does_not_manage_stays() -> None:
    come_in()
    User.objects.get(username="ann").groups.add(roles.Group.objects.get(name=roles.TEAM_ADMIN))
    come_in()
    assert groups() == {roles.APPROVER, roles.TEAM_ADMIN}


@pytest.mark.parametrize("claim", [[], ["others"], None, {"sb-approvers": 1}, 7])
def test_who_has_no_role_stays_outside(provider: IdentityProvider, claim: object) -> None:
    provider.claims["groups"] = claim
    client, answer = come_in()
    assert answer.status_code == 403
    assert "You have no role here" in answer.content.decode()
    assert client.get(reverse("admin:index")).status_code == 302
    assert not User.objects.exists()
    assert told("login.failed")[-1]["why"] == "no role in the claim"


def test_who_lost_every_role_is_shut_out_and_has_none_left(provider: IdentityProvider) -> None:
    come_in()
    provider.claims["groups"] = []
    _, answer = come_in()
    assert answer.status_code == 403
    assert groups() == set()
    assert not User.objects.get(username="ann").is_staff


def test_a_name_that_is_taken_takes_nobodys_account_over(provider: IdentityProvider) -> None:
    local = User.objects.create_superuser("ann", email="ann@example.org", password=PASSWORD)
    provider.claims |= {"email": "ann@example.org", "email_verified": True}
    client, _ = come_in()
    signed_in = User.objects.get(pk=client.session["_auth_user_id"])
    assert signed_in != local
    assert not signed_in.is_superuser


@pytest.mark.parametrize(
    ("switched_on", "verified", "superuser", "twice", "linked"),
    [
        (True, True, False, False, True),
        (False, True, False, False, False),
        (True, False, False, False, False),
        (True, True, True, False, False),
        (True, True, False, True, False),
    ],
)
def test_a_verified_address_binds_an_account_where_that_is_asked_for(
    provider: IdentityProvider,
    settings: LazySettings,
    switched_on: bool,
    verified: object,
    superuser: bool,
    twice: bool,
    linked: bool,
) -> None:
    settings.OIDC_LINK_BY_EMAIL = switched_on
    local = User.objects.create_user("local", email="Ann@example.org", is_superuser=superuser)
    if twice:
        User.objects.create_user("other", email="ann@example.org")
    provider.claims |= {"email": "ann@example.org", "email_verified": verified}
    client, _ = come_in()
    assert (str(local.pk) == client.session["_auth_user_id"]) is linked
    assert [one["account"] for one in told("login.linked")] == (["local"] if linked else [])
    if linked:
        assert groups("local") == {roles.APPROVER}
        assert str(local.pk) == come_in()[0].session["_auth_user_id"]


def test_an_account_is_bound_to_one_person_of_the_provider(
    provider: IdentityProvider, settings: LazySettings
) -> None:
    settings.OIDC_LINK_BY_EMAIL = True
    local = User.objects.create_user("local", email="ann@example.org")
    provider.claims |= {"email": "ann@example.org", "email_verified": True}
    come_in()
    provider.claims["sub"] = "2"
    client, _ = come_in()
    assert client.session["_auth_user_id"] != str(local.pk)


def test_who_is_deactivated_does_not_come_in() -> None:
    come_in()
    ann = User.objects.get(username="ann")
    ann.is_active = False
    ann.save()
    client, _ = come_in()
    assert "_auth_user_id" not in client.session


def test_a_callback_that_nobody_asked_for_signs_nobody_in() -> None:
    client = Client()
    client.get(f"{LOGIN}callback/", {"code": "any", "state": "guessed"})
    assert "_auth_user_id" not in client.session


def test_the_secret_goes_to_the_provider_alone_with_a_proof_of_the_asker(provider: IdentityProvider) -> None:
    provider.forms.clear()
    come_in()
    (form,) = provider.forms
    assert form["client_secret"] == ["not to be told"]
    assert form["code_verifier"]


def test_the_admin_sends_people_to_the_one_page(client: Client) -> None:
    answer = client.get(reverse("admin:login"), {"next": "/admin/inbox/"})
    assert answer["location"] == "/accounts/login/?next=/admin/inbox/"
    page = client.get(answer["location"]).content.decode()
    assert "Continue with Example login" in page
    assert 'name="password"' in page


@pytest.mark.parametrize(
    ("break_glass", "superuser", "shown", "opens"),
    [(False, True, False, False), (True, True, True, True), (True, False, True, False)],
)
def test_where_the_provider_is_the_only_way_in_a_password_is_for_emergencies(
    client: Client, settings: LazySettings, break_glass: bool, superuser: bool, shown: bool, opens: bool
) -> None:
    settings.OIDC_ONLY, settings.BREAK_GLASS_LOGIN = True, break_glass
    User.objects.create_user("local", password=PASSWORD, is_staff=True, is_superuser=superuser)
    page = client.get(reverse("account_login")).content.decode()
    assert ('name="password"' in page) is shown
    client.post(reverse("account_login"), {"login": "local", "password": PASSWORD})
    assert ("_auth_user_id" in client.session) is opens


@pytest.mark.parametrize(
    "name", ["account_signup", "account_reset_password", "account_email", "socialaccount_connections"]
)
def test_what_does_not_serve_leads_nowhere(client: Client, name: str) -> None:
    assert client.get(reverse(name)).status_code == 404
    assert client.post(reverse(name)).status_code == 404


def test_guessing_is_locked_out_on_this_page_too(client: Client, settings: LazySettings) -> None:
    settings.AXES_FAILURE_LIMIT = 3
    User.objects.create_user("local", password=PASSWORD, is_staff=True)
    form = {"login": "local", "password": "wrong"}
    answers = [client.post(reverse("account_login"), form).status_code for _ in range(3)]
    assert answers[-1] == 429
    client.post(reverse("account_login"), {"login": "local", "password": PASSWORD})
    assert "_auth_user_id" not in client.session
    assert [one["account"] for one in told("login.locked")] == ["local"]

"""Personal access tokens: made for oneself, seen once, and good only while their user is."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from registry.errors import LifetimeRefused, TokenRevoked
from registry.models import AccessToken, User
from registry.services import access_tokens

Cast = dict[str, User]


def make(user: User, days: float = 7, scopes: tuple[str, ...] = ("read",)) -> access_tokens.CreatedToken:
    ends = timezone.now() + timedelta(days=days)
    return access_tokens.create(user=user, name="pipeline", scopes=list(scopes), expires_at=ends)


def test_a_token_is_kept_as_its_hash_and_is_on_record(cast: Cast) -> None:
    made = make(cast["author"])
    kept = AccessToken.objects.get()
    assert made.text not in str(vars(kept))
    assert made.text not in repr(made)
    entry = Entry.objects.get(event_type="token.created")
    assert kept.prefix in entry.body
    assert made.text not in entry.body


def test_a_token_is_its_users(cast: Cast) -> None:
    found = access_tokens.authenticate(make(cast["author"]).text)
    assert found is not None
    assert found.user == cast["author"]
    assert AccessToken.objects.get().last_used_at is not None


@pytest.mark.parametrize("days", [0, -1, 400])
def test_every_token_ends_within_a_year(cast: Cast, days: int) -> None:
    with pytest.raises(LifetimeRefused):
        make(cast["author"], days)


@pytest.mark.parametrize("end", ["expired", "revoked", "deactivated", "shut out", "changed", "cut"])
def test_what_ended_is_like_what_never_was(cast: Cast, end: str) -> None:
    user, made = cast["author"], make(cast["author"])
    text = made.text
    match end:
        case "expired":
            AccessToken.objects.update(expires_at=timezone.now())
        case "revoked":
            access_tokens.revoke(actor=user, token=made.token)
        case "deactivated":
            user.is_active = False
        case "shut out":
            user.is_staff = False
        case "changed":
            text = text[:-1] + ("A" if text[-1] != "A" else "B")
        case "cut":
            text = text[:-1]
    user.save()
    assert access_tokens.authenticate(text) is None


def test_revoking_is_done_once_and_on_record(cast: Cast) -> None:
    made = make(cast["author"])
    access_tokens.revoke(actor=cast["boss"], token=made.token)
    with pytest.raises(TokenRevoked):
        access_tokens.revoke(actor=cast["boss"], token=made.token)
    assert '"boss"' in Entry.objects.get(event_type="token.revoked").body


LIST = "/admin/registry/accesstoken/"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("person", ["outsider", "author", "boss"])
def test_everybody_makes_their_own_and_sees_it_once(cast: Cast, person: str) -> None:
    client = signed_in(cast[person])
    asked = {"name": "pipeline", "scopes": ["read", "propose"], "days": "30"}
    page = client.post(LIST + "add/", asked)
    made = AccessToken.objects.get()
    assert made.user == cast[person]
    assert f"sbp-{made.prefix}-" in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    kept = client.get(f"{LIST}{made.pk}/change/").content.decode()
    assert f"sbp-{made.prefix}-" not in kept
    assert made.sha256 not in kept


def test_tokens_of_others_are_out_of_sight(cast: Cast) -> None:
    made = make(cast["author"])
    outsider = signed_in(cast["outsider"])
    assert str(made.token) not in outsider.get(LIST).content.decode()
    assert outsider.post(f"{LIST}{made.token.pk}/revoke/").status_code == 404
    assert outsider.get(f"{LIST}{made.token.pk}/change/").status_code == 302


def test_who_rules_users_revokes_the_tokens_of_others(cast: Cast) -> None:
    made, boss = make(cast["author"]), signed_in(cast["boss"])
    assert str(made.token) in boss.get(LIST).content.decode()
    assert "Revoke it" in boss.get(f"{LIST}{made.token.pk}/revoke/").content.decode()
    boss.post(f"{LIST}{made.token.pk}/revoke/")
    assert AccessToken.objects.get().state == "revoked"

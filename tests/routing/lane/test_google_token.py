"""A service account's key becomes a token before anything is sent; every other secret stays what it is."""

import base64
import json
import time
from functools import cache

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from routing.adapters.contract import ProviderError
from routing.lane import google_token
from routing.lane.google_token import SCOPE, access_token

ACCOUNT = {
    "type": "service_account",
    "client_email": "caller@project.iam.gserviceaccount.com",
    "token_uri": "https://oauth2.googleapis.com/token",
    "private_key_id": "key-1",
}


@cache
def key() -> str:
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return made.private_bytes(serialization.Encoding.PEM, *form).decode()


@pytest.fixture(autouse=True)
def _no_account_known(monkeypatch):
    monkeypatch.setattr(google_token, "_accounts", {})


def account(**changes: object) -> str:
    return json.dumps({**ACCOUNT, "private_key": key(), **changes})


def claims(token: str) -> dict[str, object]:
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=="))


def test_a_key_becomes_a_token_of_its_account_for_an_hour():
    said = claims(access_token(account()))
    assert (said["iss"], said["scope"]) == (ACCOUNT["client_email"], SCOPE)
    assert 3500 < said["exp"] - time.time() <= 3600


def test_the_token_holds_nothing_of_the_key():
    token = access_token(account())
    assert not any(line in token for line in key().splitlines())


def test_a_token_is_kept_until_it_nears_its_end(monkeypatch):
    first = access_token(account())
    assert access_token(account()) == first
    (credentials,) = google_token._accounts.values()
    credentials.expiry = credentials.expiry.replace(year=2001)
    monkeypatch.setattr(google_token, "_sign", lambda credentials: setattr(credentials, "token", "anew"))
    assert access_token(account()) == "anew"


def test_accounts_are_told_apart():
    other = access_token(account(client_email="other@project.iam.gserviceaccount.com"))
    assert claims(other) != claims(access_token(account()))


@pytest.mark.parametrize(
    "secret", ["", "sk-plain", "{", "{}", "[1]", '{"type": "authorized_user"}', "{" * 5000]
)
def test_any_other_secret_is_sent_as_it_is(secret):
    assert access_token(secret) == secret


@pytest.mark.parametrize("changes", [{"private_key": "none"}, {"private_key": None}])
def test_a_key_that_can_not_sign_is_an_authentication_failure(changes):
    with pytest.raises(ProviderError) as caught:
        access_token(account(**changes))
    assert (caught.value.kind, caught.value.retryable) == ("authentication", False)
    assert "BEGIN" not in str(caught.value)


def test_what_was_signed_for_is_bounded(monkeypatch):
    monkeypatch.setattr(google_token, "MAX_ACCOUNTS", 2)
    for name in ("a", "b", "c"):
        access_token(account(client_email=name))
    assert len(google_token._accounts) == 1

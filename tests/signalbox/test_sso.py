"""Single sign-on and second factors: their settings, and their own tests in a process where they are on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import free_port
from django.conf import LazySettings
from signalbox.sso.checks import single_sign_on_is_whole
from signalbox.sso.configuration import Configuration

ROOT = Path(__file__).resolve().parents[2]
FIELD_KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
TIMEOUT_S = 280
WHOLE = {
    "installed": True,
    "issuer": "https://login.example.org",
    "client_id": "signalbox",
    "client_secret": "s",
    "roles": {"sb": "admin"},
}


def test_they_hold_where_the_extra_is_on(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'sso.sqlite3'}",
        "SIGNALBOX_FIELD_KEYS": FIELD_KEY,
        "SIGNALBOX_OIDC_ISSUER": f"http://127.0.0.1:{free_port()}",
        "SIGNALBOX_OIDC_CLIENT_ID": "signalbox",
        "SIGNALBOX_OIDC_CLIENT_SECRET": "not to be told",
        "SIGNALBOX_OIDC_NAME": "Example login",
        "SIGNALBOX_OIDC_ROLES": "sb-admins=admin,sb-approvers=approver,sb-auditors=auditor",
        "SIGNALBOX_SECOND_FACTOR": "admin",
    }
    for name in [name for name in environment if name.startswith("PYTEST_")]:
        del environment[name]
    command = [sys.executable, "-m", "pytest", "tests/sso", "-p", "no:cacheprovider"]
    done = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT_S
    )
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-2_000:]


@pytest.mark.parametrize(
    ("changed", "only", "ids"),
    [
        ({}, False, []),
        ({}, True, []),
        ({"installed": False}, False, ["signalbox.E020"]),
        ({"client_secret": ""}, False, ["signalbox.E021"]),
        ({"client_secret": ""}, True, ["signalbox.E021", "signalbox.E024"]),
        ({"installed": False}, True, ["signalbox.E020", "signalbox.E024"]),
        ({"issuer": "http://login.example.org"}, False, ["signalbox.E022"]),
        ({"issuer": "http://localhost:8080"}, False, []),
        ({"roles": {"sb": "king"}}, False, ["signalbox.E023"]),
        ({"second_factor": frozenset({"queen"})}, False, ["signalbox.E025"]),
        ({"second_factor": frozenset({"*"})}, False, []),
    ],
)
def test_what_is_half_configured_is_refused(
    settings: LazySettings, changed: dict[str, object], only: bool, ids: list[str]
) -> None:
    settings.SSO, settings.OIDC_ONLY = Configuration(**{**WHOLE, **changed}), only  # type: ignore[arg-type]
    settings.FIELD_KEYS = [FIELD_KEY]
    assert [message.id for message in single_sign_on_is_whole(None)] == ids


def test_second_factors_need_keys_to_be_kept_under(settings: LazySettings) -> None:
    settings.SSO, settings.FIELD_KEYS = Configuration(installed=True, second_factor=frozenset({"*"})), []
    assert [message.id for message in single_sign_on_is_whole(None)] == ["signalbox.E026"]


@pytest.mark.parametrize(
    ("second_factor", "roles", "superuser", "needed"),
    [
        ({"admin"}, {"admin"}, False, True),
        ({"admin"}, {"auditor"}, False, False),
        ({"admin"}, set(), True, True),
        ({"*"}, set(), False, True),
        ({"optional"}, {"admin"}, True, False),
        (set(), {"admin"}, True, False),
    ],
)
def test_who_needs_a_second_factor(
    second_factor: set[str], roles: set[str], superuser: bool, needed: bool
) -> None:
    configured = Configuration(second_factor=frozenset(second_factor))
    assert configured.needs_second_factor(roles, superuser) is needed


def test_without_its_settings_nothing_of_it_is_there(settings: LazySettings) -> None:
    assert not Configuration(installed=True).enabled
    assert not [app for app in settings.INSTALLED_APPS if app.startswith("allauth")]

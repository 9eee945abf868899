"""Each unsafe setting fails `check --deploy` under its own id, and stops web and worker from starting."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.core.checks import CheckMessage
from pytest_django.fixtures import Settings as SettingsWrapper
from signalbox import checks
from signalbox.errors import UnsafeStart

from registry.models import User

pytestmark = pytest.mark.django_db

FIELD_KEY = "ZmDfcTF7_60GrrY167zsiPd67pEvs0aGOv2oasOM1Pg="
SAFE: dict[str, Any] = {
    "DEBUG": False,
    "DEMO": False,
    "SECRET_KEY": "k" * 60,
    "FIELD_KEYS": [FIELD_KEY],
    "ALLOWED_HOSTS": ["signalbox.example.org"],
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "WEB_HOSTS": 1,
    "WEB_PROCESSES": 1,
}


@pytest.fixture(autouse=True)
def safe(settings: SettingsWrapper) -> None:
    for name, value in SAFE.items():
        setattr(settings, name, value)


def ours() -> list[str]:
    found: list[CheckMessage] = checks.run_checks(tags=["security"], include_deployment_checks=True)
    return [str(message.id) for message in found if str(message.id).startswith("signalbox.")]


def test_a_safe_configuration_has_nothing_to_say() -> None:
    assert ours() == []


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("DEBUG", True, "signalbox.E001"),
        ("SECRET_KEY", "short", "signalbox.E002"),
        ("FIELD_KEYS", [], "signalbox.E003"),
        ("DEMO", True, "signalbox.E004"),
        ("ALLOWED_HOSTS", ["*"], "signalbox.E007"),
        ("SESSION_COOKIE_SECURE", False, "signalbox.E008"),
        ("FIELD_KEYS", ["not a key"], "signalbox.E009"),
    ],
)
def test_each_unsafe_setting_has_its_id(
    settings: SettingsWrapper, name: str, value: object, expected: str
) -> None:
    setattr(settings, name, value)
    assert ours() == [expected]


def test_the_published_secret_key_is_refused(settings: SettingsWrapper) -> None:
    settings.SECRET_KEY = settings.INSECURE_SECRET_KEY
    assert ours() == ["signalbox.E002"]


@pytest.mark.parametrize("name", ["WEB_HOSTS", "WEB_PROCESSES"])
def test_sqlite_serves_one_host_with_one_process(
    settings: SettingsWrapper, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    setattr(settings, name, 2)
    monkeypatch.setattr(checks, "connection", SimpleNamespace(vendor="sqlite"))
    assert ours() == ["signalbox.E006"]
    monkeypatch.setattr(checks, "connection", SimpleNamespace(vendor="postgresql"))
    assert ours() == []


def test_demo_logins_that_still_work_are_refused() -> None:
    login = User.objects.create(username="author", email=f"author{checks.DEMO_EMAIL_DOMAIN}")
    assert ours() == ["signalbox.E005"]
    login.is_active = False
    login.save()
    assert ours() == []


def test_every_message_says_what_to_do(settings: SettingsWrapper) -> None:
    for name, value in (("DEBUG", True), ("FIELD_KEYS", []), ("DEMO", True), ("ALLOWED_HOSTS", ["*"])):
        setattr(settings, name, value)
    found = checks.run_checks(tags=["security"], include_deployment_checks=True)
    assert all(message.hint for message in found if str(message.id).startswith("signalbox."))


def test_an_unsafe_start_is_refused_with_every_reason(settings: SettingsWrapper) -> None:
    settings.ALLOWED_HOSTS, settings.FIELD_KEYS = ["*"], []
    with pytest.raises(UnsafeStart, match=r"(?s)signalbox\.E003.*signalbox\.E007"):
        checks.refuse_unsafe_start()


@pytest.mark.parametrize("name", ["DEMO", "DEBUG"])
def test_what_is_no_production_starts_anyway(settings: SettingsWrapper, name: str) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    setattr(settings, name, True)
    checks.refuse_unsafe_start()
    assert getattr(settings, name) is True

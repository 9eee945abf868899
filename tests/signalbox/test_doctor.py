"""doctor: says in words what is wrong, within a deadline, and by its exit code."""

import time
from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings
from signalbox.doctor import governance, stores
from signalbox.doctor.examine import examine
from signalbox.doctor.report import Level, Line, broken, fine
from signalbox.management.commands import doctor


def hang() -> Iterator[Line]:
    yield fine("began")
    time.sleep(5)


def fail() -> Iterator[Line]:
    yield fine("began")
    raise OSError("redis://:hunter22@somewhere is away")


def test_a_probe_that_hangs_is_broken_and_the_next_one_is_asked() -> None:
    found = list(examine({"slow": hang, "quick": lambda: iter([fine("well")])}, timeout_s=0.1))
    assert [(subject, line.level) for subject, line in found] == [
        ("slow", Level.FINE),
        ("slow", Level.BROKEN),
        ("quick", Level.FINE),
    ]


def test_a_probe_that_fails_is_broken_and_shows_no_password() -> None:
    (_, said), (_, failed) = examine({"valkey": fail})
    assert said.text == "began"
    assert failed.level is Level.BROKEN
    assert "hunter22" not in failed.text


@pytest.mark.parametrize(("line", "code"), [(fine("well"), 0), (broken("ill"), 1)])
def test_the_exit_code_says_whether_something_is_broken(
    monkeypatch: pytest.MonkeyPatch, line: Line, code: int
) -> None:
    monkeypatch.setattr(doctor, "PROBES", {"x": lambda: iter([line])})
    output, ended = StringIO(), 0
    try:
        call_command("doctor", stdout=output)
    except CommandError as error:
        ended = error.returncode
    assert ended == code
    assert line.text in output.getvalue()


def test_an_unknown_probe_is_refused() -> None:
    with pytest.raises(CommandError, match="horoscope"):
        call_command("doctor", "--only", "horoscope")


@pytest.mark.django_db
def test_the_database_is_described_and_migrated() -> None:
    lines = list(stores.database())
    assert any("every migration is applied" in line.text for line in lines)


@pytest.mark.django_db
def test_valkey_with_an_evicting_policy_is_broken(settings: Settings, valkey: str) -> None:
    settings.REDIS_URL = valkey
    with stores.client() as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        try:
            levels = {line.level for line in stores.valkey() if "noeviction" in line.text}
        finally:
            client.config_set("maxmemory-policy", "noeviction")
    assert levels == {Level.BROKEN}


@pytest.mark.django_db
def test_counters_of_another_time_are_not_called_trusted(settings: Settings, valkey: str) -> None:
    settings.REDIS_URL = valkey
    assert any("not trusted" in line.text for line in stores.valkey())


@pytest.mark.django_db
def test_without_a_release_doctor_says_what_to_do() -> None:
    (line,) = governance.release()
    assert line.level is Level.BROKEN
    assert "publish" in line.text


def test_the_disk_is_measured() -> None:
    (line,) = stores.disk()
    assert "GiB" in line.text

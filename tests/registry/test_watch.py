import time
from collections.abc import Iterator

import pytest
from django.db import OperationalError
from registry_cast import World

from registry.directory import Directory
from registry.models import User
from registry.selectors import PublishedRelease
from registry.services import directory, keys, releases
from registry.watch import Watcher

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_section_only")]
SWITCH_S = 1.0


class Held:
    """What a process holds."""

    def __init__(self) -> None:
        self.releases: list[PublishedRelease] = []
        self.directories: list[Directory] = []


@pytest.fixture
def held() -> Held:
    return Held()


@pytest.fixture
def watcher(held: Held) -> Iterator[Watcher]:
    watching = Watcher(held.releases.append, held.directories.append, interval_s=0.1, stale_after_s=0.5)
    yield watching
    watching.stop()


def within(seconds: float, condition) -> bool:  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.01)
    return bool(condition())


def test_a_release_reaches_a_process_within_a_second(
    world: World, cast: dict[str, User], held: Held, watcher: Watcher
) -> None:
    watcher.start()
    assert watcher.fresh
    assert not held.releases
    release = releases.publish(actor=cast["approver"], reason="first")
    assert within(SWITCH_S, lambda: held.releases)
    assert held.releases[0].digest == release.digest


def test_a_revoked_key_is_gone_within_a_second(world: World, held: Held, watcher: Watcher) -> None:
    created = keys.create(actor=None, application=world.application, name="k", clearance=world.public)
    watcher.start()
    assert held.directories[-1].authenticate(created.token, 0)
    keys.revoke(actor=None, key=created.key)
    assert within(SWITCH_S, lambda: held.directories[-1].authenticate(created.token, 0) is None)


def test_what_has_not_changed_is_not_loaded_again(world: World, held: Held, watcher: Watcher) -> None:
    for _ in range(3):
        watcher.check()
    assert len(held.directories) == 1
    directory.bump()
    watcher.check()
    assert [loaded.version for loaded in held.directories] == [0, 1]


def test_a_wake_up_is_faster_than_the_interval(world: World, held: Held) -> None:
    slow = Watcher(held.releases.append, held.directories.append, interval_s=60)
    slow.start()
    try:
        directory.bump()
        slow.check_now()
        assert within(SWITCH_S, lambda: len(held.directories) == 2)
    finally:
        slow.stop()


def test_a_process_that_can_not_read_goes_stale_and_recovers(
    world: World, watcher: Watcher, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    watcher.start()
    with monkeypatch.context() as broken:
        broken.setattr("registry.watch.read_pointer", _unreachable)
        assert within(2, lambda: not watcher.fresh)
    assert within(2, lambda: watcher.fresh)
    assert len([record for record in caplog.records if record.levelname == "ERROR"]) == 1


def test_a_release_that_can_not_be_taken_over_makes_the_process_stale(
    world: World, cast: dict[str, User], held: Held
) -> None:
    def refuse(release: PublishedRelease) -> None:
        raise ValueError(release.number)

    watcher = Watcher(refuse, held.directories.append, interval_s=0.05, stale_after_s=0.3)
    watcher.start()
    try:
        releases.publish(actor=cast["approver"], reason="first")
        assert within(2, lambda: not watcher.fresh)
    finally:
        watcher.stop()


def _unreachable() -> None:
    raise OperationalError("gone")

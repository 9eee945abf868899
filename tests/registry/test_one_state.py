"""A release says what the tables said at one moment, whoever writes while it is compiled."""

import json
import threading
from collections.abc import Callable
from contextlib import suppress

import pytest
from django.db import OperationalError, connection, transaction
from registry_cast import make_deployment

from registry.errors import ConfigurationBusy
from registry.models import DataClass, Deployment, Pointer, Release, User
from registry.services import releases
from registry.services.snapshot import MAX_TRIES, SERIALIZATION_FAILURE, on_one_state

TRIES = 60


class Conflict(Exception):
    sqlstate = SERIALIZATION_FAILURE


def _conflicting(times: int) -> Callable[[], str]:
    """Work that fails `times` times as PostgreSQL fails what it can't serialise."""
    left = iter(range(times))

    def work() -> str:
        if next(left, None) is not None:
            raise OperationalError from Conflict()
        return "done"

    return work


@pytest.mark.django_db(transaction=True)
def test_work_that_conflicts_is_done_again() -> None:
    assert on_one_state(_conflicting(MAX_TRIES - 1)) == "done"


@pytest.mark.django_db(transaction=True)
def test_work_that_always_conflicts_is_given_up() -> None:
    with pytest.raises(ConfigurationBusy):
        on_one_state(_conflicting(MAX_TRIES))


@pytest.mark.django_db(transaction=True)
def test_other_failures_are_not_repeated() -> None:
    tries: list[int] = []

    def broken() -> None:
        tries.append(1)
        raise OperationalError("disk full")

    with pytest.raises(OperationalError):
        on_one_state(broken)
    assert len(tries) == 1


@pytest.fixture
def boss(transactional_db: None) -> User:
    Pointer.objects.get_or_create(pk=1)
    DataClass.objects.create(name="public", rank=0)
    make_deployment(enabled=False)
    return User.objects.create_superuser("boss")


def _toggle(stop: threading.Event) -> None:
    """In each transaction both change, so that in every state of the tables the two are equal."""
    on = False
    while not stop.is_set():
        on = not on
        with transaction.atomic():
            DataClass.objects.update(store_content=on)
            Deployment.objects.update(enabled=on)
    connection.close()


@pytest.mark.usefixtures("own_section_only")
def test_no_release_mixes_two_states(boss: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registry.services.releases.errors_in", lambda findings: ())
    stop = threading.Event()
    writer = threading.Thread(target=_toggle, args=(stop,))
    writer.start()
    try:
        for _ in range(TRIES):
            with suppress(ConfigurationBusy):
                releases.publish(actor=boss, reason="A race.")
    finally:
        stop.set()
        writer.join()
    documents = [json.loads(release.document) for release in Release.objects.all()]
    assert documents
    for document in documents:
        (data_class,), (deployment,) = document["data_classes"], document["deployments"]
        assert data_class["store_content"] == deployment["enabled"]

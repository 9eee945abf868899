"""Fixtures that every test may use: a Valkey of our own, and the small cast."""

import os
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from databases import flush_past_triggers
from django.db import connections
from django.db.backends.base.operations import BaseDatabaseOperations
from governance import rehearsed, ungoverned
from hypothesis import HealthCheck, settings
from signalbox.embedded import start_server
from stack import Stack, started

START_TIMEOUT_S = 10

# How long an example takes says more of the machine than of the code: nothing in the suite is timed.
settings.register_profile("signalbox", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("signalbox")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """A Redis-protocol server for this run: SIGNALBOX_TEST_REDIS_URL, or one that is started here."""
    given = os.environ.get("SIGNALBOX_TEST_REDIS_URL")
    if given:
        yield given
        return
    port = free_port()
    with tempfile.TemporaryDirectory() as directory:
        process = start_server(port=port, directory=Path(directory), append_only=False)
        url = f"redis://127.0.0.1:{port}/0"
        _await_ping(url)
        yield url
        process.terminate()
        process.wait(timeout=5)


def _await_ping(url: str) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    with redis.Redis.from_url(url) as client:
        while True:
            try:
                client.ping()
                return
            except redis.ConnectionError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)


@pytest.fixture
def valkey(valkey_url: str) -> str:
    """The URL of an empty server."""
    with redis.Redis.from_url(valkey_url) as client:
        client.flushall()
    return valkey_url


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """SQLite tests use a file, which threads share as in production; and a flush may pass the triggers."""
    for connection in connections.all():
        if connection.vendor == "sqlite":
            name = tmp_path_factory.mktemp("database") / "test.sqlite3"
            connection.settings_dict["TEST"]["NAME"] = str(name)
    BaseDatabaseOperations.execute_sql_flush = flush_past_triggers  # type: ignore[method-assign]


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Real processes, shared by the session: see tests/stack.py."""
    with started(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture(autouse=True)
def _governed_rows_may_be_written(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests set up what they need by plain writes. In a test's own transaction these are a rehearsal; a test
    that commits runs without the triggers. Those marked `governed` meet the database as it is in
    production."""
    marker = request.node.get_closest_marker("django_db")
    commits = "transactional_db" in request.fixturenames or (marker and marker.kwargs.get("transaction"))
    if request.node.get_closest_marker("governed") or not (marker or "db" in request.fixturenames or commits):
        yield
    else:
        request.getfixturevalue("transactional_db" if commits else "db")
        with ungoverned() if commits else rehearsed():
            yield

"""Fixtures that every test may use: a Valkey of our own, and the small cast."""

import functools
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import redis
import schema
from databases import restore
from django.db import connection, connections
from django.test import TransactionTestCase
from django.test.utils import override_settings
from governance import rehearsed, ungoverned
from hypothesis import HealthCheck, settings
from signalbox.embedded import start_server
from spread import asks_the_database, group_of, processes
from stack import Stack, started, wait_until

from bench.processes import free_port

START_TIMEOUT_S = 10
# A password is hashed 600,000 times in production. Tests sign people in all the time, and ask nothing of it.
FAST_HASHER = "django.contrib.auth.hashers.MD5PasswordHasher"

# How long an example takes says more of the machine than of the code: nothing in the suite is timed.
settings.register_profile("signalbox", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("signalbox")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    return processes(config)


def pytest_itemcollected(item: pytest.Item) -> None:
    if group := group_of(item):
        item.add_marker(pytest.mark.xdist_group(group))
    if group or asks_the_database(item):
        item.add_marker(pytest.mark.database)


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """A Redis-protocol server for this process: SIGNALBOX_TEST_REDIS_URL, or one that is started here."""
    given = os.environ.get("SIGNALBOX_TEST_REDIS_URL")
    if given:
        yield given
        return
    port = free_port()
    with tempfile.TemporaryDirectory() as directory:
        process = start_server(port=port, directory=Path(directory), append_only=False)
        url = f"redis://127.0.0.1:{port}/0"
        wait_until(lambda: _answers(url), "Valkey", START_TIMEOUT_S)
        yield url
        process.terminate()
        process.wait(timeout=5)


def _answers(url: str) -> bool:
    with redis.Redis.from_url(url) as client:
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False


@pytest.fixture
def valkey(valkey_url: str) -> str:
    """The URL of an empty server."""
    with redis.Redis.from_url(valkey_url) as client:
        client.flushall()
    return valkey_url


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    tmp_path_factory: pytest.TempPathFactory, django_db_modify_db_settings_parallel_suffix: None
) -> None:
    """A database for each process, with its tables. SQLite's is a file, which threads share as in production,
    but which need not outlive the machine.
    """
    for each in connections.all():
        if each.vendor == "sqlite":
            database = tmp_path_factory.mktemp("database") / "test.sqlite3"
            schema.copy_to(database)
            each.settings_dict["TEST"]["NAME"] = str(database)
            each.settings_dict["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
        else:
            each.settings_dict["TEST"]["TEMPLATE"] = schema.template_on(os.environ["DATABASE_URL"])
    TransactionTestCase._fixture_teardown = restore  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """SQLite's file starts as a copy of the schema, and goes with its directory."""
    return connection.vendor == "sqlite"


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords_and_clients() -> Iterator[None]:
    """No password is hashed at length, and `httpx.get` reads the world's certificate authorities but once."""
    read_once = functools.cache(httpx.create_ssl_context)
    with override_settings(PASSWORD_HASHERS=[FAST_HASHER]), pytest.MonkeyPatch.context() as patch:
        patch.setattr("httpx._transports.default.create_ssl_context", read_once)
        yield


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

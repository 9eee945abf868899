"""The tables, made once: every database of the tests starts as a copy.

What is copied is named by a digest of the sources, because migrations are not all that shapes it: triggers,
permissions and first rows are made by other code. One of them is kept: beside pytest's cache for SQLite, and
on the server for PostgreSQL.
"""

import fcntl
import functools
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).parent.parent
KEPT = ROOT / ".pytest_cache" / "schema"
SOURCES = ("platform", "registry", "routing", "audit", "billing")
MIGRATE_TIMEOUT_S = 300
PREFIX = "signalbox_schema_"
FIRST_ROWS = "first_rows"  # a schema of PostgreSQL with a copy of each table that is not empty
ADVISORY_LOCK = 0x5163_6865
# The roles, which most tests need; without their entries in the register, which is empty when a test begins.
SEED_ROLES = """
import django
django.setup()
from django.db.models.signals import m2m_changed
m2m_changed.receivers.clear()
from registry.services import roles
roles.seed()
"""


def copy_to(database: Path) -> None:
    """An SQLite file with every migration applied, the roles, and nothing more."""
    shutil.copyfile(on_sqlite(), database)


@functools.cache
def on_sqlite() -> Path:
    """The file to be copied."""
    with _locked():
        made = KEPT / f"{_digest()}.sqlite3"
        if not made.exists():
            for older in KEPT.glob("*.sqlite3*"):
                older.unlink()
            partial = made.with_suffix(".sqlite3-partial")
            _migrate(f"sqlite:///{partial}")
            partial.rename(made)
        return made


def template_on(server: str) -> str:
    """The name of a database to be copied, on the PostgreSQL of the URL.

    What it holds from the first it holds twice: tests may write, and tests.databases puts it right again.
    """
    import psycopg

    name, partial = PREFIX + _digest()[:16], PREFIX + "partial"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute("SELECT pg_advisory_lock(%s)", [ADVISORY_LOCK])
        there = [row[0] for row in admin.execute("SELECT datname FROM pg_database").fetchall()]
        if name not in there:
            for older in there:
                if older.startswith(PREFIX):
                    admin.execute(f'DROP DATABASE "{older}"')
            admin.execute(f'CREATE DATABASE "{partial}"')
            url = urlunsplit(urlsplit(server)._replace(path="/" + partial))
            _migrate(url)
            _keep_first_rows(url)
            admin.execute(f'ALTER DATABASE "{partial}" RENAME TO "{name}"')
    return name


@functools.cache
def _digest() -> str:
    digest = hashlib.sha256((ROOT / "requirements.txt").read_bytes() + Path(__file__).read_bytes())
    for source in SOURCES:
        for path in sorted((ROOT / source).rglob("*.*")):
            if path.suffix != ".pyc":
                digest.update(bytes(path.relative_to(ROOT)) + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _migrate(url: str) -> None:
    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "signalbox.settings"}
    for command in (["manage.py", "migrate", "--verbosity", "0"], ["-c", SEED_ROLES]):
        subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=environment, timeout=MIGRATE_TIMEOUT_S, check=True
        )


def _keep_first_rows(url: str) -> None:
    import psycopg

    tables = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
    with psycopg.connect(url) as made:
        made.execute(f"CREATE SCHEMA {FIRST_ROWS}")
        for (table,) in made.execute(tables).fetchall():
            if made.execute(f'SELECT EXISTS (SELECT FROM "{table}")').fetchone() == (True,):
                made.execute(f'CREATE TABLE {FIRST_ROWS}."{table}" AS TABLE "{table}"')


@contextmanager
def _locked() -> Iterator[None]:
    """One at a time: the processes of a run all begin by asking for a copy."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

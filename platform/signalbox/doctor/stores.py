"""Probes of what Signalbox stands on: the database, Valkey, the disk."""

import shutil
import time
from collections.abc import Iterator
from typing import Any

import redis
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from billing.scripts import TOKEN_KEY, token
from billing.selectors import current_epoch
from signalbox.doctor.report import Line, broken, fine, note

SOCKET_TIMEOUT_S = 3.0
MAX_CLOCK_DIFFERENCE_S = 1.0
LEAST_POSTGRESQL = 15
LEAST_FREE_BYTES = 1024**3
LEAST_SERVER_VERSION = (7, 2)


def client() -> "redis.Redis":
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=SOCKET_TIMEOUT_S,
        socket_connect_timeout=SOCKET_TIMEOUT_S,
        decode_responses=True,
    )


def database() -> Iterator[Line]:
    connection.ensure_connection()
    yield from _sqlite() if connection.vendor == "sqlite" else _postgresql()
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if pending:
        named = ", ".join(f"{migration.app_label}.{migration.name}" for migration, _ in pending[:3])
        yield broken(f"{len(pending)} migrations are pending ({named} …): run migrate")
    else:
        yield fine("every migration is applied")


def _sqlite() -> Iterator[Line]:
    import sqlite3

    yield fine(f"SQLite {sqlite3.sqlite_version} at {settings.DATABASES['default']['NAME']}")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        mode = cursor.fetchone()[0]
    if mode != "wal":
        yield broken(f"its journal mode is {mode}, not WAL: writers will fail under load")
    if settings.WEB_HOSTS > 1 or settings.WEB_PROCESSES > 1:
        yield broken("several web hosts or processes are configured, and SQLite serves one")


def _postgresql() -> Iterator[Line]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), clock_timestamp(), pg_is_in_recovery()")
        version, clock, in_recovery = cursor.fetchone()
    yield fine(f"PostgreSQL {version}")
    if int(version.split(".")[0]) < LEAST_POSTGRESQL:
        yield note(f"it is older than {LEAST_POSTGRESQL}, the oldest that is tested")
    if in_recovery:
        yield broken("it is a replica that takes no writes")
    difference_s = abs((timezone.now() - clock).total_seconds())
    if difference_s > MAX_CLOCK_DIFFERENCE_S:
        yield broken(f"its clock differs from this machine's by {difference_s:.1f} s")


def valkey() -> Iterator[Line]:
    with client() as server:
        info: Any = server.info()
        clock: Any = server.time()
        epoch: Any = server.get(TOKEN_KEY)
    name = "Valkey" if info.get("valkey_version") else "Redis"
    version = info.get("valkey_version") or info["redis_version"]
    yield fine(f"{name} {version}, {info['used_memory_human']} in use")
    if tuple(int(part) for part in version.split(".")[:2]) < LEAST_SERVER_VERSION:
        yield broken(f"it is older than {'.'.join(map(str, LEAST_SERVER_VERSION))}")
    if info.get("maxmemory_policy") != "noeviction":
        yield broken(
            f"maxmemory-policy is {info.get('maxmemory_policy')}: a counter that vanishes is a budget that "
            "is not kept; set noeviction"
        )
    if not info.get("aof_enabled"):
        yield note("no append-only file: after a restart counters are rebuilt from the ledger")
    difference_s = abs(time.time() - (clock[0] + clock[1] / 1e6))
    if difference_s > MAX_CLOCK_DIFFERENCE_S:
        yield note(f"its clock differs from this machine's by {difference_s:.1f} s")
    yield _trust(epoch, token(info["run_id"], current_epoch()))


def _trust(found: str | None, expected: str) -> Line:
    if found == expected:
        return fine("its budget counters are those of the ledger")
    return note("its budget counters are not trusted yet; the next request rebuilds them from the ledger")


def disk() -> Iterator[Line]:
    place = settings.DATA_DIR if settings.DATA_DIR.exists() else settings.BASE_DIR
    free = shutil.disk_usage(place).free
    text = f"{free / 1024**3:.1f} GiB are free at {place}"
    yield fine(text) if free >= LEAST_FREE_BYTES else note(f"only {text}")

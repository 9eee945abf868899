"""A large export in flat memory: makes request rows, exports them all, and prints peak memory on the way.

    python bench/export.py [--rows 1000000] [--format csv]

Runs on the database of DATABASE_URL (SQLite without one), which must be a scratch database: rows stay.
"""

import argparse
import os
import resource
import time
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "signalbox.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from audit.core.ids import uuid7  # noqa: E402
from audit.exports import FORMATS, Export  # noqa: E402
from audit.models import Request  # noqa: E402
from audit.rows import REQUEST_COLUMNS, request_values  # noqa: E402
from audit.writers import Table, statements_for  # noqa: E402

BATCH = 5_000
REQUESTS = Table("audit_request", REQUEST_COLUMNS)


def rss_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def make(rows: int) -> None:
    connection.ensure_connection()
    statements = statements_for(connection.vendor, connection.connection)
    now = time.time_ns() // 1000
    for begun in range(0, rows, BATCH):
        ages_us = range(begun, min(begun + BATCH, rows))
        statements.begin()
        statements.insert(REQUESTS, [values(now - age_us) for age_us in ages_us])
        statements.commit()


def values(at_us: int) -> tuple[Any, ...]:
    return request_values(request_id=uuid7(), accepted_at_us=at_us, application="invoices", decision="{}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--format", choices=sorted(FORMATS), default="csv")
    options = parser.parse_args()
    call_command("migrate", "audit", verbosity=0)
    make(options.rows)
    actor = {"kind": "command", "name": "bench"}
    export = Export(Request.objects.all(), file_format=options.format, actor=actor, filters={})
    begun, size, next_mark = time.monotonic(), 0, 1
    for chunk in export:
        size += len(chunk)
        if export.rows >= next_mark:
            print(f"{export.rows:>10,} rows  {size / 2**20:>8.1f} MiB written  peak RSS {rss_mib():.0f} MiB")
            next_mark = export.rows * 4
    seconds = time.monotonic() - begun
    print(f"{export.rows:>10,} rows  {size / 2**20:>8.1f} MiB written  peak RSS {rss_mib():.0f} MiB")
    print(f"{connection.vendor}: {seconds:.1f} s, {export.rows / seconds:,.0f} rows a second")


if __name__ == "__main__":
    main()

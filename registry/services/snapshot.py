"""Work on one state of the database: what it reads from several tables held at one and the same moment."""

from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connection, transaction

from registry.errors import ConfigurationBusy

MAX_TRIES = 8
SERIALIZATION_FAILURE = "40001"

T = TypeVar("T")


def on_one_state(work: Callable[[], T]) -> T:
    """What `work` answers, in a transaction whose reads all see the database as of its first.

    1. PostgreSQL reads each statement's own state unless told otherwise, so the transaction is REPEATABLE
       READ. A row that it locks and that changed since its first read fails it; then `work` is done again.
    2. SQLite's transactions begin with the write lock (IMMEDIATE), so nobody else writes.
    3. Inside a transaction of the caller's, that one's isolation holds.

    Raises ConfigurationBusy where it failed MAX_TRIES times.
    """
    if connection.in_atomic_block:
        with transaction.atomic():
            return work()
    for _ in range(MAX_TRIES):
        try:
            with transaction.atomic():
                one_state()
                return work()
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") != SERIALIZATION_FAILURE:
                raise
    raise ConfigurationBusy


def one_state() -> None:
    """Make the transaction that has just begun read the database as of its first query. One that is inside
    another keeps that one's isolation."""
    if connection.vendor == "postgresql" and not connection.savepoint_ids:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")

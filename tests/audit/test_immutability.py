"""The database itself refuses to change what was written, whoever asks, on both databases."""

import pytest
from django.db import IntegrityError, connection, transaction

from audit.core.ids import uuid7
from audit.immutability import missing
from audit.models import Attempt, Content, Entry, Request

GUARDED = ["audit_entry", "audit_attempt", "audit_request", "audit_content"]


def sql(statement: str, *parameters: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)


@pytest.fixture
def written(db, entry, request_row, attempt, content) -> None:
    """One row in each guarded table."""


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET body = '{}'",
        "UPDATE audit_entry SET occurred_at = '2020-01-01'",
        "DELETE FROM audit_entry",
        "UPDATE audit_attempt SET cost_nano = 0",
        "DELETE FROM audit_attempt",
        "DELETE FROM audit_request",
        "UPDATE audit_content SET slot = 'system'",
    ],
)
def test_the_database_refuses_to_change_what_was_written(written, statement):
    with pytest.raises(IntegrityError, match="register"):
        sql(statement)


@pytest.mark.parametrize("table", GUARDED)
def test_the_database_refuses_to_truncate(written, table):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE; its DELETE is tested above.")
    with pytest.raises(IntegrityError, match="register"):
        sql(f"TRUNCATE {table} CASCADE")


def test_an_entry_cannot_be_replaced(written):
    if connection.vendor != "sqlite":
        pytest.skip("Only SQLite has INSERT OR REPLACE.")
    with pytest.raises(IntegrityError):
        sql("INSERT OR REPLACE INTO audit_entry SELECT * FROM audit_entry")


FINISH = "UPDATE audit_request SET state = 'finished', outcome = 'succeeded', finished_at = '2026-01-01'"


def test_a_request_finishes_once(written):
    sql(FINISH)
    with pytest.raises(IntegrityError, match="register"):
        sql("UPDATE audit_request SET outcome = 'failed'")


@pytest.mark.parametrize("change", ["data_class = 'public'", "decision = 'x'", "content_salt = NULL"])
def test_finishing_changes_nothing_of_what_was_asked(written, change):
    with pytest.raises(IntegrityError, match="register"):
        sql(f"{FINISH}, {change}")


def test_a_running_request_cannot_be_changed_and_stay_running(written):
    with pytest.raises(IntegrityError, match="register"):
        sql("UPDATE audit_request SET worker = 'another'")


def test_erasure_destroys_the_salt_of_a_finished_request_and_nothing_else(written):
    sql(FINISH)
    sql("UPDATE audit_request SET content_salt = NULL")
    assert Request.objects.get().content_salt is None
    with pytest.raises(IntegrityError, match="register"):
        sql("UPDATE audit_request SET content_salt = %s", b"new")


def test_content_can_be_erased(written):
    sql("DELETE FROM audit_content")
    assert not Content.objects.exists()


def test_every_guarded_table_has_its_trigger(db):
    assert missing(connection, GUARDED) == []
    assert missing(connection, ["auth_group"]) == ["auth_group"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_a_transactional_test_is_flushed_and_still_guarded(turn, entry, attempt):
    assert Entry.objects.count() == 1
    assert Attempt.objects.count() == 1
    with pytest.raises(IntegrityError, match="register"):
        sql("DELETE FROM audit_entry WHERE event_id <> %s", uuid7().hex)

"""Whoever changes, removes or reorders an entry is found out."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from audit import emitters
from audit.models import Entry
from audit.selectors import words
from audit.selectors.verification import verify
from audit.services.entries import record
from routing.core.decision import Reason


@pytest.fixture
def chain(db, monkeypatch) -> list[Entry]:
    monkeypatch.setattr(emitters, "_mine", None)
    return [record("note", {"n": n}) for n in range(1, 6)]


def tamper(statement: str, *parameters: object) -> None:
    """As somebody would who may drop triggers."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
        else:
            cursor.execute("DROP TRIGGER audit_entry_no_update")
            cursor.execute("DROP TRIGGER audit_entry_no_delete")
        cursor.execute(statement, parameters)


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        (
            "UPDATE audit_entry SET body = replace(body, '\"n\":3', '\"n\":9') WHERE emitter_seq = 3",
            "leaf hash",
        ),
        ("UPDATE audit_entry SET body = '[1]' WHERE emitter_seq = 3", "leaf hash"),
        ("UPDATE audit_entry SET event_type = 'other' WHERE emitter_seq = 3", "contradicts the column type"),
        (
            "UPDATE audit_entry SET occurred_at = '2020-01-01' WHERE emitter_seq = 3",
            "contradicts the column at",
        ),
        ("DELETE FROM audit_entry WHERE emitter_seq = 3", "entries 3 to 3 are missing"),
        ("DELETE FROM audit_entry WHERE emitter_seq = 1", "entries 1 to 1 are missing"),
        ("DELETE FROM audit_entry WHERE emitter_seq = 5", "had written 5 entries"),
        ("UPDATE audit_entry SET prev_event = NULL WHERE emitter_seq = 3", "does not point to"),
    ],
)
def test_what_was_changed_shows(chain, statement, problem):
    tamper(statement)
    assert any(problem in str(found) for found in verify().problems)
    with pytest.raises(CommandError, match="problem"):
        call_command("verify_register")


def test_an_untouched_register_checks_out(chain, capsys):
    call_command("verify_register", emitter=chain[0].emitter_id)
    assert "5 entries of 1 emitters check out" in capsys.readouterr().out


def test_every_reason_is_told_in_words():
    assert {reason.value for reason in Reason} <= set(words.REASONS)


@pytest.mark.parametrize(
    ("nano", "told"),
    [(0, "$0.00"), (1, "$0.000000001"), (10**9, "$1.00"), (1_500_000_000, "$1.50"), (None, "unknown")],
)
def test_money_is_told_exactly(nano, told):
    assert words.usd(nano) == told

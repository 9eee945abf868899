"""The connection ends right after COMMIT was sent: the writer finds out what became of the batch."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import pytest
from cutter import Cutter
from django.db import ProgrammingError, connection, connections
from units import claim_unit, finish_unit, note_unit

from audit.core.records import Committed, Unit
from audit.errors import FateUnknown, RegisterUnavailable
from audit.models import Entry as EntryRow
from audit.models import Request
from audit.selectors.verification import verify
from audit.writer import THREAD_NAME, GroupWriter
from audit.writers.base import AnswerLost
from audit.writers.sqlite import SqliteStatements
from tests.line import Commit, Rows, statements

pytestmark = pytest.mark.django_db(transaction=True)
WAIT_S = 20
AWAY_S = 0.6  # longer than the writer waits between two tries

on_postgres = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite works in the process")


@pytest.fixture
def writer() -> Iterator[GroupWriter]:
    writer = GroupWriter("test", claim_guard=lambda cursor: 7)
    writer.start()
    outcome(writer.submit(note_unit()))
    yield writer
    writer.stop()


def outcome(future: "Future[Committed]") -> object:
    error = future.exception(WAIT_S)
    return error if error is not None else future.result()


def entries_of(unit: Unit) -> int:
    return EntryRow.objects.filter(request_id=unit.entries[0].request_id).count()


UNITS: dict[str, Callable[[GroupWriter], Unit]] = {
    "a claim": lambda writer: claim_unit(epoch=7),
    "a finish": lambda writer: finish_unit(_claimed(writer)),
    "entries alone": lambda writer: note_unit(),
}


def _claimed(writer: GroupWriter) -> Any:
    unit = claim_unit()
    assert outcome(writer.submit(unit)) is Committed.DONE
    assert unit.claim is not None
    return unit.claim.request_id


@pytest.mark.parametrize(
    ("fate", "expected"), [(Commit.UNANSWERED, Committed.DONE), (Commit.UNHEARD, RegisterUnavailable)]
)
@pytest.mark.parametrize("make", UNITS.values(), ids=UNITS)
def test_a_unit_in_doubt_waits_for_the_database_and_is_told_the_truth(writer, line, make, fate, expected):
    unit = make(writer)
    before = EntryRow.objects.count()
    line.to_come = [fate]
    future = writer.submit(unit)
    assert line.away.wait(WAIT_S)
    time.sleep(AWAY_S)
    assert not future.done(), "nobody can know yet"
    line.away.clear()
    told = outcome(future)
    assert told is expected or type(told) is expected
    assert EntryRow.objects.count() == before + (len(unit.entries) if told is Committed.DONE else 0)
    assert verify().problems == []


@pytest.mark.parametrize("fate", [Commit.UNANSWERED, Commit.UNHEARD])
@pytest.mark.parametrize("make", UNITS.values(), ids=UNITS)
def test_a_blip_is_not_noticed(writer, line, make, fate):
    unit = make(writer)
    before = EntryRow.objects.count()
    line.is_blip, line.to_come = True, [fate]
    assert outcome(writer.submit(unit)) is Committed.DONE
    assert EntryRow.objects.count() == before + len(unit.entries)
    assert verify().problems == []


@pytest.mark.parametrize(
    ("fates", "expected"),
    [
        ([Commit.UNANSWERED, Commit.UNANSWERED], Committed.DONE),
        ([Commit.UNHEARD, Commit.UNANSWERED], Committed.DONE),
        ([Commit.UNHEARD, Commit.UNHEARD], RegisterUnavailable),
    ],
)
def test_a_batch_that_is_cut_twice_is_told_the_truth(writer, line, fates, expected):
    line.is_blip, line.to_come = True, fates
    unit = claim_unit()
    told = outcome(writer.submit(unit))
    assert told is expected or type(told) is expected
    assert entries_of(unit) == (2 if told is Committed.DONE else 0)
    line.to_come = []
    assert outcome(writer.submit(claim_unit())) is Committed.DONE
    assert verify().problems == []


def test_a_whole_batch_in_doubt_is_resolved(writer, line):
    line.to_come = [Commit.UNANSWERED]
    units = [claim_unit() for _ in range(20)]
    futures = [writer.submit(unit) for unit in units]
    assert line.away.wait(WAIT_S)
    line.away.clear()
    told = [outcome(future) for future in futures]
    written = [Request.objects.filter(pk=unit.claim.request_id).exists() for unit in units]
    assert told[0] is Committed.DONE
    assert [each is Committed.DONE for each in told] == written
    assert verify().problems == []


def test_what_comes_while_another_is_in_doubt_is_refused_at_once_and_written_never(writer, line):
    line.to_come = [Commit.UNANSWERED]
    doubted = writer.submit(claim_unit())
    assert line.away.wait(WAIT_S)
    fresh = claim_unit()
    began = time.monotonic()
    assert type(outcome(writer.submit(fresh))) is RegisterUnavailable
    assert time.monotonic() - began < 2
    line.away.clear()
    assert outcome(doubted) is Committed.DONE
    assert entries_of(fresh) == 0
    assert outcome(writer.submit(fresh)) is Committed.DONE


def test_a_writer_that_ends_in_doubt_says_so(writer, line):
    line.to_come = [Commit.UNANSWERED]
    future = writer.submit(claim_unit())
    assert line.away.wait(WAIT_S)
    writer.stop()
    assert isinstance(outcome(future), FateUnknown)


@pytest.mark.parametrize("is_blip", [True, False])
def test_a_doubt_that_the_database_refuses_to_resolve_holds_up_nobody(writer, line, monkeypatch, is_blip):
    look_up = statements().existing_events
    monkeypatch.setattr(statements(), "existing_events", _refuse)
    line.is_blip, line.to_come = is_blip, [Commit.UNANSWERED]
    doubted = writer.submit(claim_unit())
    if not is_blip:
        assert line.away.wait(WAIT_S)
        time.sleep(AWAY_S)
        line.away.clear()
    assert isinstance(outcome(doubted), FateUnknown)
    monkeypatch.setattr(statements(), "existing_events", look_up)
    assert outcome(writer.submit(claim_unit())) is Committed.DONE


def _refuse(*_: object) -> None:
    raise ProgrammingError("permission denied")


@on_postgres
def test_a_transaction_that_the_server_still_holds_open_is_ended_first(writer, monkeypatch):
    """The line is dead for us and not for the server, as behind a broken router."""
    kept: list[Any] = []
    commit = statements().insert_and_commit

    def fall_silent(made: Any, rows: Rows) -> None:
        if not kept:
            kept.append(connections["default"].connection)
            connections["default"].connection = None  # so that nothing closes it
            raise AnswerLost("The server is silent.")
        commit(made, rows)

    monkeypatch.setattr(statements(), "insert_and_commit", fall_silent)
    unit = claim_unit()
    assert outcome(writer.submit(unit)) is Committed.DONE
    assert entries_of(unit) == 2
    assert verify().problems == []
    kept[0].close()


def test_sqlite_that_fails_at_its_commit_leaves_the_batch_in_doubt():
    class Full:
        def execute(self, statement: str) -> None:
            raise sqlite3.OperationalError("disk I/O error")

    with pytest.raises(AnswerLost, match="disk"):
        SqliteStatements(Full()).commit()  # type: ignore[arg-type]


@on_postgres
def test_an_answer_that_is_cut_off_on_its_way_is_found_out(monkeypatch):
    """Over a real socket: the server commits, and what it says of it is thrown away."""
    wrapper, told = type(connections["default"]), connection.settings_dict
    params = wrapper.get_connection_params
    with Cutter(told["HOST"] or "127.0.0.1", int(told["PORT"] or 5432)) as cutter:
        through = {"host": "127.0.0.1", "port": cutter.port}

        def relayed(made: Any) -> Any:
            mine = threading.current_thread().name == THREAD_NAME
            return params(made) | (through if mine else {})

        monkeypatch.setattr(wrapper, "get_connection_params", relayed)
        writer, unit = GroupWriter("test"), claim_unit()
        writer.start()
        assert outcome(writer.submit(unit)) is Committed.DONE
        writer.stop()
        assert cutter.cut.is_set()
    assert entries_of(unit) == 2
    assert verify().problems == []

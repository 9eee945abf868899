"""The writer: whole units, claims won once, a chain without gaps, and nothing past a lost database."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import OperationalError
from units import SALT, attempt, claim_unit, finish_unit, note_unit

from audit import writer as writer_module
from audit.core.records import MAX_BODY_BYTES, Committed, Entry, Row, Unit
from audit.errors import EntryMissing, EntryTooLarge, RegisterUnavailable, UnitRefused
from audit.models import Attempt, Request
from audit.models import Entry as EntryRow
from audit.rows import ATTEMPT_COLUMNS
from audit.selectors.verification import verify
from audit.writer import GroupWriter

pytestmark = pytest.mark.django_db(transaction=True)
WAIT_S = 20


@pytest.fixture
def writer() -> Iterator[GroupWriter]:
    writer = GroupWriter("test", claim_guard=lambda cursor: 7)
    writer.start()
    yield writer
    writer.stop()


def outcome(future) -> object:
    error = future.exception(WAIT_S)
    return error if error is not None else future.result()


def kill_connection(writer: GroupWriter) -> None:
    """Close the writer's connection under it, from the outside."""
    statements = writer._session._statements
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [statements._connection.backend_pid])
    else:
        statements._raw.close()


def test_a_request_is_claimed_and_finished_with_everything_that_belongs_to_it(writer):
    claim = claim_unit()
    assert outcome(writer.submit(claim)) is Committed.DONE
    assert outcome(writer.submit(finish_unit(claim.claim.request_id))) is Committed.DONE
    row = Request.objects.get()
    assert (row.state, row.outcome, row.cost_nano, row.application) == (
        "finished",
        "succeeded",
        900,
        "invoices",
    )
    assert bytes(row.content_salt) == SALT
    assert Attempt.objects.get().request == row
    assert list(EntryRow.objects.order_by("emitter_seq").values_list("event_type", flat=True)) == [
        "request.accepted",
        "attempt.started",
        "attempt.finished",
        "request.finished",
    ]
    assert verify().problems == []


@pytest.mark.parametrize("text", ["\x1f\x1e", "tab\tline\n\r\\N \\x00", "naïve 🚂", '{"a":"b"}', ""])
def test_any_text_is_kept_as_it_is(writer, text):
    claim = claim_unit(end_user=text, decision=text, facts=text[::-1])
    outcome(writer.submit(claim))
    ending = finish_unit(claim.claim.request_id)
    outcome(writer.submit(replace(ending, rows=(attempt(claim.claim.request_id, error_message=text),))))
    row = Request.objects.get()
    assert (row.end_user, row.decision, row.facts) == (text, text, text[::-1])
    assert Attempt.objects.get().error_message == text


def test_of_fifty_racing_claims_one_wins(writer):
    claim = claim_unit()
    others = [GroupWriter("rival") for _ in range(4)]
    for other in others:
        other.start()
    verdicts, barrier = [], threading.Barrier(50)

    def race(mine: GroupWriter) -> None:
        barrier.wait()
        verdicts.append(outcome(mine.submit(claim_unit(claim.claim.request_id))))

    threads = [threading.Thread(target=race, args=([writer, *others][n % 5],)) for n in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for other in others:
        other.stop()
    assert sorted(verdicts) == ["claim_lost"] * 49 + ["done"]
    assert Request.objects.count() == 1
    assert EntryRow.objects.count() == 2


def test_of_racing_ends_one_wins(writer):
    claim = claim_unit()
    outcome(writer.submit(claim))
    futures = [writer.submit(finish_unit(claim.claim.request_id)) for _ in range(8)]
    assert sorted(map(outcome, futures)) == ["done"] + ["finish_lost"] * 7
    assert Attempt.objects.count() == 1


def test_an_end_without_a_claim_writes_nothing(writer):
    assert outcome(writer.submit(finish_unit())) is Committed.FINISH_LOST
    assert not EntryRow.objects.exists()


@pytest.mark.parametrize(("epoch", "expected"), [(7, "done"), (6, "stale_epoch"), (None, "done")])
def test_a_hold_of_an_older_epoch_is_not_claimed(writer, epoch, expected):
    assert outcome(writer.submit(claim_unit(epoch=epoch))) == expected
    assert Request.objects.count() == (expected == "done")


POISON: dict[str, Callable[[], Unit]] = {
    "a row with a missing value": lambda: note_unit(Row("attempt", (None,) * len(ATTEMPT_COLUMNS))),
    "a row with too few values": lambda: note_unit(Row("attempt", ("x",))),
    "an unknown table": lambda: note_unit(Row("nothing", ("x",))),
    "a value that no database takes": lambda: note_unit(Row("content", (object(),) * 4)),
    "an integer that is too large": lambda: finish_unit(cost_nano=2**70),
    "an entry of a wrong kind": lambda: Unit(entries=(Entry("x", None, "soon", b"{}"),)),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON)
def test_a_unit_that_is_refused_fails_alone(writer, poison):
    held = threading.Event()
    writer._guard = lambda cursor: held.wait(WAIT_S) and 7
    first = writer.submit(claim_unit(epoch=7))
    good = [writer.submit(claim_unit()) for _ in range(3)]
    bad = writer.submit(poison())
    good += [writer.submit(claim_unit()) for _ in range(3)]
    held.set()
    assert isinstance(outcome(bad), UnitRefused)
    assert [outcome(future) for future in [first, *good]] == [Committed.DONE] * 7
    assert Request.objects.count() == 7
    assert verify().problems == []


def test_a_lost_connection_is_replaced_and_the_batch_written_once(writer):
    assert outcome(writer.submit(claim_unit())) is Committed.DONE
    kill_connection(writer)
    assert [outcome(writer.submit(claim_unit())) for _ in range(3)] == [Committed.DONE] * 3
    assert EntryRow.objects.filter(emitter_id=writer.emitter).count() == 8
    assert verify().problems == []


def test_while_the_database_is_gone_units_fail_and_afterwards_the_sequence_has_no_gap(writer, monkeypatch):
    assert outcome(writer.submit(note_unit())) is Committed.DONE
    connect = BaseDatabaseWrapper.connect

    def refuse(self) -> None:
        if threading.current_thread().name == writer_module.THREAD_NAME:
            raise OperationalError("connection refused")
        connect(self)

    monkeypatch.setattr(BaseDatabaseWrapper, "connect", refuse)
    kill_connection(writer)
    failed = outcome(writer.submit(claim_unit()))
    assert isinstance(failed, RegisterUnavailable)
    monkeypatch.setattr(BaseDatabaseWrapper, "connect", connect)
    assert outcome(writer.submit(claim_unit())) is Committed.DONE
    assert list(EntryRow.objects.order_by("emitter_seq").values_list("emitter_seq", flat=True)) == [1, 2, 3]
    assert verify().problems == []


async def test_event_loops_share_commits(writer):
    verdicts = await asyncio.gather(*(writer.commit(claim_unit()) for _ in range(50)))
    assert set(verdicts) == {Committed.DONE}


async def test_an_event_loop_hears_of_a_refused_unit(writer):
    with pytest.raises(UnitRefused):
        await writer.commit(note_unit(Row("nothing", ())))


def test_a_writer_that_is_full_refuses_at_once(monkeypatch):
    writer = GroupWriter(max_waiting=0)
    writer.start()
    with pytest.raises(RegisterUnavailable, match="too much"):
        writer.submit(note_unit())
    writer.stop()


def test_what_waited_too_long_fails_unwritten(writer, monkeypatch):
    monkeypatch.setattr(writer_module, "MAX_WAIT_S", -1.0)
    assert isinstance(outcome(writer.submit(note_unit())), RegisterUnavailable)
    assert not EntryRow.objects.exists()


def test_stopping_writes_what_waits_and_refuses_what_comes(writer):
    futures = [writer.submit(note_unit()) for _ in range(300)]
    writer.stop()
    assert {outcome(future) for future in futures} == {Committed.DONE}
    with pytest.raises(RegisterUnavailable, match="not running"):
        writer.submit(note_unit())


@pytest.mark.parametrize(
    ("unit", "error"),
    [
        (Unit(), EntryMissing),
        (Unit(entries=(Entry("x", None, 1, b"x" * MAX_BODY_BYTES),)), EntryTooLarge),
    ],
)
def test_nonsense_is_refused_at_the_door(writer, unit, error):
    with pytest.raises(error):
        writer.submit(unit)


def test_a_request_that_begins_and_ends_at_once_is_one_unit(writer):
    claim = claim_unit()
    finish = replace(finish_unit().finish, request_id=claim.claim.request_id)
    both = replace(claim, finish=finish)
    assert outcome(writer.submit(both)) is Committed.DONE
    assert Request.objects.get(pk=claim.claim.request_id).state == "finished"
    assert outcome(writer.submit(replace(both, entries=note_unit().entries))) is Committed.CLAIM_LOST


def test_two_starts_of_a_process_are_two_emitters():
    assert GroupWriter("web").emitter != GroupWriter("web").emitter
    connections.close_all()

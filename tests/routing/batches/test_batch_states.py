"""What a batch goes through: once, whoever asks, and to its end."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from registry.models import Team
from routing.batches import batches, files
from routing.batches.sealing import opened
from routing.errors import InvalidRequest
from routing.models import Batch, BatchState, FileLine, StoredFile
from routing.tasks import run_batch, sweep_batches
from tests.routing.batches.made import CHAT, made, prepared, stored


@pytest.fixture
def team(db: None) -> str:
    return str(Team.objects.create(name="crew").pk)


def said(file: StoredFile | None) -> list[dict[str, Any]]:
    assert file is not None
    return [json.loads(opened(sealed)) for sealed in files.lines_of(file)]


def test_what_is_stored_can_not_be_read_at_rest(team: str) -> None:
    file = stored(team)
    assert all(b"custom_id" not in bytes(line.sealed) for line in FileLine.objects.filter(file=file))
    assert [line["custom_id"] for line in said(file)] == ["n0", "n1", "n2"]


def test_a_team_sees_its_own_files_alone(team: str) -> None:
    file, other = stored(team), str(Team.objects.create(name="others").pk)
    assert files.found(team_id=other, file_id=file.pk) is None
    with pytest.raises(InvalidRequest, match="no such file"):
        batches.create(
            team_id=other, input_id=file.pk, endpoint=CHAT, labels={}, metadata=None, key_prefix="abc"
        )


def test_one_at_a_time_works_on_a_batch(team: str) -> None:
    batch = made(team)
    assert batches.lease(batch.pk, at_once=1) is not None
    assert batches.lease(batch.pk, at_once=1) is None
    assert batch.pk not in batches.left_alone()
    Batch.objects.update(leased_until=timezone.now() - timedelta(seconds=1))  # its task died
    assert batches.left_alone() == [batch.pk]
    assert batches.lease(batch.pk, at_once=1) is not None


def test_no_more_batches_than_allowed_are_worked_on_at_once(team: str) -> None:
    first, second = made(team), made(team)
    assert batches.lease(first.pk, at_once=1) is not None
    assert batches.lease(second.pk, at_once=1) is None
    batches.cancel(second)
    assert batches.lease(second.pk, at_once=1) is not None  # to be closed
    batches.release(first.pk)
    batches.release(second.pk)
    assert batches.lease(second.pk, at_once=1) is not None


def test_a_batch_that_ends_lets_the_next_one_begin(team: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, queued = made(team), made(team), []
    StoredFile.objects.filter(pk=first.input_id).delete()  # so that it fails without a line
    monkeypatch.setattr("routing.tasks.run_batch.delay", queued.append)
    run_batch(str(first.pk))
    first.refresh_from_db()
    assert (first.state, first.leased_until) == (BatchState.FAILED, None)
    assert queued == [str(second.pk)]


def test_a_line_is_answered_once(team: str) -> None:
    batch = prepared(team)
    first, *rest = batches.work(batch, after=0, limit=9)
    for text in (b'{"custom_id": "n0"}', b'{"custom_id": "again"}'):
        batches.record(batch, first, status=200, line=text)
    assert batches.work(batch, after=0, limit=9) == rest
    assert [line["custom_id"] for line in said(batch.output_file)] == ["n0"]
    batch.refresh_from_db()
    assert (batch.completed, batch.failed) == (1, 0)


@pytest.mark.parametrize(
    ("end", "code"), [(BatchState.CANCELLED, "batch_cancelled"), (BatchState.EXPIRED, "batch_expired")]
)
def test_what_was_never_run_is_told_at_the_end(team: str, end: BatchState, code: str) -> None:
    batch = prepared(team)
    batches.record(batch, batches.work(batch, after=0, limit=1)[0], status=200, line=b'{"custom_id": "n0"}')
    batches.close(batch, end)
    assert batch.state == end
    assert [(line["custom_id"], line["error"]["code"]) for line in said(batch.error_file)] == [
        ("n1", code),
        ("n2", code),
    ]
    assert (batch.completed, batch.failed) == (1, 2)
    assert {BatchState.FINALIZING.value, end.value} <= set(batch.moments)


def test_files_without_a_line_are_dropped_at_the_end(team: str) -> None:
    batch = prepared(team, 1)
    batches.record(batch, batches.work(batch, after=0, limit=1)[0], status=429, line=b"{}")
    batches.close(batch, BatchState.COMPLETED)
    assert batch.output_file is None
    assert len(said(batch.error_file)) == 1


def test_a_batch_that_has_ended_can_not_be_cancelled(team: str) -> None:
    batch = prepared(team)
    assert batches.cancel(batch).state == BatchState.CANCELLING
    batches.close(batch, BatchState.CANCELLED)
    with pytest.raises(InvalidRequest, match="is cancelled"):
        batches.cancel(batch)


def test_a_file_is_kept_while_a_batch_needs_it_and_gone_when_its_time_is_over(team: str) -> None:
    batch = made(team)
    file = StoredFile.objects.get(pk=batch.input_id)
    with pytest.raises(InvalidRequest, match="needs this file"):
        files.delete(file)
    StoredFile.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    files.drop_expired()
    assert StoredFile.objects.filter(pk=file.pk).exists()
    Batch.objects.update(state=BatchState.FAILED)
    files.drop_expired()
    assert not StoredFile.objects.exists()


def test_the_sweep_takes_up_what_nobody_works_on(team: str, monkeypatch: pytest.MonkeyPatch) -> None:
    batch, queued = made(team), []
    monkeypatch.setattr("routing.tasks.run_batch.delay", queued.append)
    sweep_batches()
    assert queued == [str(batch.pk)]


@pytest.mark.parametrize("data", [b"", b"\n \n", b"{}\n" * (files.MAX_LINES + 1)])
def test_a_file_has_lines_and_not_too_many(team: str, data: bytes) -> None:
    with pytest.raises(InvalidRequest, match="lines"):
        files.store(team_id=team, filename="a", data=data)


def test_a_team_stores_no_more_than_its_share(team: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stored(team)
    monkeypatch.setattr(files, "MAX_TEAM_BYTES", 300)
    with pytest.raises(InvalidRequest, match="would pass"):
        stored(team)

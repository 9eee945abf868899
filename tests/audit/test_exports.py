"""Exports: whole, safe in a spreadsheet, flat in memory, and recorded."""

import csv
import hashlib
import io
import json
import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from audit import exports
from audit.core.ids import uuid7
from audit.exports import Export, safe_cell
from audit.models import Entry, Request

ACTOR = {"kind": "user", "name": "auditor"}
START = datetime(2026, 1, 1, tzinfo=UTC)


def make(count: int, **values: object) -> None:
    known = {"state": "running", "operation": "chat", "application": "invoices", "decision": "{}", **values}
    Request.objects.bulk_create(
        [Request(id=uuid7(), accepted_at=START + timedelta(seconds=n // 3), **known) for n in range(count)],
        batch_size=500,
    )


def export(file_format: str = "csv") -> Export:
    return Export(Request.objects.all(), file_format=file_format, actor=ACTOR, filters={})


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("plain", "plain"),
        ("", ""),
        (-5, "-5"),
        (None, ""),
        (True, "true"),
    ],
)
def test_no_cell_is_a_formula(value, cell):
    assert safe_cell(value) == cell


def test_every_request_is_exported_once_in_order(db, monkeypatch):
    monkeypatch.setattr(exports, "CHUNK_ROWS", 7)
    make(50)
    rows = list(csv.DictReader(io.StringIO(b"".join(export()).decode(), newline="")))
    expected = [str(pk) for pk in Request.objects.order_by("accepted_at", "id").values_list("pk", flat=True)]
    assert [row["id"] for row in rows] == expected


def test_text_of_the_outside_is_safe_in_the_csv(db):
    make(1, end_user='=HYPERLINK("http://evil")', task='a,"b"\nc')
    (row,) = csv.DictReader(io.StringIO(b"".join(export()).decode(), newline=""))
    assert row["end_user"] == '\'=HYPERLINK("http://evil")'
    assert row["task"] == 'a,"b"\nc'


def test_json_lines_hold_the_attempts_and_the_decision(db, attempt):
    (line,) = b"".join(export("jsonl")).decode().splitlines()
    told = json.loads(line)
    assert told["attempt_rows"][0]["sent_model"] == "gpt-1-2026"
    assert told["tags"] == []
    assert "content_salt" not in told


def test_an_export_is_recorded_with_the_digest_of_the_stream(db):
    make(5)
    body = b"".join(export())
    started, generated = Entry.objects.order_by("emitter_seq")
    assert started.event_type == "export.started"
    assert generated.data == {
        "actor": ACTOR,
        "complete": True,
        "filters": {},
        "format": "csv",
        "rows": 5,
        "sha256": hashlib.sha256(body).hexdigest(),
    }


def test_an_export_that_is_cut_is_recorded_as_cut(db):
    make(5)
    running = export()
    next(iter(running))
    running.close()
    assert Entry.objects.get(event_type="export.generated").data["complete"] is False


@pytest.mark.django_db(transaction=True)
async def test_an_event_loop_streams_the_same(request_row):
    streamed = [chunk async for chunk in export("jsonl").stream()]
    assert json.loads(b"".join(streamed))["id"] == str(request_row.pk)


def peak_bytes(rows: int) -> int:
    make(rows - Request.objects.count())
    tracemalloc.start()
    for _ in export():
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_memory_stays_flat(db):
    small, large = peak_bytes(2_000), peak_bytes(8_000)
    assert large < small * 1.2


def test_the_command_exports_under_filters(db, tmp_path):
    make(3)
    make(2, application="other")
    path = tmp_path / "requests.jsonl"
    call_command("export_requests", format="jsonl", output=str(path), application="other")
    assert len(path.read_text().splitlines()) == 2
    assert Entry.objects.get(event_type="export.generated").data["filters"] == {"application": "other"}


def test_the_command_overwrites_no_file(db, tmp_path):
    path = tmp_path / "requests.csv"
    path.write_text("kept")
    with pytest.raises(CommandError):
        call_command("export_requests", output=str(path))
    assert path.read_text() == "kept"

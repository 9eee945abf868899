"""Recording in the caller's own transaction."""

import threading

import pytest
from django.db import connection, transaction

from audit import emitters
from audit.core.canonical import leaf_hash
from audit.core.envelope import MAX_ENVELOPE_BYTES, bounded_body, is_canonical
from audit.core.ids import uuid7
from audit.core.records import MAX_BODY_BYTES
from audit.models import Entry
from audit.services.entries import record


@pytest.fixture(autouse=True)
def own_emitter(monkeypatch) -> None:
    monkeypatch.setattr(emitters, "_mine", None)


def test_an_entry_seals_everything_that_its_columns_say(db):
    request_id = uuid7()
    entry = record("key.created", {"name": "Müller"}, request_id)
    entry.refresh_from_db()
    assert is_canonical(entry.body.encode())
    assert leaf_hash(entry.body.encode()) == bytes(entry.leaf_hash)
    assert entry.sealed == {
        "at": entry.occurred_at.isoformat().replace("+00:00", "Z"),
        "data": {"name": "Müller"},
        "emitter": entry.emitter_id,
        "id": str(entry.event_id),
        "prev": None,
        "request": str(request_id),
        "seq": 1,
        "type": "key.created",
    }


def test_entries_of_one_process_form_a_chain(db):
    first, second = record("key.created", {"n": 1}), record("key.revoked", {"n": 2})
    assert (second.emitter_seq, second.prev_event) == (2, first.leaf_hash)
    assert second.emitter_id == first.emitter_id


@pytest.mark.django_db(transaction=True)
def test_a_rollback_leaves_no_gap():
    record("key.created", {"n": 1})
    with transaction.atomic():
        record("key.created", {"n": 2})
        transaction.set_rollback(True)
    record("key.created", {"n": 3})
    assert list(Entry.objects.order_by("emitter_seq").values_list("emitter_seq", flat=True)) == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_threads_of_one_process_never_share_a_number():
    def several() -> None:
        for n in range(5):
            record("key.created", {"n": n})
        connection.close()

    threads = [threading.Thread(target=several) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(Entry.objects.values_list("emitter_seq", flat=True)) == list(range(1, 31))


def test_a_body_that_is_too_large_keeps_the_digest_of_its_largest_parts():
    body = bounded_body({"who": {"team": "payments"}, "candidates": ["x" * 100] * 1000, "notes": "n" * 500})
    assert len(body) <= MAX_BODY_BYTES - MAX_ENVELOPE_BYTES
    assert b'"candidates":{"bytes":103001,"sha256":"' in body
    assert b'"team":"payments"' in body

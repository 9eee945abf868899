"""Ids sort in the order in which they were made, however many ways make them."""

import time
import uuid

import pytest

from audit.core import ids
from audit.core.ids import uuid7, uuid7_hex, uuid7_texts

NOW_MS = 1_790_000_000_000


@pytest.fixture
def clock(monkeypatch):
    """A clock in nanoseconds that stands still until it is moved; the real one's ids are left behind."""
    now = [NOW_MS * 1_000_000]
    monkeypatch.setattr(time, "time_ns", lambda: now[0])
    monkeypatch.setattr(ids, "_last_tick", 0)
    return now


def test_each_is_a_version_7_uuid_of_its_millisecond(clock):
    made = [uuid7(), uuid.UUID(hex=uuid7_hex()), *map(uuid.UUID, uuid7_texts(3)), uuid7(NOW_MS)]
    assert {(one.version, one.variant, one.int >> 80) for one in made} == {(7, uuid.RFC_4122, NOW_MS)}
    assert len(set(made)) == 6


def test_texts_are_as_the_library_writes_them():
    texts = uuid7_texts(50)
    assert tuple(str(uuid.UUID(text)) for text in texts) == texts


@pytest.mark.parametrize("step_ns", [0, 1, 200_000, -5_000_000_000])
def test_they_sort_as_they_were_made_whatever_the_clock_does(clock, step_ns):
    made = []
    for _ in range(1000):
        made += [uuid7().hex, uuid7_hex(), *(text.replace("-", "") for text in uuid7_texts(3))]
        clock[0] += step_ns
    assert made == sorted(made)


def test_a_millisecond_that_is_given_is_kept():
    assert {uuid7(NOW_MS).int >> 80 for _ in range(100)} == {NOW_MS}

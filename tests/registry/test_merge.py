"""Change sets on another state than they were made on."""

from typing import Any

import pytest

from registry.core.changes import Change, ChangeSet, conflicts
from registry.core.merge import fingerprint, inverse, place_of, rebased, taken_back

KIND = "registry.thing"


def changed(before: dict[str, Any] | None, after: dict[str, Any] | None) -> ChangeSet:
    return ChangeSet((Change(KIND, "1", before, after),))


def state(row: dict[str, Any] | None) -> dict[str, dict[str, Any]]:
    return {KIND: {} if row is None else {"1": row}}


@pytest.mark.parametrize(
    ("before", "after", "now", "kept", "becomes"),
    [
        ({"a": 1}, {"a": 2}, {"a": 1, "b": 0}, [], ({"a": 1}, {"a": 2})),
        ({"a": 1}, {"a": 2}, {"a": 3, "b": 0}, [], ({"a": 3}, {"a": 2})),
        ({"a": 1}, {"a": 2}, {"a": 3, "b": 0}, ["a"], None),
        ({"a": 1, "b": 0}, {"a": 2, "b": 9}, {"a": 3, "b": 0}, ["a"], ({"b": 0}, {"b": 9})),
        ({"a": 1}, {"a": 2}, {"a": 2}, [], None),
        ({"a": 1}, {"a": 2}, None, [], None),
        ({"a": 1}, None, {"a": 3}, [], ({"a": 3}, None)),
        ({"a": 1}, None, {"a": 3}, ["a"], None),
        ({"a": 1}, None, None, [], None),
        (None, {"a": 2}, {"a": 3}, [], ({"a": 3}, {"a": 2})),
        (None, {"a": 2}, {"a": 3}, [""], None),
    ],
)
def test_a_change_set_is_taken_up_on_what_is_in_force(
    before: Any, after: Any, now: Any, kept: list[str], becomes: Any
) -> None:
    places = [(KIND, "1", field) for field in kept]
    result = rebased(state(now), changed(before, after), places)
    assert [(change.before, change.after) for change in result] == ([becomes] if becomes else [])


@pytest.mark.parametrize("row", [{"a": 1, "b": 0}, {"a": 3, "b": 0}])
def test_what_was_taken_up_conflicts_no_more(row: dict[str, Any]) -> None:
    result = rebased(state(row), changed({"a": 1}, {"a": 2}), [])
    assert conflicts(state(row), result) == ()


def test_an_inverse_leads_back() -> None:
    changes = changed({"a": 1}, {"a": 2})
    assert inverse(inverse(changes)) == changes
    assert taken_back(state({"a": 2}), changes) == inverse(changes)


def test_what_somebody_changed_since_is_not_taken_back() -> None:
    changes = changed({"a": 1, "b": 0}, {"a": 2, "b": 9})
    (left,) = taken_back(state({"a": 5, "b": 9}), changes)
    assert (left.before, left.after) == ({"b": 9}, {"b": 0})


def test_other_conflicts_have_another_fingerprint() -> None:
    changes = changed({"a": 1}, {"a": 2})
    seen, moved = conflicts(state({"a": 3}), changes), conflicts(state({"a": 4}), changes)
    assert place_of(seen[0]) == (KIND, "1", "a")
    assert fingerprint(seen) != fingerprint(moved)

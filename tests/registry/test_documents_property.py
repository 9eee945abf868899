"""For any configuration: written as a file and read again, it is exactly the same one."""

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry import documents
from registry.core.changes import State, diff
from registry.core.configuration import Column, Schema, Section, from_document, to_document

SCHEMA = Schema(
    (
        Section(
            "makers", "maker", ("name",), (Column("name"), Column("note", empty=""), Column("tags", empty=[]))
        ),
        Section(
            "things",
            "thing",
            ("maker", "name"),
            (Column("maker", "maker"), Column("name"), Column("size", empty=1), Column("twin", "thing")),
        ),
        Section(
            "steps",
            "step",
            ("thing", "name"),
            (Column("thing", "thing"), Column("name"), Column("position"), Column("more")),
            ordered_by="position",
        ),
    )
)
# What YAML could take for something else, and what files are easily broken by.
SLY = (
    "1",
    "null",
    "on",
    "~",
    "2026-01-01",
    "1e3",
    "- a",
    "a: b",
    "#",
    " ",
    "a\n b\n",
    "\n",
    "|",
    "…",
    "'",
    '"',
)
TEXTS = st.one_of(st.sampled_from(SLY), st.text(st.characters(codec="utf-8"), max_size=8))
NAMES = TEXTS.filter(bool)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)


@st.composite
def states(draw: st.DrawFn) -> State:
    """Rows that refer to rows that are there; the places of a thing's steps ascend, with gaps."""
    number = itertools.count()
    makers = {
        f"m{next(number)}": {"name": name, "note": draw(TEXTS), "tags": draw(st.lists(TEXTS, max_size=2))}
        for name in draw(st.lists(NAMES, unique=True, max_size=3))
    }
    things: dict[str, dict[str, Any]] = {}
    steps: dict[str, dict[str, Any]] = {}
    for maker in makers:
        for name in draw(st.lists(NAMES, unique=True, max_size=2)):
            twin = draw(st.sampled_from([None, *things]))
            things[f"t{next(number)}"] = {
                "maker": maker,
                "name": name,
                "size": draw(st.integers(0, 9)),
                "twin": twin,
            }
    for thing in things:
        for place, name in enumerate(draw(st.lists(NAMES, unique=True, max_size=3))):
            steps[f"s{next(number)}"] = {
                "thing": thing,
                "name": name,
                "position": place * 10,
                "more": draw(VALUES),
            }
    return {"maker": makers, "thing": things, "step": steps}


@pytest.mark.parametrize("form", ["yaml", "json"])
@given(state=states())
@settings(max_examples=150)
def test_a_file_read_on_top_of_what_it_was_written_from_changes_nothing(form: str, state: State) -> None:
    read = documents.parse(documents.dump(to_document(state, SCHEMA), form))
    assert not diff(state, from_document(read, SCHEMA, state, lambda: "new"))


@pytest.mark.parametrize("form", ["yaml", "json"])
@given(state=states())
@settings(max_examples=150)
def test_a_file_read_elsewhere_makes_the_same_file(form: str, state: State) -> None:
    text = documents.dump(to_document(state, SCHEMA), form)
    numbers = itertools.count()
    elsewhere = from_document(documents.parse(text), SCHEMA, {}, lambda: f"n{next(numbers)}")
    assert documents.dump(to_document(elsewhere, SCHEMA), form) == text


@given(state=states(), other=states())
@settings(max_examples=100)
def test_a_file_of_another_configuration_makes_that_one(state: State, other: State) -> None:
    numbers = itertools.count()
    made = from_document(to_document(other, SCHEMA), SCHEMA, state, lambda: f"n{next(numbers)}")
    assert to_document(made, SCHEMA) == to_document(other, SCHEMA)

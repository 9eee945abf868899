"""Evaluation sets as files: what is read, what is refused, and what a digest names."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.core.items import (
    Item,
    ItemsUnreadable,
    read_items,
    set_digest,
    written_items,
)

names = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=20)
items = st.builds(
    Item,
    key=names,
    messages=st.lists(
        st.fixed_dictionaries({"role": st.sampled_from(["system", "user"]), "content": st.text()}),
        min_size=1,
        max_size=3,
    ).map(tuple),
    task=st.text(max_size=9),
    expected=names,
    grader=st.just("exact"),
    tags=st.lists(names, unique=True, max_size=3).map(lambda tags: tuple(sorted(tags))),
)


@given(st.lists(items, min_size=1, max_size=5, unique_by=lambda item: item.key))
def test_what_is_written_is_read_as_the_same_items(given_items: list[Item]):
    read = read_items(written_items(given_items))
    assert list(read) == given_items
    assert set_digest(read) == set_digest(given_items)


def test_a_prompt_is_one_message_and_the_line_names_the_item():
    (item,) = read_items(["", json.dumps({"prompt": "hello"})])
    assert (item.key, item.messages) == ("2", ({"role": "user", "content": "hello"},))


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "not JSON"),
        ("[]", "not an object"),
        ("{}", "either a prompt or messages"),
        ('{"prompt": "a", "answer": "b"}', "no such field: answer"),
        ('{"prompt": "a", "expected": "b"}', "needs a grader"),
        ('{"prompt": "a", "expected": "b", "grader": "vibes"}', "no such grader"),
        ('{"prompt": "a", "expected": "b", "grader": "number"}', "no number"),
        ('{"prompt": 1}', "a content in text"),
        ('{"messages": [{"role": "tool", "content": "a"}]}', "a message has a role"),
        ('{"prompt": "a", "tags": "x"}', "tags are a list"),
        ('{"prompt": "a", "key": [1]}', "key is a text"),
    ],
)
def test_a_line_that_is_no_item_is_refused_with_its_number(line: str, says: str):
    with pytest.raises(ItemsUnreadable, match="Line 1: .*" + says):
        read_items([line])


def test_keys_are_given_once():
    with pytest.raises(ItemsUnreadable, match="already"):
        read_items(['{"prompt": "a", "key": "k"}', '{"prompt": "b", "key": "k"}'])


def test_a_digest_names_content_and_order():
    one, two = Item("1", ({"role": "user", "content": "a"},)), Item("2", ({"role": "user", "content": "b"},))
    assert len({set_digest([one, two]), set_digest([two, one]), set_digest([one])}) == 3

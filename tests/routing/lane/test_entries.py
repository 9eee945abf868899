"""The bodies of entries are canonical, whatever the texts in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.core.canonical import MAX_SAFE_INTEGER, canonical_json
from audit.rows import clip
from routing.lane.entries import canonical

texts = st.text(max_size=40).map(lambda text: clip(text, 40))
integers = st.integers(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER)
keys = st.text("abcdefghijklmnopqrstuvwxyz_0123456789", min_size=1, max_size=8)
values = st.recursive(
    st.none() | st.booleans() | integers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(keys, values, max_size=6))
def test_the_fast_encoder_gives_the_canonical_bytes(value):
    assert canonical(value) == canonical_json(value)


@pytest.mark.parametrize("text", ["\x7f\x80", "\u2028\u2029", "\x00\x1f\b\f\n\r\t", '"\\/', "é😀"])
def test_no_character_is_written_in_two_ways(text):
    assert canonical({"a": text}) == canonical_json({"a": text})

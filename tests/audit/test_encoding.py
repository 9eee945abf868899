"""The fast encoder writes the bytes of the plain one, whatever the texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.core.canonical import MAX_SAFE_INTEGER, canonical_json
from audit.encoding import canonical
from audit.rows import clip

TEXTS = st.text(max_size=40).map(lambda text: clip(text, 40))
NAMES = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12)
LEAVES = st.none() | st.booleans() | st.integers(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER) | TEXTS
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_the_fast_encoder_writes_the_bytes_of_canonical_json(value: object) -> None:
    assert canonical(value) == canonical_json(value)


@pytest.mark.parametrize("text", ["\x7f\x80", "\u2028\u2029", "\x00\x1f\b\f\n\r\t", '"\\/', "é😀"])
def test_no_character_is_written_in_two_ways(text: str) -> None:
    assert canonical({"a": text}) == canonical_json({"a": text})

from hypothesis import given
from hypothesis import strategies as st

from audit.core.canonical import canonical_json
from routing.record import _canonical

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
NAMES = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12)
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1), TEXTS)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=20,
)


@given(VALUES)
def test_the_fast_encoder_writes_the_bytes_of_canonical_json(value: object) -> None:
    assert _canonical(value) == canonical_json(value)

"""Sets of moments: what they hold together is what each of them holds."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.core.spans import END_US, EVER, NEVER, common, holds, span, union

moments = st.integers(0, 12)
lists = st.lists(st.tuples(moments, moments), max_size=5)


@given(lists, lists, moments)
def test_a_union_holds_where_one_does_and_what_is_common_where_both_do(first, second, moment):
    def plainly(spans):
        return any(begins <= moment < ends for begins, ends in spans)

    one, other = union(first), union(second)
    assert holds(one, moment) is plainly(first)
    assert holds(common(one, other), moment) is (plainly(first) and plainly(second))


@given(lists)
def test_a_union_is_in_order_and_has_a_gap_between_any_two(spans):
    made = union(spans)
    assert all(before[1] < after[0] for before, after in pairwise(made))


@pytest.mark.parametrize("moment", [0, -(10**18), 10**18])
def test_open_ends_are_far_away(moment):
    assert holds(EVER, moment)
    assert not holds(NEVER, moment)
    assert holds((span(None, None),), moment)
    assert span(5, None) == (5, END_US)

"""Dollars and nano-dollars."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.core.money import MAX_NANO, checked, to_nano, to_usd
from billing.errors import AmountInvalid


@given(st.integers(0, MAX_NANO))
def test_nano_dollars_survive_the_way_to_dollars_and_back(nano: int) -> None:
    assert to_nano(to_usd(nano)) == nano


@pytest.mark.parametrize(
    ("usd", "nano"), [("0", 0), ("1", 10**9), ("0.0000000001", 1), ("9000000", MAX_NANO)]
)
def test_a_fraction_of_a_nano_dollar_is_rounded_up(usd: str, nano: int) -> None:
    assert to_nano(Decimal(usd)) == nano


@pytest.mark.parametrize("usd", ["-0.01", "9000000.01", "NaN", "Infinity"])
def test_what_can_not_be_counted_is_refused(usd: str) -> None:
    with pytest.raises(AmountInvalid):
        to_nano(Decimal(usd))


@given(st.integers(0, MAX_NANO), st.integers(0, MAX_NANO), st.integers(0, MAX_NANO), st.integers(0, MAX_NANO))
def test_every_comparison_of_sums_with_a_limit_is_exact_in_doubles(limit, settled, reserved, amount) -> None:
    in_lua = float(amount) > float(limit) - (float(settled) + float(reserved))
    assert in_lua == (amount > limit - (settled + reserved))


def test_amounts_are_whole_and_bounded() -> None:
    assert checked(MAX_NANO) == MAX_NANO
    with pytest.raises(AmountInvalid):
        checked(MAX_NANO + 1)

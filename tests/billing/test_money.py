"""Dollars and nano-dollars."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.core.money import MAX_NANO, checked, to_nano, to_usd, usd_text
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


@pytest.mark.parametrize(
    ("nano", "text"),
    [
        (0, "0.00"),
        (72_000, "0.000072"),
        (1, "0.000000001"),
        (500_000_000, "0.50"),
        (10**9, "1.00"),
        (12_345_678_900, "12.3456789"),
        (100 * 10**9, "100.00"),
    ],
)
def test_dollars_are_written_exactly_without_needless_zeros(nano: int, text: str) -> None:
    assert usd_text(nano) == text


@given(st.integers(0, MAX_NANO))
def test_written_dollars_are_the_same_amount(nano: int) -> None:
    assert to_nano(Decimal(usd_text(nano))) == nano


def test_amounts_are_whole_and_bounded() -> None:
    assert checked(MAX_NANO) == MAX_NANO
    with pytest.raises(AmountInvalid):
        checked(MAX_NANO + 1)

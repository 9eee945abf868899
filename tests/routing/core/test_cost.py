from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from routing.core.cost import cost_nano, worst_case_nano
from tests.routing.core.builders import PRICE

nano = st.integers(0, 10**12)
tokens = st.integers(0, 10**7)
prices = st.builds(
    lambda i, o, r, w, f: replace(
        PRICE,
        input_nano_per_mtok=i,
        output_nano_per_mtok=o,
        cache_read_nano_per_mtok=r,
        cache_write_nano_per_mtok=w,
        request_nano=f,
    ),
    nano,
    nano,
    st.none() | nano,
    st.none() | nano,
    nano,
)


@given(prices, tokens, tokens, tokens, tokens, tokens, tokens)
def test_the_worst_case_covers_any_use_within_its_bounds(price, room, out_room, i, o, read, written):
    worst = worst_case_nano(price, input_tokens=room, output_tokens=out_room)
    used = cost_nano(
        price,
        input_tokens=min(i, room),
        output_tokens=min(o, out_room),
        cache_read_tokens=read,
        cache_write_tokens=written,
    )
    assert 0 <= used <= worst


def test_cached_tokens_cost_their_own_price_and_are_part_of_the_input():
    price = replace(PRICE, cache_read_nano_per_mtok=100_000_000, cache_write_nano_per_mtok=None)
    spent = cost_nano(
        price, input_tokens=1_000, output_tokens=10, cache_read_tokens=600, cache_write_tokens=100
    )
    assert spent == 300 * 1_000 + 600 * 100 + 100 * 1_000 + 10 * 2_000


def test_part_of_a_nano_dollar_is_rounded_up():
    assert cost_nano(replace(PRICE, input_nano_per_mtok=1), input_tokens=1, output_tokens=0) == 1

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.core.cost import Line, Use, cost, worst_case_nano
from routing.core.lint.prices import price_problems
from routing.core.rates import FIELDS, unpriced_kind
from routing.core.release import Band, Picture, Price
from tests.routing.core.builders import NOW_US, PRICE, deployment, release

NANO = 1_000_000_000
HOUR_US = 3_600_000_000
EMPTY = replace(PRICE, input_nano_per_mtok=None, output_nano_per_mtok=None)
PARTS = ("cache_read", "cache_write", "cache_write_1h", "reasoning", "image_input", "image_output")
nano = st.integers(0, 10**12)
tokens = st.integers(0, 10**7)
bands = st.builds(
    Band,
    rates=st.dictionaries(st.sampled_from(sorted(FIELDS)), nano, max_size=4).map(lambda d: tuple(d.items())),
    above_input_tokens=st.none() | tokens,
    window=st.none() | st.tuples(st.integers(0, 1439), st.integers(0, 1439)),
    batch=st.booleans(),
    service_tier=st.sampled_from(["", "", "priority"]),
    factor_millionths=st.none() | st.integers(0, 3_000_000),
)
prices = st.builds(
    lambda amounts, pictures, bands, least, step: replace(
        PRICE, **amounts, pictures=pictures, bands=bands, audio_least_ms=least, audio_step_ms=step
    ),
    st.fixed_dictionaries(
        {FIELDS[kind]: nano for kind in ("input", "output", "request", "audio_input", "audio_output")},
        optional={FIELDS[kind]: st.none() | nano for kind in (*PARTS, "audio", "characters")},
    ),
    st.just(()) | nano.map(lambda each: (Picture("", "", each),)),
    st.lists(bands, max_size=3).map(tuple),
    st.none() | st.integers(1, 60_000),
    st.none() | st.integers(1, 60_000),
)
uses = st.builds(
    Use,
    **{name: tokens for name in Use.__dataclass_fields__ if name.endswith(("tokens", "_ms", "characters"))},
    pictures=st.integers(0, 10),
    service_tier=st.sampled_from(["", "priority", "flex"]),
)


@given(prices, uses, st.integers(0, 48 * HOUR_US), st.booleans(), tokens, tokens)
def test_the_worst_case_covers_any_use_within_it_at_any_time(price, use, at_us, batch, i_room, o_room):
    use = replace(
        use, input_tokens=min(use.input_tokens, i_room), output_tokens=min(use.output_tokens, o_room)
    )
    used = cost(price, use, at_us=at_us, batch=batch)
    worst = worst_case_nano(
        price,
        input_tokens=i_room,
        output_tokens=o_room,
        pictures=use.pictures,
        audio_ms=use.audio_ms,
        characters=use.characters,
        batch=batch,
        service_tier=use.service_tier,
    )
    assert 0 <= used.nano <= worst


@given(prices, uses, st.integers(0, 48 * HOUR_US))
def test_what_was_used_is_paid_or_named_as_unpriced(price, use, at_us):
    """Free only where each kind that it is made of is."""
    found = cost(price, use, at_us=at_us)
    free = all(line.rate_nano == 0 for line in found.lines) or found.factor_millionths == 0
    assert found.nano > 0 or found.unpriced or free
    assert found.lines or found.unpriced or use == replace(Use(), service_tier=use.service_tier)


@given(prices, uses, st.integers(0, 48 * HOUR_US))
def test_no_token_is_charged_twice_and_none_is_left_out(price, use, at_us):
    lines = cost(price, use, at_us=at_us).lines
    counted = sum(line.count for line in lines if line.kind in ("input", "audio_input", "image_input"))
    counted += sum(line.count for line in lines if line.kind.startswith("cache_"))
    assert counted == use.input_tokens


def test_cached_tokens_cost_their_own_price_and_are_part_of_the_input():
    price = replace(PRICE, cache_read_nano_per_mtok=100_000_000, cache_write_nano_per_mtok=None)
    use = Use(input_tokens=1_000, output_tokens=10, cache_read_tokens=600, cache_write_tokens=100)
    assert cost(price, use, at_us=0).nano == 300 * 1_000 + 600 * 100 + 100 * 1_000 + 10 * 2_000


def test_part_of_a_nano_dollar_is_rounded_up_once():
    price = replace(PRICE, input_nano_per_mtok=1, output_nano_per_mtok=1)
    assert cost(price, Use(input_tokens=1, output_tokens=1), at_us=0).nano == 1


TIERED = replace(PRICE, bands=(Band((("input", 4 * NANO),), above_input_tokens=200_000),))
NIGHT = replace(PRICE, bands=(Band((("input", NANO // 4),), window=(16 * 60 + 30, 30)),))
BATCH = replace(PRICE, bands=(Band(batch=True, factor_millionths=500_000),))
FAST = replace(PRICE, bands=(Band((("input", 2 * NANO),), service_tier="priority"),))
SPEECH = replace(EMPTY, characters_nano_per_mchar=15 * NANO)
HEARD = replace(EMPTY, audio_nano_per_hour=36 * NANO // 100)
DRAWN = replace(
    EMPTY,
    pictures=(
        Picture("1024x1024", "low", NANO // 100),
        Picture("1024x1024", "", NANO // 25),
        Picture("", "", NANO // 10),
    ),
)
AT_LEAST = replace(HEARD, audio_least_ms=10_000, audio_step_ms=1_000)
AUDIO = replace(PRICE, audio_input_nano_per_mtok=40 * NANO)
HOURLY = replace(PRICE, cache_write_nano_per_mtok=5 * NANO // 4, cache_write_1h_nano_per_mtok=2 * NANO)


@pytest.mark.parametrize(
    ("price", "use", "when", "nano"),
    [
        (TIERED, Use(input_tokens=200_000), {}, 200_000_000),
        (TIERED, Use(input_tokens=200_001), {}, 800_004_000),
        (NIGHT, Use(input_tokens=1_000), {"at_us": 12 * HOUR_US}, 1_000_000),
        (NIGHT, Use(input_tokens=1_000), {"at_us": 23 * HOUR_US}, 250_000),
        (NIGHT, Use(input_tokens=1_000), {"at_us": 24 * HOUR_US}, 250_000),
        (NIGHT, Use(input_tokens=1_000), {"at_us": 25 * HOUR_US}, 1_000_000),
        (BATCH, Use(input_tokens=1_000), {}, 1_000_000),
        (BATCH, Use(input_tokens=1_000), {"batch": True}, 500_000),
        (FAST, Use(input_tokens=1_000), {}, 1_000_000),
        (FAST, Use(input_tokens=1_000, service_tier="flex"), {}, 1_000_000),
        (FAST, Use(input_tokens=1_000, service_tier="priority"), {}, 2_000_000),
        (SPEECH, Use(characters=1_000), {}, 15_000_000),
        (SPEECH, Use(characters=1_000, input_tokens=300, output_tokens=0), {}, 15_000_000),
        (HEARD, Use(audio_ms=60_000), {}, 6_000_000),
        (HEARD, Use(audio_ms=1), {}, 100),
        (AT_LEAST, Use(audio_ms=1), {}, 1_000_000),
        (AT_LEAST, Use(audio_ms=10_001), {}, 1_100_000),
        (AT_LEAST, Use(), {}, 0),
        (DRAWN, Use(pictures=2, picture_size="1024x1024", picture_quality="low"), {}, 20_000_000),
        (DRAWN, Use(pictures=1, picture_size="1024x1024", picture_quality="high"), {}, 40_000_000),
        (DRAWN, Use(pictures=1, picture_size="1024x1024"), {}, 40_000_000),
        (DRAWN, Use(pictures=1, picture_quality="low"), {}, 100_000_000),
        (DRAWN, Use(pictures=1), {}, 100_000_000),
        (PRICE, Use(pictures=1, output_tokens=1_000), {}, 2_000_000),
        (
            replace(DRAWN, input_nano_per_mtok=NANO),
            Use(pictures=1, input_tokens=1_000, output_tokens=9, output_image_tokens=9),
            {},
            101_000_000,
        ),
        (replace(HEARD, input_nano_per_mtok=NANO), Use(audio_ms=60_000, input_audio_tokens=9), {}, 6_000_000),
        (AUDIO, Use(input_tokens=1_000, input_audio_tokens=900), {}, 100_000 + 36_000_000),
        (
            HOURLY,
            Use(input_tokens=1_000, cache_write_tokens=900, cache_write_1h_tokens=400),
            {},
            100_000 + 500 * 1_250 + 400 * 2_000,
        ),
    ],
)
def test_each_kind_costs_what_its_row_says(price, use, when, nano):
    found = cost(price, use, **{"at_us": 0, **when})
    assert (found.nano, found.unpriced) == (nano, ())


@pytest.mark.parametrize(
    ("price", "use", "unpriced"),
    [
        (PRICE, Use(input_tokens=10, input_audio_tokens=3), ("audio_input",)),
        (PRICE, Use(output_tokens=10, output_audio_tokens=10), ("audio_output",)),
        (PRICE, Use(output_tokens=10, output_image_tokens=10), ("image_output",)),
        (replace(PRICE, output_nano_per_mtok=None), Use(input_tokens=1, output_tokens=1), ("output",)),
        (SPEECH, Use(pictures=1), ("picture",)),
        (PRICE, Use(characters=100), ("characters",)),
        (PRICE, Use(audio_ms=100), ("audio",)),
        (PRICE, Use(pictures=1, input_tokens=100), ("picture",)),
        (HEARD, Use(input_tokens=5), ("input",)),
        (replace(DRAWN, pictures=DRAWN.pictures[:1]), Use(pictures=1, picture_size="512x512"), ("picture",)),
    ],
)
def test_what_has_no_price_is_named_and_never_free(price, use, unpriced):
    assert cost(price, use, at_us=0).unpriced == unpriced


@pytest.mark.parametrize(
    ("price", "operation", "needs", "missing"),
    [
        (PRICE, "chat", (), ""),
        (PRICE, "chat", ("audio",), "audio_input"),
        (AUDIO, "chat", ("audio",), ""),
        (EMPTY, "chat", (), "input"),
        (SPEECH, "speech", (), ""),
        (HEARD, "speech", (), ""),
        (replace(PRICE, output_nano_per_mtok=None), "speech", (), "characters"),
        (HEARD, "transcriptions", (), ""),
        (SPEECH, "transcriptions", (), "audio"),
        (DRAWN, "images", (), ""),
        (SPEECH, "images", (), "picture"),
        (replace(PRICE, output_nano_per_mtok=None), "embeddings", (), ""),
        (DRAWN, "moderations", (), "input"),
    ],
)
def test_an_operation_whose_kind_has_no_price_can_not_be_sold(price: Price, operation, needs, missing):
    assert unpriced_kind(price, operation, needs) == missing


@pytest.mark.parametrize(
    ("price", "capabilities", "said"),
    [
        (PRICE, (), []),
        (PRICE, ("images",), ["picture, so images"]),
        (DRAWN, ("images",), []),
        (DRAWN, ("images", "chat"), ["input, so chat"]),
        (PRICE, ("audio",), ["audio input, so chat with audio"]),
        (EMPTY, ("audio",), ["input, so chat"]),
    ],
)
def test_what_a_deployment_is_for_and_its_price_does_not_sell_is_told(price, capabilities, said):
    there = deployment("a", capabilities=frozenset(capabilities), prices=(price,))
    told = [problem.message for problem in price_problems(release(there), NOW_US)]
    assert told == [f"Its price says nothing of {each} is refused." for each in said]


def test_a_cost_names_the_kinds_that_made_it():
    found = cost(AUDIO, Use(input_tokens=10, input_audio_tokens=4, output_tokens=1), at_us=0)
    assert found.lines == (
        Line("audio_input", 4, 40 * NANO),
        Line("input", 6, NANO),
        Line("output", 1, 2 * NANO),
    )


def test_audio_is_in_the_worst_case_only_of_requests_that_may_have_it():
    heard = worst_case_nano(AUDIO, input_tokens=1_000, output_tokens=0)
    assert heard == 40 * worst_case_nano(AUDIO, input_tokens=1_000, output_tokens=0, audio=False)


@pytest.mark.parametrize("part", ["output_image_tokens", "reasoning_tokens", "cache_read_tokens"])
def test_a_part_of_nothing_is_not_free(part: str) -> None:
    found = cost(PRICE, Use(**{part: 1}), at_us=0)
    assert (found.lines, len(found.unpriced)) == ((), 1)

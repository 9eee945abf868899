from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registry_cast import World, make_price

from registry.core.tariff import (
    COLUMNS,
    band_from,
    band_line,
    bands_checked,
    bands_nano,
    lines_of_nano,
    picture_from,
    picture_line,
    pictures_checked,
)
from registry.documents import changes_of, dump, export, parse
from registry.models import Proposal
from registry.models.price import LATER_AMOUNTS
from registry.releases.compare import compare
from registry.releases.section import price_value
from registry.services.rehearsal import rehearse
from registry.wording import in_words
from routing.core.document import price_from
from routing.core.release import Band, Picture

amounts = st.decimals(0, 10_000, places=9).map(lambda usd: f"{usd.normalize():f}")
times = st.tuples(st.integers(0, 23), st.integers(0, 59)).map("{0[0]:02d}:{0[1]:02d}".format)
conditions = st.fixed_dictionaries(
    {"above_input_tokens": st.integers(0, 10_000_000)},
    optional={
        "batch": st.just(True),
        "service_tier": st.sampled_from(["priority", "flex"]),
        "from": st.just("16:30"),
        "to": times.filter("16:30".__ne__),
    },
).filter(lambda band: ("from" in band) == ("to" in band))
bands = st.builds(
    lambda when, usd: {**when, "usd": usd},
    conditions,
    st.dictionaries(st.sampled_from(sorted(COLUMNS)), amounts, min_size=1),
)


@given(bands)
def test_a_band_survives_its_line(band):
    (kept,) = bands_checked([band])
    assert band_from(band_line(kept)) == kept
    assert bands_checked([kept]) == [kept]


@given(bands)
def test_no_part_of_a_dollar_is_lost_on_the_way_to_nano_dollars(band):
    ((value,), (kept,)) = bands_nano(bands_checked([band])), bands_checked([band])
    told = {kind: Decimal(nano) / 10**9 for kind, nano in value["rates"].items()}
    assert told == {kind: Decimal(usd) for kind, usd in kept["usd"].items()}


@given(bands)
def test_a_release_says_a_band_in_the_line_in_which_it_was_written(band):
    kept = bands_checked([band])
    assert lines_of_nano("bands", bands_nano(kept)) == [band_line(each) for each in kept]


@pytest.mark.parametrize(
    "line",
    [
        "above 200000 input tokens: input 10, output 37.5",
        "from 16:30 to 00:30 UTC: input 0.135, cache read 0.035",
        "batch: factor 0.5",
        "service tier priority from 01:00 to 02:00 UTC: input 1",
        "batch above 200000 input tokens: cache write 1h 5",
    ],
)
def test_a_line_is_written_as_it_was_read(line: str) -> None:
    assert band_line(band_from(line)) == line


@pytest.mark.parametrize("line", ["1024x1024 high: 0.167", "1024x1024 any: 0.04", "any any: 0.1"])
def test_a_picture_is_written_as_it_was_read(line: str) -> None:
    assert picture_line(picture_from(line)) == line


@pytest.mark.parametrize(
    "line",
    [
        "input 10",
        ": input 10",
        "at night: input 1",
        "batch: petrol 1",
        "batch: input",
        "batch: input -1",
        "batch: input 0.0000000001",
        "batch: input 1e400",
        "batch: input NaN",
        "batch: factor 0.0000001",
        "from 16:30 to 16:30 UTC: input 1",
        "service tier Ω: input 1",
        "from 25:00 to 26:00 UTC: input 1",
        "above 1 input tokens above 2 input tokens: input 1",
    ],
)
def test_a_line_that_says_nothing_clear_is_refused(line: str) -> None:
    with pytest.raises(ValueError):
        band_from(line)


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (bands_checked, [{"batch": True, "usd": {"input": 0.5}}]),
        (bands_checked, [{"batch": True}]),
        (bands_checked, [{"usd": {"input": "1"}}]),
        (bands_checked, [{"batch": True, "factor": "1", "colour": "red"}]),
        (bands_checked, {"batch": True}),
        (bands_checked, [{"batch": True, "factor": "1"}] * 21),
        (pictures_checked, [{"size": "a b", "quality": "", "usd": "1"}]),
        (pictures_checked, [{"size": "a", "usd": "1"}]),
        (pictures_checked, [{"size": "a", "quality": "", "usd": "1"}] * 2),
    ],
)
def test_what_is_no_band_or_picture_is_refused(check, value) -> None:
    with pytest.raises(ValueError):
        check(value)


def rich(world: World):
    return make_price(
        world.deployment,
        valid_from=world.price.valid_from,
        cache_write_1h_usd_per_mtok=Decimal("0.8"),
        audio_usd_per_hour=Decimal("0.111"),
        pictures=[picture_from("1024x1024 high: 0.167")],
        bands=[band_from("above 200000 input tokens: input 10"), band_from("batch: factor 0.5")],
    )


def test_a_row_of_before_keeps_its_digest_byte_for_byte(world: World) -> None:
    world.price.id, world.price.deployment_id = None, "01900000-0000-7000-8000-000000000000"
    world.price.valid_from = world.price.valid_from.replace(2026, 1, 2, 3, 4, 5, 6)
    known = "f5a97f68"
    assert world.price.content_sha256()[:8] == known


@pytest.mark.parametrize("column", LATER_AMOUNTS)
def test_a_kind_that_costs_nothing_is_another_price_than_one_that_is_not_sold(
    world: World, column: str
) -> None:
    before = world.price.content_sha256()
    setattr(world.price, column, Decimal(0))
    assert world.price.content_sha256() != before


def test_what_is_billed_of_short_sound_is_part_of_the_price(world: World) -> None:
    before = world.price.content_sha256()
    world.price.audio_least_s, world.price.audio_step_s = 10, 1
    assert world.price.content_sha256() != before
    read = price_from(price_value(world.price))
    assert (read.audio_least_ms, read.audio_step_ms) == (10_000, 1_000)


def test_the_decision_core_reads_what_the_row_says(world: World) -> None:
    price = rich(world)
    price.sha256 = price.content_sha256()
    read = price_from(price_value(price))
    assert (read.audio_nano_per_hour, read.cache_write_1h_nano_per_mtok) == (111_000_000, 800_000_000)
    assert read.pictures == (Picture("1024x1024", "high", 167_000_000),)
    assert read.bands == (
        Band((("input", 10_000_000_000),), above_input_tokens=200_000),
        Band(batch=True, factor_millionths=500_000),
    )
    assert read.reasoning_nano_per_mtok is None


def test_a_document_holds_prices_under_conditions(world: World) -> None:
    world.price.delete()
    rich(world).save(force_insert=True)
    document = parse(dump(export(), "yaml"))
    assert not changes_of(document)
    (price,) = document["prices"]["gpt-eu"].values()
    price["bands"][0]["usd"]["input"] = "10.00"
    assert not changes_of(document)


def test_people_read_conditions_as_sentences(world: World) -> None:
    world.price.delete()

    (item,) = in_words(rehearse(lambda: rich(world).save(force_insert=True)).changes)
    assert "prices under conditions: above 200000 input tokens: input 10; batch: factor 0.5" in item.lines
    assert "pictures, USD each: 1024x1024 high: 0.167" in item.lines


def test_a_row_is_read_in_the_lines_in_which_it_was_written(world: World, sign_in: Any) -> None:
    world.price.delete()
    price = rich(world)
    price.save(force_insert=True)
    page = sign_in("boss").get(f"/admin/registry/price/{price.pk}/change/").content.decode()
    assert "above 200000 input tokens: input 10<br>batch: factor 0.5" in page


def test_a_price_is_entered_in_lines(world: World, sign_in: Any) -> None:
    form = {
        "deployment": str(world.deployment.pk),
        "valid_from_0": "2099-01-01",
        "valid_from_1": "00:00:00",
        "input_usd_per_mtok": "1",
        "request_usd": "0",
        "bands": "batch: factor 0.5\r\n\r\nabove 9 input tokens: input 2\r\n",
        "pictures": "any any: 1\r\nany any: 2",
    }
    refused = sign_in("boss").post("/admin/registry/price/add/", form).content.decode()
    assert "A size and quality is priced twice." in refused
    answer = sign_in("boss").post("/admin/registry/price/add/", {**form, "pictures": ""})
    assert answer.status_code == 302
    (change,) = (change for change in Proposal.objects.get().change_set if change.op == "create")
    assert [band["usd"] if "usd" in band else band["factor"] for band in change.after["bands"]] == [
        "0.5",
        {"input": "2"},
    ]


def test_two_releases_are_compared_in_these_lines(world: World) -> None:
    row = price_value(rich(world))
    told = compare(
        {"deployments": [{"name": "a", "prices": []}]}, {"deployments": [{"name": "a", "prices": [row]}]}
    )
    said = " ".join(told[0].details)
    assert "bands: above 200000 input tokens: input 10; batch: factor 0.5" in said
    assert "pictures: 1024x1024 high: 0.167" in said
    assert "audio per hour: 0.111 USD" in said

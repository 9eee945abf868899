"""What we charge at the catalogue's prices, beside what its package works out itself, in its own way."""

import math
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from genai_prices import Usage
from genai_prices.data import providers

from registry.catalog.source import Offer, sellers
from registry.catalog.terms import terms_of
from registry.models import Price
from registry.releases.section import price_value
from routing.core.cost import Use, cost
from routing.core.document import price_from
from routing.core.release import Price as Row

DAY = datetime(2026, 11, 22, tzinfo=UTC)
LENGTHS = (0, 10, 1_000, 150_000, 250_000, 1_200_000)
EVERY = 3  # of some two thousand models
ROUNDED_UP_NANO = 3  # amounts of more than nine places are rounded up, for each kind


def offers() -> Iterator[Offer]:
    known = (offer for seller in sellers() for offer in seller.offers)
    yield from (offer for place, offer in enumerate(known) if place % EVERY == 0 and not offer.needed)


def row_of(offer: Offer, at: datetime) -> Row:
    schedule = [found for day, found in offer.schedules if day is None or day <= at.date()][-1]
    terms = terms_of(schedule)
    row = Price(valid_from=at, deployment_id=None, **terms.amounts, bands=list(terms.bands))
    return price_from(price_value(row))


def drawn(price: Row, draw: random.Random) -> Use:
    """Any use that the row sells."""
    total = draw.choice(LENGTHS)
    read = draw.randint(0, total) if price.cache_read_nano_per_mtok is not None else 0
    written = draw.randint(0, total - read) if price.cache_write_nano_per_mtok is not None else 0
    hour = draw.randint(0, written) if price.cache_write_1h_nano_per_mtok is not None else 0
    made = draw.randint(0, 5_000) if price.output_nano_per_mtok is not None else 0
    return Use(total, made, read, written, hour)


def theirs(offer: Offer, use: Use, at: datetime, batch: bool) -> int:
    provider = next(found for found in providers if found.id == offer.provider)
    model = next(found for found in provider.models if found.id == offer.name)
    told = {name: getattr(use, name) for name in Use.__dataclass_fields__ if name.endswith("_tokens")}
    spent = model.calc_price(
        Usage(**{name: count for name, count in told.items() if count}),
        provider,
        genai_request_timestamp=at,
        auto_update_timestamp=None,
        price_context={"processing": "batch"} if batch else None,
    )
    return math.ceil(spent.total_price * 10**9)


def test_a_charge_at_a_price_of_the_catalogue_is_what_its_package_works_out() -> None:
    draw, compared = random.Random(7), 0
    differ: list[Any] = []
    for offer in offers():
        at, batch = DAY.replace(hour=draw.randint(0, 23), minute=draw.randint(0, 59)), draw.random() < 0.3
        price = row_of(offer, at)
        if price.input_nano_per_mtok is None:
            continue
        use = drawn(price, draw)
        ours = cost(price, use, at_us=int(at.timestamp()) * 1_000_000, batch=batch).nano
        compared += 1
        if not 0 <= ours - theirs(offer, use, at, batch) <= ROUNDED_UP_NANO:
            differ.append((offer.reference, use, at, batch, ours))
    assert differ == []
    assert compared > 500

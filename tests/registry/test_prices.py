from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from registry_cast import World, make_price

from registry.errors import PriceInForce
from registry.models import Price
from registry.selectors import price_in_force
from registry.services import prices

DAY = timedelta(days=1)


def test_a_new_price_ends_the_one_before(world: World) -> None:
    later = prices.add(actor=None, price=make_price(world.deployment, valid_from=timezone.now() + DAY))
    world.price.refresh_from_db()
    assert world.price.valid_to == later.valid_from
    assert price_in_force(world.deployment, timezone.now()) == world.price
    assert price_in_force(world.deployment, timezone.now() + 2 * DAY) == later


def test_closing_a_price_keeps_its_digest(world: World) -> None:
    digest = world.price.sha256
    prices.add(actor=None, price=make_price(world.deployment, valid_from=timezone.now() + DAY))
    world.price.refresh_from_db()
    assert world.price.sha256 == digest == world.price.content_sha256()


def test_the_digest_follows_the_amounts(world: World) -> None:
    other = make_price(world.deployment, valid_from=world.price.valid_from)
    assert other.content_sha256() == world.price.sha256
    other.output_usd_per_mtok = Decimal("1.7")
    assert other.content_sha256() != world.price.sha256


def test_a_price_never_begins_in_the_past_of_another(world: World) -> None:
    with pytest.raises(PriceInForce):
        prices.add(actor=None, price=make_price(world.deployment, valid_from=timezone.now() - DAY))


def test_windows_that_meet_are_refused(world: World) -> None:
    closed = make_price(
        world.deployment, valid_from=timezone.now() - 20 * DAY, valid_to=timezone.now() - 5 * DAY
    )
    with pytest.raises(ValidationError):
        prices.add(actor=None, price=closed)


def test_windows_that_touch_are_not_an_overlap(world: World) -> None:
    touching = make_price(
        world.deployment, valid_from=timezone.now() - 20 * DAY, valid_to=world.price.valid_from
    )
    assert prices.add(actor=None, price=touching).pk


@pytest.mark.parametrize(
    "window",
    [(-20, -5), (-5, -1), (-5, None), (1, None), (-20, None)],
    ids=["over its start", "inside", "from inside", "from the future", "around"],
)
def test_the_database_refuses_overlaps_by_itself(world: World, window: tuple[int, int | None]) -> None:
    start, end = window
    valid_to = None if end is None else timezone.now() + end * DAY
    price = make_price(world.deployment, valid_from=timezone.now() + start * DAY, valid_to=valid_to)
    with pytest.raises(IntegrityError), transaction.atomic():
        price.save(force_insert=True)


@pytest.mark.parametrize(
    "change", [{"input_usd_per_mtok": Decimal(1)}, {"valid_from": timezone.now()}, {"sha256": "0" * 64}]
)
def test_the_database_refuses_to_change_a_price(world: World, change: dict[str, object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Price.objects.filter(pk=world.price.pk).update(**change)


def test_a_price_that_has_not_begun_is_withdrawn(world: World) -> None:
    later = prices.add(actor=None, price=make_price(world.deployment, valid_from=timezone.now() + DAY))
    prices.withdraw(actor=None, price=later)
    world.price.refresh_from_db()
    assert world.price.valid_to is None
    with pytest.raises(PriceInForce):
        prices.withdraw(actor=None, price=world.price)

"""Prices: each change is a new row, and the row before it ends where the new one begins."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from registry.errors import PriceInForce
from registry.models import Deployment, Price, User

# A form that says "now" is a little in the past when it arrives.
GRACE = timedelta(minutes=5)


@transaction.atomic
def add(*, actor: User | None, price: Price) -> Price:
    """Store `price`; an open row of the same deployment that began earlier ends where this one begins.

    Raises PriceInForce where that would change what calls were already charged at.
    """
    Deployment.objects.select_for_update(of=("self",)).get(pk=price.deployment_id)
    check(price)
    price.full_clean(exclude=["sha256"])
    before = replaced_by(price)
    if before is not None:
        before.valid_to = price.valid_from
        before._history_user = actor
        before.save(update_fields=["valid_to"])
    price._history_user = actor
    price.save(force_insert=True)
    return price


def check(price: Price) -> None:
    """Raises PriceInForce where `price` would end another in the past."""
    if price.valid_from < timezone.now() - GRACE and replaced_by(price) is not None:
        raise PriceInForce


def replaced_by(price: Price) -> Price | None:
    """The open row that ends where `price` begins."""
    earlier = Price.objects.filter(deployment_id=price.deployment_id, valid_from__lt=price.valid_from)
    return earlier.filter(valid_to__isnull=True).exclude(pk=price.pk).first()


@transaction.atomic
def withdraw(*, actor: User | None, price: Price) -> None:
    """Take back a price that has not begun; the row before it stays open again."""
    if price.valid_from <= timezone.now():
        raise PriceInForce
    before = Price.objects.filter(deployment_id=price.deployment_id, valid_to=price.valid_from).first()
    price._history_user = actor
    price.delete()
    if before is not None:
        before.valid_to = price.valid_to
        before._history_user = actor
        before.save(update_fields=["valid_to"])

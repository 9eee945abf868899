"""What a model costs, as a price row says it; and how a list price is brought to that form.

A list price holds kinds that may be tiered by the length of input; over it, other list prices may hold at a
time of day, and amounts of its own in a batch. They become a row's own amounts and its bands, in an order in
which the last that holds counts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal
from typing import Any

from registry.core.tariff import COLUMNS, bands_checked

NANO = Decimal("1e-9")

Tiers = tuple[tuple[int, Decimal], ...]  # above so many input tokens → amount


@dataclass(frozen=True, slots=True)
class Amount:
    """USD per unit of a kind (registry.core.tariff), and above lengths of input, ascending."""

    usd: Decimal
    tiers: Tiers = ()


ListPrice = Mapping[str, Amount]  # kind → amount; a kind that is absent is not said


@dataclass(frozen=True, slots=True)
class Terms:
    """What a price row says, without the deployment and the time from which it holds."""

    amounts: Mapping[str, Decimal]  # column → USD
    bands: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Schedule:
    """The list price that holds from a day on, with what holds at times of day (“HH:MM” in UTC), in order,
    and the amounts of service tiers and of a batch."""

    standard: ListPrice
    windows: tuple[tuple[str, str, ListPrice], ...] = ()
    batch: ListPrice = field(default_factory=dict)
    tiers: tuple[tuple[str, ListPrice], ...] = ()


def terms_of(schedule: Schedule) -> Terms:
    """An amount with more places than a row keeps is rounded up: a row never says less than the list."""
    bands = list(_tiers(schedule.standard, {}))
    for start, end, prices in schedule.windows:
        bands += _whole(prices, {"from": start, "to": end})
    for tier, prices in schedule.tiers:
        bands += _whole(prices, {"service_tier": tier})
    bands += _whole(schedule.batch, {"batch": True})
    amounts = {COLUMNS[kind]: _kept(amount.usd) for kind, amount in schedule.standard.items()}
    return Terms(amounts, tuple(bands_checked(bands)))


def _whole(prices: ListPrice, when: dict[str, Any]) -> Iterable[dict[str, Any]]:
    usd = {kind: f"{_kept(amount.usd):f}" for kind, amount in prices.items()}
    if usd:
        yield {**when, "usd": usd}
    yield from _tiers(prices, when)


def _tiers(prices: ListPrice, when: dict[str, Any]) -> Iterable[dict[str, Any]]:
    starts = sorted({start for amount in prices.values() for start, _ in amount.tiers})
    for start in starts:
        above = ((kind, dict(amount.tiers).get(start)) for kind, amount in prices.items())
        usd = {kind: f"{_kept(amount):f}" for kind, amount in above if amount is not None}
        yield {**when, "above_input_tokens": start, "usd": usd}


def _kept(usd: Decimal) -> Decimal:
    return usd.quantize(NANO, rounding=ROUND_CEILING).normalize()

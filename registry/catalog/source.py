"""The package genai-prices as plain values. Its bundled data is read, offline; nothing is looked up by it.

Of what it knows, this takes: ids, names, the context window, whether a model is deprecated, and prices with
the days from which they hold. How much a model answers at most, and the day it is turned off, it does not
know: that is for sources of facts.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache
from importlib.metadata import version
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from registry.catalog.facts import Edition, Entry, Facts, FactSource, Key
from registry.catalog.places import PLACES
from registry.catalog.terms import Amount, ListPrice, Schedule
from registry.errors import CatalogMissing

if TYPE_CHECKING:
    from genai_prices import types

PACKAGE = "genai-prices"
BATCH = {"processing": "batch"}
PER_THOUSAND = 1000
# The package's keys → kinds of a price row; of two that say the same kind the first counts.
KINDS = MappingProxyType(
    {
        "input_mtok": "input",
        "output_mtok": "output",
        "cache_read_mtok": "cache_read",
        "cache_write_mtok": "cache_write",
        "cache_write_5m_mtok": "cache_write",
        "cache_write_1h_mtok": "cache_write_1h",
        "output_reasoning_mtok": "reasoning",
        "input_audio_mtok": "audio_input",
        "output_audio_mtok": "audio_output",
        "input_image_mtok": "image_input",
        "output_image_mtok": "image_output",
        "audio_hours": "audio",
        "input_audio_hours": "audio",
        "output_audio_hours": "audio",
        "input_mchars": "characters",
    }
)
# Sold beside the call, or dearer than it would be here: what a row can't say is told, and leaves nothing out.
BESIDE = frozenset({"web_searches_kcount", "storage_searches_kcount"})
CACHED_MEDIA = frozenset({"cache_audio_read_mtok", "cache_image_read_mtok", "cache_text_read_mtok"})


@dataclass(frozen=True, slots=True)
class Offer:
    """One model of one provider. `ids` are those that name it to the letter; `schedules` are by their first
    day, the first without one. `unsaid` names kinds of price that a row can't hold; where one of them is
    `needed`, a row would say too little."""

    provider: str
    name: str
    title: str
    ids: frozenset[str]
    context_window_tokens: int | None
    deprecated: bool
    schedules: tuple[tuple[date | None, Schedule], ...]
    unsaid: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    note: str = ""

    @property
    def reference(self) -> str:
        return f"{self.provider}/{self.name}"


@dataclass(frozen=True, slots=True)
class Seller:
    """A provider of the package; `addresses` is the pattern of its endpoints."""

    id: str
    title: str
    addresses: str
    pricing_url: str
    offers: tuple[Offer, ...]

    def is_at(self, base_url: str) -> bool:
        return re.match(self.addresses, base_url) is not None


def edition() -> str:
    """What prices are said to come from."""
    return f"{PACKAGE} {version(PACKAGE)}"


def as_facts(known: Iterable[Seller]) -> FactSource:
    """What it says beside prices, to be held against what others say."""
    found: dict[Key, tuple[Entry, ...]] = {}
    for seller in known:
        for place in (place for place in PLACES if place.seller == seller.id):
            for offer in seller.offers:
                facts = Facts(
                    offer.context_window_tokens, capabilities=dict.fromkeys(capabilities(offer), True)
                )
                for upstream_id in offer.ids:
                    key = (place.name, upstream_id)
                    found[key] = (*found.get(key, ()), Entry(offer.reference, facts))
    return FactSource(Edition(PACKAGE, version(PACKAGE)), found)


def capabilities(offer: Offer) -> list[str]:
    """Those that a price of their own gives away; of the others the package says nothing."""
    kinds = {kind for _, schedule in offer.schedules for kind in schedule.standard}
    found = {
        "audio": kinds & {"audio_input", "audio_output"},
        "reasoning": kinds & {"reasoning"},
        "vision": kinds & {"image_input"},
    }
    return [name for name, said in found.items() if said]


@cache
def sellers() -> tuple[Seller, ...]:
    """All that the installed package knows. Raises CatalogMissing where it is not installed."""
    try:
        from genai_prices.data import providers
    except ImportError as error:
        raise CatalogMissing from error
    return tuple(_seller(provider) for provider in providers)


def _seller(provider: "types.Provider") -> Seller:
    offers = tuple(_offer(provider.id, model) for model in provider.models)
    return Seller(
        provider.id, provider.name, provider.api_pattern, next(iter(provider.pricing_urls or ()), ""), offers
    )


def _offer(seller: str, model: "types.ModelInfo") -> Offer:
    keys = {key for prices in _every_price(model) for key in _said(prices)}
    unsaid = sorted(keys - set(KINDS) - {"requests_kcount"})
    needed = [key for key in unsaid if key not in BESIDE | CACHED_MEDIA]
    unsaid += sorted(
        {
            " ".join(f"{name}={value}" for name, value in variant.when.items())
            for variant in model.price_variants or ()
            if variant.when != BATCH and not _tier(variant.when) and _said(variant.prices)
        }
    )
    return Offer(
        provider=seller,
        name=model.id,
        title=model.name or model.id,
        ids=frozenset(_ids(model)),
        context_window_tokens=model.context_window,
        deprecated=bool(model.deprecated),
        schedules=tuple((day, _schedule(model, day)) for day in _days(model)),
        unsaid=tuple(unsaid),
        needed=tuple(needed),
        note=model.price_comments or "",
    )


def _ids(model: "types.ModelInfo") -> Iterator[str]:
    """The package's own id, and those that it takes for it to the letter; never a beginning or a part."""
    yield model.id
    match: Any = model.match
    for clause in getattr(match, "or_", [match]):
        exact = getattr(clause, "equals", None)
        if isinstance(exact, str):
            yield exact


def _days(model: "types.ModelInfo") -> list[date | None]:
    """When the price may be another: always, and from each day that a condition names."""
    conditional = model.prices if isinstance(model.prices, list) else []
    constraints = [price.constraint for price in conditional]
    constraints += [variant.constraint for variant in model.price_variants or ()]
    days: set[date] = {day for one in constraints if (day := getattr(one, "start_date", None)) is not None}
    return [None, *sorted(days)]


def _schedule(model: "types.ModelInfo", day: date | None) -> Schedule:
    """What holds on `day`. Of a list of prices the last that holds counts, so a time of day counts only over
    what stands before it."""
    standard, windows = model.prices, []
    if isinstance(standard, list):
        conditional, standard = standard, standard[0].prices
        for price in conditional:
            constraint: Any = price.constraint
            if hasattr(constraint, "start_time"):
                start, end = _clock(constraint.start_time), _clock(constraint.end_time)
                windows.append((start, end, _list_price(price.prices)))
            elif _begun(constraint, day):
                standard, windows = price.prices, []
    batch: dict[str, Amount] = {}
    tiers: dict[str, dict[str, Amount]] = {}
    for variant in model.price_variants or ():
        if not _begun(variant.constraint, day) or not _said(variant.prices):
            continue
        if variant.when == BATCH:
            batch = {**_list_price(variant.prices), **batch}
        elif tier := _tier(variant.when):
            tiers[tier] = {**_list_price(variant.prices), **tiers.get(tier, {})}
    return Schedule(_list_price(standard), tuple(windows), batch, tuple(tiers.items()))


def _clock(said: time) -> str:
    """In UTC; a time without its zone is."""
    moment = datetime.combine(date(2000, 1, 1), said)
    return f"{moment.astimezone(UTC) if said.tzinfo else moment:%H:%M}"


def _tier(when: Mapping[str, str]) -> str:
    """The service tier that alone makes the price another; "" for every other condition."""
    return when.get("service_tier", "") if len(when) == 1 else ""


def _begun(constraint: Any, day: date | None) -> bool:
    return constraint is None or (day is not None and constraint.start_date <= day)


def _list_price(prices: "types.ModelPrice") -> ListPrice:
    said = _said(prices)
    found = {}
    for key, kind in KINDS.items():
        if key in said and kind not in found:
            found[kind] = _amount(said[key])
    if "requests_kcount" in said:
        found["request"] = Amount(_amount(said["requests_kcount"]).usd / PER_THOUSAND)
    makes_images = "image_input" in found or "cache_image_read_mtok" in said
    if makes_images and "output" in found and "image_output" not in found:
        # The package's “output” is all output of which it says no other.
        found["image_output"] = found["output"]
    return found


def _said(prices: "types.ModelPrice") -> dict[str, Any]:
    return {key: value for key, value in vars(prices).items() if value is not None}


def _amount(value: Any) -> Amount:
    if isinstance(value, Decimal):
        return Amount(value)
    return Amount(value.base, tuple((tier.start, tier.price) for tier in value.tiers))


def _every_price(model: "types.ModelInfo") -> Iterator["types.ModelPrice"]:
    if isinstance(model.prices, list):
        yield from (price.prices for price in model.prices)
    else:
        yield model.prices
    for variant in model.price_variants or ():
        if variant.when == BATCH or _tier(variant.when):
            yield variant.prices

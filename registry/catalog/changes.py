"""What the catalogue says that the registry does not: new prices of deployments, and models asked for.

A deployment's prices follow an offer of the catalogue where

1. its price in force came from that offer (the row's source names it), or a person binds it now, or
2. it is at an address of that provider and its upstream id is one of the offer's ids, to the letter, and of
   no other offer there.

What can't be proposed is told, with the reason; nothing is filled in that the catalogue does not say.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from decimal import Decimal

from registry.catalog.comparing import Compared, Finding, compare
from registry.catalog.facts import FactSource
from registry.catalog.newcomers import NewModel, new_models
from registry.catalog.source import Offer, Seller, as_facts
from registry.catalog.terms import Terms, terms_of
from registry.errors import CatalogRefused
from registry.models import Deployment, Price
from registry.models.price import FIRST_AMOUNTS, LATER_AMOUNTS

COLUMNS = (*FIRST_AMOUNTS, *LATER_AMOUNTS, "request_usd")
# There the customer names what is called, so an id says nothing of the model behind it.
NAMED_BY_CUSTOMERS = frozenset({"azure"})
_UNIT = re.compile(r"_(mtok|kcount|kpages|mchars|hours)$")
_SOURCE = re.compile(r"genai-prices \S+: (\S+/\S+)")


@dataclass(frozen=True, slots=True)
class NewPrice:
    """A price row that is to begin then, in place of what would hold."""

    deployment: Deployment
    offer: Offer
    valid_from: datetime
    terms: Terms


@dataclass(frozen=True, slots=True)
class Note:
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """All that was found; `unchanged` counts deployments whose prices are as the catalogue says."""

    prices: tuple[NewPrice, ...] = ()
    models: tuple[NewModel, ...] = ()
    facts: tuple[Finding, ...] = ()
    notes: tuple[Note, ...] = ()
    unchanged: int = 0

    def __bool__(self) -> bool:
        return bool(self.prices or self.models or any(finding.changes for finding in self.facts))


@dataclass(frozen=True, slots=True)
class Asked:
    """Which part of the catalogue: providers by the package's id (empty is all), new models by
    “provider/id”, and deployments that a person binds to an offer by “provider/name”. `facts` are sources of
    facts beside the catalogue, `prefer` is the one whose word counts where they disagree."""

    at: datetime
    providers: frozenset[str] = frozenset()
    models: tuple[str, ...] = ()
    bindings: Mapping[str, str] = field(default_factory=dict)
    facts: tuple[FactSource, ...] = ()
    prefer: str = ""


def find(sellers: Iterable[Seller], asked: Asked) -> Found:
    """Reads the registry; writes nothing."""
    chosen = [seller for seller in sellers if not asked.providers or seller.id in asked.providers]
    prices: list[NewPrice] = []
    notes: list[Note] = []
    unchanged = 0
    deployments = Deployment.objects.select_related("version__model").prefetch_related("prices")
    for deployment in deployments.order_by("name"):
        offer = _offer_of(deployment, chosen, asked, notes)
        if offer is None:
            continue
        rows = list(_new_prices(deployment, offer, asked.at, notes))
        prices += rows
        unchanged += not rows
        notes += _remarks(deployment, offer, told=bool(asked.facts))
    models, remarks = new_models(asked.models, chosen, asked.facts, at=asked.at, prefer=asked.prefer)
    compared = _facts(chosen, asked)
    notes += [Note(name, text) for name, text in (*remarks, *compared.notes)]
    return Found(tuple(prices), models, compared.findings, tuple(notes), unchanged)


def _facts(chosen: Sequence[Seller], asked: Asked) -> Compared:
    if not asked.facts:
        return Compared()
    beside = as_facts(chosen) if chosen else None
    return compare(asked.facts, beside=beside, prefer=asked.prefer, providers=asked.providers)


def first_prices(deployment: Deployment, offer: Offer, at: datetime) -> tuple[NewPrice, ...]:
    """Those of a deployment that has none yet. Raises CatalogRefused where no row can say them."""
    notes: list[Note] = []
    found = tuple(_new_prices(deployment, offer, at, notes))
    if not found:
        raise CatalogRefused("; ".join(note.text for note in notes))
    return found


def source_of(edition: str, offer: Offer) -> str:
    """What a price row says of where it was read; the next import goes by it."""
    return f"{edition}: {offer.reference}"


def terms_in(row: Price) -> Terms:
    amounts = {name: Decimal(amount) for name in COLUMNS if (amount := getattr(row, name)) is not None}
    return Terms(amounts, tuple(row.bands))


def _offer_of(
    deployment: Deployment, sellers: Sequence[Seller], asked: Asked, notes: list[Note]
) -> Offer | None:
    bound = asked.bindings.get(deployment.name) or _bound_by_source(deployment, asked.at)
    if bound:
        offers = (offer for seller in sellers for offer in seller.offers)
        offer = next((offer for offer in offers if offer.reference == bound), None)
        if offer is None and deployment.name in asked.bindings:
            notes.append(Note(deployment.name, f"The catalogue has no {bound}."))
        return offer
    at = [s for s in sellers if s.is_at(deployment.base_url) and s.id not in NAMED_BY_CUSTOMERS]
    upstream_id = deployment.version.upstream_id
    found = [offer for seller in at for offer in seller.offers if upstream_id in offer.ids]
    if len(found) > 1:
        named = ", ".join(offer.reference for offer in found)
        notes.append(Note(deployment.name, f"“{upstream_id}” may be {named}: bind it to one of them."))
    elif at and not found:
        notes.append(Note(deployment.name, f"The catalogue has no “{upstream_id}” of {at[0].id}."))
    return found[0] if len(found) == 1 else None


def _bound_by_source(deployment: Deployment, at: datetime) -> str:
    row = _in_force(deployment, at)
    found = _SOURCE.fullmatch(row.source) if row is not None else None
    return found[1] if found else ""


def _new_prices(deployment: Deployment, offer: Offer, at: datetime, notes: list[Note]) -> Iterator[NewPrice]:
    """From now on, and from each later day on which the catalogue has another price."""
    if offer.needed:
        notes.append(Note(deployment.name, f"Not priced: no row can say {_listed(offer.needed)}."))
        return
    now = _in_force(deployment, at)
    fresh = [
        NewPrice(deployment, offer, moment, terms)
        for moment, terms in _steps(offer, at, now)
        if not _says(_in_force(deployment, moment), terms)
    ]
    to_come = any(row.valid_from > at for row in deployment.prices.all())
    if fresh and (to_come or (now is not None and now.valid_to is not None)):
        notes.append(Note(deployment.name, "Another price: left alone, since a change is planned already."))
        return
    yield from fresh


def _steps(offer: Offer, at: datetime, now: Price | None) -> Iterator[tuple[datetime, Terms]]:
    today = [schedule for day, schedule in offer.schedules if day is None or day <= at.astimezone(UTC).date()]
    before = _kept(now, terms_of(today[-1]))
    yield at, before
    for day, schedule in offer.schedules:
        if day is not None and day > at.astimezone(UTC).date():
            terms = _kept(now, terms_of(schedule))
            if terms != before:
                yield datetime.combine(day, time(), UTC), terms
            before = terms


def _kept(now: Price | None, terms: Terms) -> Terms:
    """What a person entered, and the catalogue does not speak of, stays."""
    if now is None or _SOURCE.fullmatch(now.source):
        return terms
    held = terms_in(now)
    return Terms({**held.amounts, **terms.amounts}, terms.bands or held.bands)


def _says(row: Price | None, terms: Terms) -> bool:
    if row is None:
        return False
    held = terms_in(row)
    return _without_nothing(held) == _without_nothing(terms) and held.bands == terms.bands


def _without_nothing(terms: Terms) -> dict[str, Decimal]:
    """A request that costs nothing is one whose price is not said."""
    return {name: usd for name, usd in terms.amounts.items() if name != "request_usd" or usd}


def _in_force(deployment: Deployment, at: datetime) -> Price | None:
    for row in deployment.prices.all():
        if row.valid_from <= at and (row.valid_to is None or at < row.valid_to):
            return row
    return None


def _remarks(deployment: Deployment, offer: Offer, told: bool) -> Iterator[Note]:
    """`told`: the context window is among the facts that are compared."""
    model = deployment.version.model
    window = offer.context_window_tokens
    if not told and window is not None and window != model.context_window_tokens:
        text = f"The catalogue says a context window of {window}, the registry {model.context_window_tokens}."
        yield Note(deployment.name, text)
    if offer.deprecated:
        yield Note(deployment.name, "The catalogue says that the provider has deprecated it.")
    if offer.unsaid:
        yield Note(deployment.name, f"Also sold, and in no row: {_listed(offer.unsaid)}.")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(_UNIT.sub("", name).replace("_", " ") for name in names)

"""Models that a person asks for by “provider/id” and the registry does not have.

Each is found in the catalogue by its id, to the letter. Where that has none, a source of facts that has it is
enough: such a model comes without a price, which is told.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from registry.catalog.comparing import Said, disagreement, said_of
from registry.catalog.facts import (
    MAX_OUTPUT,
    RETIRES_ON,
    Aspect,
    FactSource,
    Position,
    Positions,
    positions_in,
    settled,
)
from registry.catalog.places import Place, place_named
from registry.catalog.source import Offer, Seller, as_facts
from registry.models import Model, ModelVersion

_DATE = re.compile(r"[-@](\d{4}-\d{2}-\d{2}|\d{8})\Z")

Remark = tuple[str, str]  # what was asked for, and what there is to say of it


@dataclass(frozen=True, slots=True)
class NewModel:
    """A model that the registry does not have, by the id that would be sent; `said` is what sources of facts
    say of it, and `prefer` whose word counts where they disagree."""

    seller: Seller
    offer: Offer
    upstream_id: str
    at: datetime
    said: Mapping[Aspect, Positions] = field(default_factory=dict)
    prefer: str = ""

    @property
    def known(self) -> dict[Aspect, Position]:
        """Of each aspect on which nobody disagrees, or the preferred one speaks: what counts."""
        counted = ((aspect, said, settled(said, self.prefer)) for aspect, said in self.said.items())
        return {aspect: said[place] for aspect, said, place in counted if place is not None}

    def count(self, field: str) -> int | None:
        said = self.known.get(Aspect(field))
        return said.value if said is not None and isinstance(said.value, int) else None

    @property
    def ends_on(self) -> date | None:
        said = self.known.get(Aspect(RETIRES_ON))
        return said.value if said is not None and isinstance(said.value, date) else None

    @property
    def disputes(self) -> tuple[str, ...]:
        open_ones = (aspect for aspect in self.said if aspect not in self.known)
        return tuple(disagreement(aspect, self.said[aspect]) for aspect in open_ones)


def new_models(
    asked: Sequence[str], sellers: Sequence[Seller], facts: Sequence[FactSource], *, at: datetime, prefer: str
) -> tuple[tuple[NewModel, ...], tuple[Remark, ...]]:
    """Those that can be proposed, and what there is to say of any. Reads the registry; writes nothing."""
    sources = (*facts, as_facts(sellers)) if facts and sellers else tuple(facts)
    found: list[NewModel] = []
    remarks: list[Remark] = []
    for wanted in asked:
        name, _, upstream_id = wanted.partition("/")
        place = place_named(name)
        said = said_of(sources, place.name, upstream_id) if place is not None else ()
        seller, offer = _offered(name, upstream_id, sellers, place, said)
        if offer is None:
            remarks.append((wanted, "The catalogue has no such id, to the letter."))
        elif _is_registered(seller.id, upstream_id):
            remarks.append((wanted, "It is registered already."))
        else:
            positions = _that_count(offer, positions_in(said), [model_name(new.offer) for new in found])
            found.append(NewModel(seller, offer, upstream_id, at, positions, prefer))
            remarks += _remarks(wanted, found[-1])
    return tuple(found), tuple(remarks)


def _offered(
    name: str, upstream_id: str, sellers: Iterable[Seller], place: Place | None, said: Sequence[Said]
) -> tuple[Seller, Offer | None]:
    """The catalogue's only offer of that id; or else one that says no price, where a source has the id."""
    seller = next((seller for seller in sellers if seller.id == name), None)
    offers = [offer for offer in seller.offers if upstream_id in offer.ids] if seller is not None else []
    if seller is None:
        seller = Seller(name, name, rf"https://{place.hosts}(?:[:/]|\Z)" if place else r"(?!)", "", ())
    if offers or not said:
        return seller, offers[0] if len(offers) == 1 else None
    deprecated = any(entry.facts.deprecated for _, entry in said)
    stem = _DATE.sub("", upstream_id)
    return seller, Offer(name, stem, "", frozenset({upstream_id}), None, deprecated, ())


def _that_count(
    offer: Offer, said: dict[Aspect, Positions], others: Sequence[str]
) -> dict[Aspect, Positions]:
    """Of a version of a model that there is, or is asked for too, the end alone: the rest is the model's."""
    name = model_name(offer)
    if name in others or Model.objects.filter(name=name).exists():
        return {aspect: positions for aspect, positions in said.items() if aspect.field == RETIRES_ON}
    if offer.schedules and not any("output" in schedule.standard for _, schedule in offer.schedules):
        said.pop(Aspect(MAX_OUTPUT), None)  # it answers nothing that is counted in tokens
    return said


def _remarks(wanted: str, new: NewModel) -> Iterator[Remark]:
    if not new.offer.schedules:
        yield wanted, "The catalogue has no such id, to the letter: its price is for a person to enter."
    for text in new.disputes:
        yield wanted, f"Left unknown: {text}"


def _is_registered(seller_id: str, upstream_id: str) -> bool:
    of_it = ModelVersion.objects.filter(upstream_id=upstream_id)
    return of_it.filter(deployments__provider__name=seller_id).exists() or (
        of_it.filter(deployments__isnull=True).exists()
    )


def model_name(offer: Offer) -> str:
    """The offer's name in the letters that names may have."""
    return re.sub(r"[^a-z0-9._:/-]+", "-", offer.name.lower()).lstrip("._:/-")[:128]


def version_name(new: NewModel) -> str:
    """What the id says beyond the model's name, such as its date."""
    rest = new.upstream_id.removeprefix(new.offer.name).lower() if new.upstream_id != new.offer.name else ""
    return re.sub(r"[^a-z0-9._-]+", "-", rest).strip("._:/-")[:128] or "undated"


def family(name: str) -> str:
    """The word that the name begins with: models of one family share prompt variants."""
    found = re.match(r"[a-z]+", name.rpartition("/")[2])
    return found[0] if found else name[:64]

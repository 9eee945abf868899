"""What sources of facts say that the registry does not.

1. Of a deployment they speak who have its upstream id at its place, to the letter.
2. Limits and capabilities are the model's, whoever serves it; capabilities are the deployment's where it has
   its own. The day of the end is the version's where it is said of all its deployments, else theirs.
3. Where all who speak say the same, that is proposed. Where they do not, nothing is, unless a person says
   whose word counts: nobody's does by itself.

What nobody says stays as it is.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from registry.catalog.facts import (
    CAPABILITIES,
    CONTEXT_WINDOW,
    MAX_OUTPUT,
    RETIRES_ON,
    Aspect,
    Entry,
    FactSource,
    Key,
    Positions,
    Value,
    positions_in,
    settled,
)
from registry.catalog.places import Place, place_of
from registry.models import Capability, Deployment, Model, ModelVersion

Subject = Model | ModelVersion | Deployment
Said = tuple[FactSource, Entry]

TITLES = {CONTEXT_WINDOW: "Context window", MAX_OUTPUT: "Answers at most", RETIRES_ON: "Turned off on"}
# Operations beside which a model does not answer in text: how much it does at most means nothing.
SILENT = frozenset({"embeddings", "moderations", "images", "transcriptions", "speech"})


@dataclass(frozen=True, slots=True)
class Finding:
    """An aspect of a row that somebody says to be another; `taken` is the position that counts, if any."""

    subject: Subject
    aspect: Aspect
    now: Value | None
    positions: Positions
    taken: int | None = None

    @property
    def key(self) -> str:
        """By which a form names it."""
        return f"{self.subject.pk}.{self.aspect.field}.{self.aspect.item}"

    @property
    def value(self) -> Value | None:
        return None if self.taken is None else self.positions[self.taken].value

    @property
    def changes(self) -> bool:
        return self.taken is not None and self.value != self.now

    @property
    def title(self) -> str:
        return title_of(self.aspect)


@dataclass(frozen=True, slots=True)
class Compared:
    findings: tuple[Finding, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()  # deployment, text


@dataclass(frozen=True, slots=True)
class _Placed:
    deployment: Deployment
    place: Place
    said: tuple[Said, ...]


def compare(
    sources: Sequence[FactSource],
    *,
    beside: FactSource | None = None,
    prefer: str = "",
    providers: Collection[str] = frozenset(),
) -> Compared:
    """Reads the registry; writes nothing. `beside` speaks too, and may be silent without a note of it;
    `providers`: names of places or sellers, empty is all of them."""
    everyone = [*sources, beside] if beside is not None else list(sources)
    rows = list(Deployment.objects.select_related("version__model").order_by("name"))
    served = Counter(row.version_id for row in rows)
    placed = [
        row for row in (_placed(row, everyone) for row in rows) if row is not None and _is_of(row, providers)
    ]
    findings = [
        Finding(subject, aspect, now, positions, settled(positions, prefer))
        for subject, aspect, now, positions in (*_of_models(placed), *_of_ends(placed, served))
        if any(position.value != now for position in positions)
    ]
    return Compared(tuple(findings), tuple(_notes(placed, sources)))


def keys_of_deployments() -> set[Key]:
    """What of a source a comparison goes by."""
    found: set[Key] = set()
    for row in Deployment.objects.select_related("version"):
        place = place_of(row.base_url)
        if place is not None:
            found |= {(place.name, name) for name in place.ids_at(row.base_url, row.version.upstream_id)}
    return found


def said_of(sources: Sequence[FactSource], place: str, upstream_id: str) -> tuple[Said, ...]:
    return tuple((source, entry) for source in sources for entry in source.of(place, upstream_id))


def title_of(aspect: Aspect) -> str:
    """What it is about, as pages and commands say it."""
    return str(Capability(aspect.item).label) if aspect.field == CAPABILITIES else TITLES[aspect.field]


def in_words(value: Value | None) -> str:
    """A value as people read it."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, date) else str(value)


def disagreement(aspect: Aspect, positions: Positions) -> str:
    said = "; ".join(f"{in_words(position.value)} by {position.by}" for position in positions)
    return f"{title_of(aspect)}: {said}."


def _placed(row: Deployment, sources: Sequence[FactSource]) -> _Placed | None:
    place = place_of(row.base_url)
    if place is None:
        return None
    ids = place.ids_at(row.base_url, row.version.upstream_id)
    return _Placed(row, place, tuple(said for name in ids for said in said_of(sources, place.name, name)))


def _is_of(row: _Placed, providers: Collection[str]) -> bool:
    return not providers or bool({row.place.name, row.place.seller} & set(providers))


_Open = tuple[Subject, Aspect, Value | None, Positions]


def _of_models(placed: Sequence[_Placed]) -> Iterator[_Open]:
    models: dict[Model, list[Said]] = defaultdict(list)
    shared: dict[Model, list[Said]] = defaultdict(list)  # by deployments whose capabilities are the model's
    own: dict[Deployment, list[Said]] = {}
    for row in placed:
        model = row.deployment.version.model
        models[model] += row.said
        if row.deployment.capabilities is None:
            shared[model] += row.said
        else:
            own[row.deployment] = list(row.said)
    for model, said in models.items():
        yield from _limits(model, said)
        yield from _capabilities(model, model.capabilities, shared[model])
    for deployment, said in own.items():
        yield from _capabilities(deployment, deployment.capabilities or [], said)


def _limits(model: Model, said: Sequence[Said]) -> Iterator[_Open]:
    found = positions_in(said)
    for name in (CONTEXT_WINDOW, MAX_OUTPUT):
        positions = found.get(Aspect(name))
        if positions and not (name == MAX_OUTPUT and SILENT & set(model.capabilities)):
            yield model, Aspect(name), getattr(model, name), positions


def _capabilities(subject: Subject, has: Sequence[str], said: Sequence[Said]) -> Iterator[_Open]:
    for aspect, positions in sorted(positions_in(said).items()):
        if aspect.field == CAPABILITIES:
            yield subject, aspect, aspect.item in has, positions


def _of_ends(placed: Sequence[_Placed], served: Mapping[UUID, int]) -> Iterator[_Open]:
    by_version: dict[ModelVersion, list[_Placed]] = defaultdict(list)
    for row in placed:
        by_version[row.deployment.version].append(row)
    for version, rows in by_version.items():
        said = [said for row in rows for said in row.said]
        if len(rows) == served[version.pk] and all(_ends(row.said) for row in rows) and len(_ends(said)) == 1:
            yield from _end(version, version.retires_on, said)
        else:
            for row in rows:
                now = row.deployment.retires_on or version.retires_on
                yield from _end(row.deployment, now, row.said)


def _ends(said: Sequence[Said]) -> Positions:
    return positions_in(said).get(Aspect(RETIRES_ON), ())


def _end(subject: Subject, now: date | None, said: Sequence[Said]) -> Iterator[_Open]:
    positions = _ends(said)
    if positions:
        yield subject, Aspect(RETIRES_ON), now, positions


def _notes(placed: Sequence[_Placed], sources: Sequence[FactSource]) -> Iterator[tuple[str, str]]:
    for row in placed:
        name, version = row.deployment.name, row.deployment.version
        speak = {source.edition.source for source, _ in row.said}
        silent = list(dict.fromkeys(s.edition.source for s in sources if s.edition.source not in speak))
        if silent:
            yield name, f"Nothing of “{version.upstream_id}” at {row.place.name} is in {', '.join(silent)}."
        for source, entry in row.said:
            if entry.facts.deprecated:
                yield name, f"{source.edition.source} says that {entry.reference} is deprecated."

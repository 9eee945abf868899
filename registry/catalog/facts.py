"""What a source says of a model at a provider: facts, and never prices.

What it does not say is unknown: None, or a capability that is absent. A capability that is False was denied.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

CONTEXT_WINDOW = "context_window_tokens"
MAX_OUTPUT = "max_output_tokens"
RETIRES_ON = "retires_on"
CAPABILITIES = "capabilities"
SHOWN_OF_DIGEST = 12

Value = int | date | bool


class Aspect(NamedTuple):
    """What is said something of: a field of the registry and, of capabilities, which."""

    field: str
    item: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    context_window_tokens: int | None = None
    max_output_tokens: int | None = None
    retires_on: date | None = None
    deprecated: bool = False
    capabilities: Mapping[str, bool] = field(default_factory=dict)

    def said(self) -> Iterator[tuple[Aspect, Value]]:
        for name in (CONTEXT_WINDOW, MAX_OUTPUT, RETIRES_ON):
            value = getattr(self, name)
            if value is not None:
                yield Aspect(name), value
        for capability, has in sorted(self.capabilities.items()):
            yield Aspect(CAPABILITIES, capability), has


@dataclass(frozen=True, slots=True)
class Edition:
    """Whose word it is, and which edition of it: `of` is a package with its version, or a file's name."""

    source: str
    of: str
    sha256: str = ""
    newest: str = ""  # the day of its newest entry, where it tells that

    def __str__(self) -> str:
        digest = f"SHA-256 {self.sha256[:SHOWN_OF_DIGEST]}…" if self.sha256 else ""
        return f"{self.source} ({', '.join(filter(None, (self.of, self._as_of, digest)))})"

    @property
    def whole(self) -> str:
        """With the whole digest, for what is kept."""
        digest = f"SHA-256 {self.sha256}" if self.sha256 else ""
        return f"{self.source}: {', '.join(filter(None, (self.of, self._as_of, digest)))}"

    @property
    def _as_of(self) -> str:
        return f"newest entry of {self.newest}" if self.newest else ""


@dataclass(frozen=True, slots=True)
class Entry:
    """`reference` is what the source itself calls it."""

    reference: str
    facts: Facts


Key = tuple[str, str]  # place, and the id that is sent there, to the letter


@dataclass(frozen=True, slots=True)
class FactSource:
    edition: Edition
    entries: Mapping[Key, tuple[Entry, ...]]

    def of(self, place: str, upstream_id: str) -> tuple[Entry, ...]:
        return self.entries.get((place, upstream_id), ())

    def narrowed(self, keys: Collection[Key]) -> "FactSource":
        return FactSource(self.edition, {key: said for key, said in self.entries.items() if key in keys})


@dataclass(frozen=True, slots=True)
class Claim:
    """Who says it, and of what it calls so."""

    edition: Edition
    reference: str

    def __str__(self) -> str:
        return f"{self.edition.source} of {self.reference}"


@dataclass(frozen=True, slots=True)
class Position:
    """A value, and all who say it."""

    value: Value
    claims: tuple[Claim, ...]

    @property
    def by(self) -> str:
        return ", ".join(map(str, self.claims))


Positions = tuple[Position, ...]  # more than one: they disagree


def positions_in(said: Collection[tuple[FactSource, Entry]]) -> dict[Aspect, Positions]:
    """What is said of each aspect, each value once with all who say it, in the order in which they do."""
    found: dict[Aspect, dict[Value, list[Claim]]] = {}
    for source, entry in said:
        for aspect, value in entry.facts.said():
            claims = found.setdefault(aspect, {}).setdefault(value, [])
            claim = Claim(source.edition, entry.reference)
            if claim not in claims:
                claims.append(claim)
    return {
        aspect: tuple(Position(value, tuple(claims)) for value, claims in values.items())
        for aspect, values in found.items()
    }


def settled(positions: Positions, prefer: str = "") -> int | None:
    """The position that counts: the only one, or the only one of the source that a person prefers."""
    if len(positions) == 1:
        return 0
    preferred = [
        place
        for place, position in enumerate(positions)
        if any(claim.edition.source.lower() == prefer.lower() for claim in position.claims)
    ]
    return preferred[0] if len(preferred) == 1 else None

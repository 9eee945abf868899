"""Where an impact replay's requests may come from, beside the register: apps above this one register more.

A source offers collections by name; each is a sequence of inputs of decisions, as `recordings` reads them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from routing.recordings import Recorded


class SourceUnknown(LookupError):
    """There is no such source, or no such collection in it."""


@dataclass(frozen=True, slots=True)
class Source:
    """`names` lists what can be chosen; `count` says how much that is, and `chunks` reads it, at most `limit`
    of it. Both raise SourceUnknown for a name that is gone."""

    kind: str  # as a run keeps it, with the name: "evaluation"
    label: str  # as a form shows it: "Evaluation set"
    names: Callable[[], Sequence[str]]
    count: Callable[[str], int]
    chunks: Callable[[str, int], Iterator[Sequence[Recorded]]]


_sources: dict[str, Source] = {}


def register(source: Source) -> None:
    """Offer `source`; doing it again changes nothing."""
    _sources.setdefault(source.kind, source)


def every() -> tuple[Source, ...]:
    return tuple(_sources.values())


def source_of(kind: str) -> Source:
    """Raises SourceUnknown."""
    try:
        return _sources[kind]
    except KeyError:
        raise SourceUnknown(f"Nothing offers requests of the kind “{kind}”.") from None

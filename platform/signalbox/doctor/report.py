"""What a probe says."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    FINE = "fine"
    NOTE = "note"  # works, and wants looking at
    BROKEN = "broken"  # requests fail, or a promise can't be kept


@dataclass(frozen=True, slots=True)
class Line:
    level: Level
    text: str


Probe = Callable[[], Iterator[Line]]


def fine(text: str) -> Line:
    return Line(Level.FINE, text)


def note(text: str) -> Line:
    return Line(Level.NOTE, text)


def broken(text: str) -> Line:
    return Line(Level.BROKEN, text)

"""What a detector says: where something is, and of which kind. Never the value itself."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What rules are written about."""

    PERSONAL = "personal"
    HEALTH = "health"
    PAYMENT = "payment"
    SECRET = "secret"  # noqa: S105 - the name of a kind
    UNSCANNABLE = "unscannable"  # images, audio and files: nobody has read them


SEPARATOR = "\x1e"  # between texts that are scanned as one: no finding reaches over it


@dataclass(frozen=True, slots=True)
class Finding:
    """`start` and `end` are places in the text as it was written, before anything was folded."""

    detector: str
    kind: Kind
    start: int
    end: int


class TooMuch(Exception):
    """A text holds more than is followed; it can't be said what else it holds."""

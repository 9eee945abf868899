"""Payment cards: the ranges of issuers, the lengths that they use, and Luhn's check digit."""

from routing.detection.checksums import luhn
from routing.detection.numbers import Window

# (first prefix, last prefix, lengths)
_ISSUERS = (
    ("4", "4", (13, 16, 19)),  # Visa
    ("51", "55", (16,)),  # Mastercard
    ("2221", "2720", (16,)),
    ("34", "34", (15,)),  # American Express
    ("37", "37", (15,)),
    ("6011", "6011", (16, 17, 18, 19)),  # Discover
    ("644", "659", (16, 17, 18, 19)),
    ("300", "305", (14, 16, 19)),  # Diners Club
    ("36", "36", (14, 16, 19)),
    ("38", "39", (14, 16, 19)),
    ("3528", "3589", (16, 17, 18, 19)),  # JCB
    ("62", "62", (16, 17, 18, 19)),  # UnionPay
    ("5018", "5020", (16, 18, 19)),  # Maestro, Dankort
    ("5038", "5038", (16, 18, 19)),
    ("5893", "5893", (16, 18, 19)),
    ("6304", "6304", (16, 18, 19)),
    ("6759", "6763", (16, 18, 19)),
    ("2200", "2204", (16, 17, 18, 19)),  # Mir
    ("60", "60", (16,)),  # RuPay
    ("81", "82", (16,)),
    ("508", "508", (16,)),
    ("9792", "9792", (16,)),  # Troy
)
LENGTHS = frozenset(length for *_, lengths in _ISSUERS for length in lengths)
SHAPES = {"D", "E", "F", "G", "H", "I", "J", "4444", "465", "464", "44443", "445"}


def is_card(window: Window, before: str) -> bool:
    """`before` is what stands in front of the number: the fraction of "0.4111…" is no card."""
    digits = window.digits
    if len(digits) not in LENGTHS or (before[-1:] in (".", ",") and before[-2:-1].isdigit()):
        return False
    return _issued(digits) and len(set(digits)) > 1 and luhn(digits)


def _issued(digits: str) -> bool:
    return any(
        len(digits) in lengths and first <= digits[: len(first)] <= last for first, last, lengths in _ISSUERS
    )

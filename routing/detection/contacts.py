"""E-mail addresses and telephone numbers. Telephone numbers are found cautiously: with a country code, or
grouped as one country writes them.
"""

import re
from collections.abc import Iterator

from routing.detection.finding import Finding, Kind
from routing.detection.numbers import Window

MAX_LOCAL_CHARS = 64
_LOCAL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.!#$%&'*+/=?^_`{|}~-"
_DOMAIN = re.compile(
    r"@((?:[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?\.){1,8})([A-Za-z]{2,24})(?![A-Za-z0-9])"
)
_INTERNATIONAL = re.compile(r"\+(?<![\w+]\+)([1-9][0-9]{0,3})((?:[ .\-/()]{0,3}[0-9]){6,13})(?![0-9])")
MIN_DIGITS, MAX_DIGITS = 8, 15
# How country codes of one, two and three digits begin; what begins otherwise is none.
_ONE = frozenset("17")
_TWO = frozenset(
    f"{first}{second}"
    for first, seconds in (
        (2, "07"),
        (3, "0123469"),
        (4, "013456789"),
        (5, "12345678"),
        (6, "0123456"),
        (8, "1246"),
        (9, "0123458"),
    )
    for second in seconds
)
_THREE = frozenset(
    f"{first}{second}"
    for first, seconds in (
        (2, "1234569"),
        (3, "578"),
        (4, "2"),
        (5, "09"),
        (6, "789"),
        (8, "0578"),
        (9, "679"),
    )
    for second in seconds
)

# (shape, what the digits look like): as people write a number within their country.
_NATIONAL: dict[str, tuple["re.Pattern[str]", ...]] = {
    "334": (re.compile(r"[2-9](?!11)[0-9]{2}[2-9](?!11)[0-9]{6}"),),  # North America
    "1334": (re.compile(r"1[2-9][0-9]{2}[2-9][0-9]{6}"),),
    "22222": (re.compile(r"0[1-9][0-9]{8}"),),  # France
    "56": (re.compile(r"0[127][0-9]{9}"),),  # United Kingdom
    "533": (re.compile(r"0[17][0-9]{9}"),),
    "434": (re.compile(r"0(?:1[0-9]1|11[0-9])[0-9]{7}"),),
    "344": (re.compile(r"02[03489][0-9]{8}"), re.compile(r"01[0-9]{9}")),
    "47": (re.compile(r"01[5-7][0-9]{8}"),),  # Germany, mobile
    "48": (re.compile(r"01[5-7][0-9]{9}"),),
    "3322": (re.compile(r"0[7][4-9][0-9]{7}"),),  # Switzerland, mobile
    "3333": (re.compile(r"0[0-9]{2}[0-9]{9}"),),
}
_BARE = {"B": re.compile(r"07[1-9][0-9]{8}|01[5-7][0-9]{8}"), "A": re.compile(r"0[67][0-9]{8}")}
SHAPES = set(_NATIONAL) | set(_BARE)


def emails(text: str) -> Iterator[Finding]:
    at = text.find("@")
    while at >= 0:
        domain = _DOMAIN.match(text, at)
        if domain is not None:
            before = text[max(0, at - MAX_LOCAL_CHARS) : at]
            local = before[len(before.rstrip(_LOCAL)) :].lstrip(".'`")
            if local and not local.endswith("."):
                yield Finding("email", Kind.PERSONAL, at - len(local), domain.end())
        at = text.find("@", at + 1 if domain is None else domain.end())


def international(text: str) -> Iterator[Finding]:
    """Numbers with a plus and a country code (E.164)."""
    for found in _INTERNATIONAL.finditer(text):
        digits = "".join(character for character in found[0] if character.isdigit())
        if MIN_DIGITS <= len(digits) <= MAX_DIGITS and _has_country(digits):
            yield Finding("phone", Kind.PERSONAL, *found.span())


def is_national(window: Window, before: str) -> bool:
    """`before` is what stands in front: a number of the sign, or of a longer word, is none."""
    if before[-1:].isalnum() or before[-1:] in ("+", "_", "#", "."):
        return False
    if any(pattern.fullmatch(window.digits) for pattern in _NATIONAL.get(window.shape, ())):
        return True
    bare = _BARE.get(window.shape)
    return bare is not None and bare.fullmatch(window.digits) is not None


def _has_country(digits: str) -> bool:
    return digits[0] in _ONE or digits[:2] in _TWO or digits[:2] in _THREE

"""Text as detectors read it: digits, spaces and dashes of every alphabet as ASCII's, invisible characters
gone. Letters with accents stay. Each place in the folded text leads back to the text as it was written.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache

MAX_REMEMBERED = 4096
INVISIBLE = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff"
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_SPACES = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_DASHES = "\u2010-\u2015\u2043\u2212\u2e3a\u2e3b\ufe58\ufe63"
# Full-width forms, digits in circles, of mathematics, superscript and subscript; then digits of every script.
_COMPATIBLE = "\u00b2\u00b3\u00b9\u2070-\u2079\u2080-\u2089\u2460-\u2468\uff01-\uff5e"


def _digits(first: int, last: int) -> str:
    blocks = (point for point in range(first, last) if unicodedata.decimal(chr(point), -1) == 0)
    return "".join(f"{chr(zero)}-{chr(zero + 9)}" for zero in blocks)


# Three classes, since a set of characters costs the less to look for, the narrower it is.
_LATIN_FOLDABLE = ("\u00a0", "\u00ad", "\u00b2", "\u00b3", "\u00b9")
_FOLDABLE = re.compile(f"[{INVISIBLE}{_SPACES}{_DASHES}{_COMPATIBLE}{_digits(0x0660, 0xFFFF)}]")
_FAR_FOLDABLE = re.compile(f"[\U0001d400-\U0001d7ff{_digits(0x10000, 0x1FC00)}]")
_SPACE = re.compile(f"[{_SPACES}]")
_DASH = re.compile(f"[{_DASHES}]")


@dataclass(frozen=True, slots=True)
class Folded:
    """`text` is what detectors read. `places` is empty where nothing was taken out, so that places agree."""

    text: str
    places: tuple[int, ...] = field(default=(), repr=False)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a span of the folded text stands in what was written."""
        if not self.places:
            return start, end
        return self.places[start], self.places[end - 1] + 1


def is_plain(text: str) -> bool:
    """Whether it reads as it is written."""
    return text.isascii() or (_is_latin(text) and not any(each in text for each in _LATIN_FOLDABLE))


def fold(text: str) -> Folded:
    if is_plain(text):
        return Folded(text)
    folded = _FOLDABLE.sub(_replaced, text)
    if len(folded.encode("utf-16-le", "surrogatepass")) > 2 * len(folded):
        folded = _FAR_FOLDABLE.sub(_replaced, folded)
    if len(folded) == len(text):
        return Folded(folded)
    kept = [place for place, character in enumerate(text) if not _INVISIBLE.match(character)]
    return Folded(folded, tuple(kept))


def _is_latin(text: str) -> bool:
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True


def _replaced(found: "re.Match[str]") -> str:
    return _folded(found[0])


@lru_cache(maxsize=MAX_REMEMBERED)
def _folded(character: str) -> str:
    """One character in place of one, or none: places are counted by that."""
    if _INVISIBLE.match(character):
        return ""
    if _SPACE.match(character):
        return " "
    if _DASH.match(character):
        return "-"
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    plain = unicodedata.normalize("NFKC", character)
    return plain if len(plain) == 1 and plain.isascii() else character

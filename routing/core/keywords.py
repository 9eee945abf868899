"""Which keywords a text holds: whole words, whatever their case.

Long prompts make this the dearest fact, so each keyword is first looked for with `in`, which runs at memory
speed, and only those found are looked for again with word boundaries. Scripts that put no space between
words (Chinese, Japanese, Korean, Thai and their neighbours) have no boundary to ask for.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

MAX_COMPILED_KEYWORDS = 4096
_SPACED_BELOW = 0x0E00  # Thai; then Lao, Tibetan, Khmer, kana, ideographs, Hangul
_SPACED_AGAIN = range(0x1E00, 0x2000)  # further Latin and Greek


def present(keywords: Iterable[str], texts: Iterable[str]) -> tuple[str, ...]:
    """Those of `keywords` (case-folded, as in Release.keywords) that occur in `texts`, sorted."""
    wanted = sorted(keywords)
    if not wanted:
        return ()
    found: set[str] = set()
    for text in texts:
        folded = text.casefold()
        found.update(
            keyword
            for keyword in wanted
            if keyword not in found and keyword in folded and _whole_word(keyword).search(folded)
        )
        if len(found) == len(wanted):
            break
    return tuple(keyword for keyword in wanted if keyword in found)


@lru_cache(maxsize=MAX_COMPILED_KEYWORDS)
def _whole_word(keyword: str) -> re.Pattern[str]:
    before = r"(?<!\w)" if _is_spaced(keyword[0]) else ""
    after = r"(?!\w)" if _is_spaced(keyword[-1]) else ""
    return re.compile(before + re.escape(keyword) + after)


def _is_spaced(character: str) -> bool:
    """Whether words that begin or end in `character` stand apart from their neighbours."""
    if not (character.isalnum() or character == "_"):
        return False
    return ord(character) < _SPACED_BELOW or ord(character) in _SPACED_AGAIN

"""What a question says, for asking whether another says the same.

Two parts. The *marks* must be the same, in their order: numbers (also in words), code, quoted strings,
identifiers and operators, negations, and words that turn a meaning round (more, before, from, all …). The
*words* are all that is left without politeness, articles and the auxiliaries of a question; names among them
keep their capitals.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from routing.core.caching.vocabulary import (
    A_BEFORE,
    CONTRACTED,
    NEGATIONS,
    NUMBERS,
    PASSED_OVER,
    POLITE_FIRST,
    POLITE_LAST,
    TURNS,
)

MAX_POLITE = 8  # phrases around a question that are taken off
_STRAIGHT = str.maketrans(
    {**dict.fromkeys("\u2018\u2019\u02bc", "'"), **dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"')}
    | {"\u2010": "-", "\u2011": "-"}
)
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`]*`", re.DOTALL)
_QUOTED = re.compile(r"\"[^\"]*\"|(?<!\w)'[^']*'(?!\w)")
_BRACKETS = re.compile(r"([()\[\]{}])")
_AROUND = ".,;:!?\"'\u2026\u3001\u3002"  # of a word: how it is set, not what it says
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?(?:-[^\W\d_]+)*\Z")


@dataclass(frozen=True, slots=True)
class Reading:
    """`marks` can be a key. `words` hold every word in its place, the marked ones too."""

    marks: tuple[str, ...]
    words: tuple[str, ...]


def read(text: str) -> Reading:
    text = unicodedata.normalize("NFKC", text).translate(_STRAIGHT)
    marks = [f"code {code}" for code in _CODE.findall(text)]
    text = _CODE.sub(" ", text)
    marks += [f"said {said[1:-1]}" for said in _QUOTED.findall(text)]
    tokens = list(_tokens(_bare(_QUOTED.sub(" ", text))))
    words = [token for at, token in enumerate(tokens) if not _is_nothing(token, tokens, at)]
    marks += [word.casefold() for word in words if is_mark(word)]
    return Reading(tuple(marks), tuple(words))


def is_mark(word: str) -> bool:
    folded = word.casefold()
    is_word = word.replace("'", "").isalpha()
    return not is_word or folded in NEGATIONS or folded in TURNS or folded in NUMBERS


def _tokens(text: str) -> Iterator[str]:
    """Words, those with a hyphen as two; anything else that stands together, as it is."""
    for chunk in _BRACKETS.sub(r" \1 ", text).split():
        token = chunk.strip(_AROUND)
        if _WORD.match(token):
            yield from token.split("-")
        elif token:
            yield token


def _is_nothing(token: str, tokens: list[str], at: int) -> bool:
    folded = token.casefold()
    if folded == "a":
        following = tokens[at + 1].casefold() if at + 1 < len(tokens) else ""
        return following not in A_BEFORE
    return folded in PASSED_OVER


def _bare(text: str) -> str:
    """Without the phrases of politeness around it, and with contractions written out."""
    for pattern, whole in CONTRACTED:
        text = pattern.sub(whole, text)
    for _ in range(MAX_POLITE):
        shorter = POLITE_LAST.sub("", POLITE_FIRST.sub("", text, count=1), count=1)
        if shorter == text or not shorter.strip():
            return text
        text = shorter
    return text

"""What a trained router measures of a text: some features of its form, and its words. Pure, and quick.

The text is normalised first (case folded, whitespace joined, courtesies taken off), so that lower case, extra
newlines and a “please” measure the same. At most MAX_CHARS of it are looked at.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_CHARS = 8 * 1024
EDGE_CHARS = 400  # courtesies are looked for this far from either end
MAX_CHOICES = 10
LONG_WORD_CHARS = 10
NUMBER = "0"  # every number counts as this word

# What is measured, and how a reason says that there is more or less of it than usual.
FEATURES: Mapping[str, tuple[str, str]] = {
    "length": ("a long text", "a short text"),
    "words": ("many words", "few words"),
    "stem": ("a long question before the choices", "a short question before the choices"),
    "commas": ("many commas", "few commas"),
    "variety": ("hardly a word twice", "words that come again"),
    "sentence": ("long sentences", "short sentences"),
    "sentences": ("many sentences", "few sentences"),
    "statements": ("numbered statements", "no numbered statements"),
    "choices_alike": ("choices that are alike", "choices that are unlike, or none"),
    "choices_figures": ("choices with figures", "choices without figures, or none"),
    "quotes": ("quotations", "no quotations"),
    "long_words": ("many long words", "few long words"),
    "blanks": ("blanks to fill in", "no blanks to fill in"),
}

_COURTESY = re.compile(
    "|".join(
        (
            # What a request may begin with,
            r"^(?:hi|hey|hello|good (?:morning|afternoon|evening)|excuse me|dear \w+)\b[^.!?:,]{0,40}[.!:,]",
            r"\bsorry to bother you\b(?:,? but\b)?,?",
            r"\bi (?:would be|was|am|will be)\b[^.!?:]{0,20}\b(?:grateful|wondering)\b[^.!?:]{0,80}[.!?:,]",
            r"\bwould you mind\b[^.!?:]{0,60}[.!?:]",
            # have in it,
            r"\b(?:could|can|would|will) you(?: please)?\b|\bplease\b[,:]?|\bkindly\b[,:]?",
            r"\bif you (?:don't|do not) mind\b,?",
            # and end with.
            r"\b(?:thank you|(?:many )?thanks)\b[^.!?:]{0,60}[.!]?$",
            r"\b(?:thank you|(?:many )?thanks)\b(?: (?:very|so) much| a lot)?(?: in advance)?[,.!]?",
            r"\bi(?:'d| would)?(?: really)? appreciate\b[^.!?:]{0,60}[.!]?",
            r"\bhave a (?:nice|good|great) \w+[.!]?|\b(?:best|kind|warm) regards\b[,.!]?",
        )
    )
)
_BLANKS = re.compile(r" {2,}")
_WORD = re.compile(r"[^\W\d_]+|\d+")
_CHOICE = re.compile(r"\s\(?[a-j][.)]\s")
_SENTENCE_END = re.compile(r"[.?!]")
_STATEMENT = re.compile(r"\bii\b|\b(?:statement|scenario) 1\b")


@dataclass(frozen=True, slots=True)
class Measured:
    """`words` counts those of two letters and more, and numbers, which all count as one."""

    features: Mapping[str, float]
    words: Mapping[str, int] = field(repr=False)


def normalised(text: str) -> str:
    """What two spellings of one question have in common."""
    plain = " ".join(text[:MAX_CHARS].casefold().replace("\u2019", "'").split())
    if len(plain) <= 2 * EDGE_CHARS:
        return _plainly(plain).strip()
    begin, middle, end = plain[:EDGE_CHARS], plain[EDGE_CHARS:-EDGE_CHARS], plain[-EDGE_CHARS:]
    return (_plainly(begin) + middle + _plainly(end)).strip()


def _plainly(plain: str) -> str:
    """Without courtesies; the ends stay as they are, so that a word which is cut there is joined again."""
    return _BLANKS.sub(" ", _COURTESY.sub(" ", plain))


def measure(text: str) -> Measured:
    plain = normalised(text)
    found = _WORD.findall(plain)
    letters = [word for word in found if not word[0].isdigit()]
    kept = Counter(word for word in letters if len(word) > 1)
    numbers = len(found) - len(letters)
    if numbers:
        kept[NUMBER] = numbers
    return Measured(_features(plain, letters), kept)


def _features(plain: str, letters: list[str]) -> dict[str, float]:
    stem, *choices = _CHOICE.split(plain, maxsplit=MAX_CHOICES)
    count = max(len(letters), 1)
    log = math.log1p
    return {
        "length": log(len(plain)),
        "words": log(count),
        "stem": log(len(stem)),
        "commas": log(plain.count(",")),
        "variety": len(set(letters)) / count,
        "sentence": log(count / max(len(_SENTENCE_END.findall(plain)), 1)),
        "sentences": log(plain.count(".")),
        "statements": float(_STATEMENT.search(plain) is not None),
        "choices_alike": _alike(choices),
        "choices_figures": _with_figures(choices),
        "quotes": log(plain.count('"')),
        "long_words": log(sum(len(word) >= LONG_WORD_CHARS for word in letters)),
        "blanks": float("_" in plain),
    }


def _alike(choices: list[str]) -> float:
    """How much of its words each pair of choices shares, on average: 0 to 1."""
    words = [set(_WORD.findall(choice)) for choice in choices]
    pairs = [(one, other) for at, one in enumerate(words) for other in words[:at]]
    if not pairs:
        return 0.0
    return sum(len(one & other) / max(len(one | other), 1) for one, other in pairs) / len(pairs)


def _with_figures(choices: list[str]) -> float:
    figures = sum(any(letter.isdigit() for letter in choice) for choice in choices)
    return figures / len(choices) if choices else 0.0

"""Answers as they are compared, and what is read from those of judges and classifiers.

A key says which answers are the same. Two that have no key in common terms (a number where none is found,
JSON that is none) are each alone.
"""

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

MAX_READ_CHARS = 200_000
SIMILAR = 0.8  # of the words that two texts hold together, how many both hold
MAX_SCORE = 100
MAX_REASON_CHARS = 300
MAX_JSON_STARTS = 20  # places at which JSON is looked for in a text
_NUMBER = re.compile(r"[-+]?\d[\d,_' ]*(?:\.\d+)?(?:[eE][-+]?\d{1,3})?|[-+]?\.\d+")
_CHOICE = re.compile(r"(?<![A-Za-z])\(?([A-Ja-j])(?:[).:]|\s*$|\b(?![a-z']))")
_ANSWER_IS = re.compile(r"answer\s*(?:is|:)\s*\**\(?([A-Ja-j])\b", re.IGNORECASE)
_WORDS = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Score:
    """What a judge said, in thousandths."""

    milli: int
    reason: str


def key_of(text: str, compare: str) -> str | None:
    """The same for answers that are the same; None where the text has no such thing in it."""
    text = text[:MAX_READ_CHARS]
    if compare == "json":
        found = json_in(text)
        return None if found is None else json.dumps(found.value, sort_keys=True, separators=(",", ":"))
    if compare == "number":
        number = number_in(text)
        return None if number is None else str(number.normalize() + 0)
    if compare == "choice":
        return choice_in(text)
    return folded(text)


def folded(text: str) -> str:
    """Without what doesn't matter to a reader: case, spaces, the marks around."""
    words = unicodedata.normalize("NFKC", text).casefold().split()
    return " ".join(words).strip(" .!?\"'`*")


def similar(one: str, other: str) -> bool:
    """Whether two folded texts hold nearly the same words, and exactly the same numbers."""
    if one == other:
        return True
    mine, theirs = set(_WORDS.findall(one)), set(_WORDS.findall(other))
    if {word for word in mine ^ theirs if any(char.isdigit() for char in word)}:
        return False
    both = mine | theirs
    return bool(both) and len(mine & theirs) / len(both) >= SIMILAR


def number_in(text: str) -> Decimal | None:
    """The last number of the text: models give the result at the end."""
    found = _NUMBER.findall(text)
    if not found:
        return None
    try:
        number = Decimal(re.sub(r"[,_' ]", "", found[-1]))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < 100 else None


def choice_in(text: str) -> str | None:
    """The letter that a multiple-choice answer names: what “the answer is” says, else the last one alone."""
    said = _ANSWER_IS.findall(text) or _CHOICE.findall(text.strip())
    return said[-1].upper() if said else None


@dataclass(frozen=True, slots=True)
class Found:
    value: Any


def json_in(text: str) -> Found | None:
    """The JSON of a text: all of it, or what stands in a fence, or the first object or array in it."""
    stripped = text.strip()
    if stripped.startswith("```"):
        stripped = stripped.partition("\n")[2].rpartition("```")[0].strip()
    try:
        return Found(json.loads(stripped, parse_constant=_no_constant))
    except (ValueError, RecursionError):
        pass
    decoder = json.JSONDecoder(parse_constant=_no_constant)
    for at in [match.start() for match in re.finditer(r"[{\[]", stripped)][:MAX_JSON_STARTS]:
        try:
            return Found(decoder.raw_decode(stripped, at)[0])
        except (ValueError, RecursionError):
            continue
    return None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def score_in(text: str) -> Score | None:
    """A judge's score of 0 to 100, from the JSON that it was asked for or the first number; None without."""
    found = json_in(text[:MAX_READ_CHARS])
    if found is not None and isinstance(found.value, dict):
        given, reason = found.value.get("score"), str(found.value.get("reason", ""))
    else:
        numbers = re.findall(r"\d{1,3}(?:\.\d+)?", text[:MAX_READ_CHARS])
        given, reason = (float(numbers[0]) if numbers else None), ""
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given <= MAX_SCORE:
        return None
    return Score(round(given * 1000 / MAX_SCORE), " ".join(reason.split())[:MAX_REASON_CHARS])


def label_in(text: str, labels: Sequence[str]) -> str | None:
    """The one of `labels` that a text says: alone, or as the only one that occurs in it as a word."""
    said = folded(text[:MAX_READ_CHARS])
    for label in labels:
        if said == folded(label):
            return label
    occur = [label for label in labels if re.search(rf"(?<!\w){re.escape(folded(label))}(?!\w)", said)]
    return occur[0] if len(occur) == 1 else None

"""Whether two questions that have the same marks say the same.

Every word of one stands in the same place in the other, or is the same word in the other number; names and
what is written in capitals are the same to the letter. How alike the two are beyond that is a cosine of
words and of their trigrams, which the policy asks to be high enough.

Nothing here guesses at synonyms. Vectors of meaning put a question beside the one with another noun, another
number or its opposite, so that what they would add is what may not be answered the same.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from routing.core.caching.reading import Reading, is_mark

MIN_PLURAL_STEM = 4
TRIGRAM = 3


def similarity_milli(one: Reading, other: Reading) -> int:
    """In thousandths; 0 where they may not stand for each other."""
    if one.marks != other.marks or len(one.words) != len(other.words) or not one.words:
        return 0
    if not all(_are_one(mine, theirs) for mine, theirs in zip(one.words, other.words, strict=True)):
        return 0
    return round(1000 * cosine(Counter(features(one.words)), Counter(features(other.words))))


def cosine(one: Counter[str], other: Counter[str]) -> float:
    product = sum(count * other[feature] for feature, count in one.items())
    lengths = math.sqrt(sum(n * n for n in one.values()) * sum(n * n for n in other.values()))
    return min(product / lengths, 1.0) if lengths else 0.0


def _are_one(mine: str, theirs: str) -> bool:
    if mine == theirs:
        return True
    if _is_loud(mine) != _is_loud(theirs):
        return False
    one, other = mine.casefold(), theirs.casefold()
    if one == other:
        return True
    is_name = mine[0].isupper() or theirs[0].isupper() or is_mark(mine)
    return not is_name and _singular(one) == _singular(other)


def _is_loud(word: str) -> bool:
    """“US” is not “us”."""
    return len(word) > 1 and word.isupper()


def _singular(word: str) -> str:
    stem = word[:-1]
    return stem if word.endswith("s") and not stem.endswith("s") and len(stem) >= MIN_PLURAL_STEM else word


def features(words: Sequence[str]) -> Iterator[str]:
    for word in words:
        folded = f" {word.casefold()} "
        yield folded
        for start in range(len(folded) - TRIGRAM + 1):
            yield folded[start : start + TRIGRAM]

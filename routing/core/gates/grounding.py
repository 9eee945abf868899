"""Whether an answer says what its sources say, by its words: a floor under, no proof of, being grounded."""

import re

from routing.core.gates.contract import FAILED, Answer, Said, Settings, at_least, failed

MAX_CHARS = 200_000
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
MIN_WORD_CHARS = 4  # shorter words are in every text


def grounded(answer: Answer, settings: Settings) -> Said:
    """The share of its words that the request's own text holds. A number that no source has fails it."""
    sources = answer.sources[:MAX_CHARS].casefold()
    said = answer.text[:MAX_CHARS].casefold()
    foreign = set(_NUMBER.findall(said)) - set(_NUMBER.findall(sources))
    if foreign:
        return failed(f"{len(foreign)} of its numbers are in no source", FAILED)
    words = {word for word in _WORD.findall(said) if len(word) >= MIN_WORD_CHARS}
    if not words:
        return failed("it says nothing that could be compared")
    held = words & set(_WORD.findall(sources))
    return at_least(1_000 * len(held) // len(words), int(settings["least"]), "words held by the sources:")

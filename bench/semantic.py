"""What the semantic cache takes for the same question, on real ones: `python -m bench semantic`.

Pairs that mean something else must never be taken for one: a number changed, in figures or words; a word of
the question replaced by one of another question; a negation put in. Pairs that mean the same should be:
politeness, case, line breaks, contractions; typing errors are shown, and are not expected to be. Beside each
stands how often the plain cosine of the same features, without marks, is .95 or more: what a threshold alone
would do. Skips, with its reason, where the data is absent; exits with 1 where a different question is hit.
"""

import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.router_data import graded, reason_to_skip
from routing.core.caching.nearness import cosine, features, similarity_milli
from routing.core.caching.reading import Reading, read
from routing.core.caching.settings import MIN_SIMILARITY_MILLI, SIMILARITY_MILLI

PAIRS, SEED = 300, 2_026
ALIKE = 0.95
_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"\b[a-z]{4,}\b")
_VERB = re.compile(r"\b(is|are|was|does|did|has|have|can|will)\b")
WORDS = {"two": "three", "three": "four", "four": "five", "half": "third", "twice": "once", "ten": "twelve"}
Change = Callable[[str, random.Random], str]


@dataclass(frozen=True, slots=True)
class Line:
    """How many of `pairs` are hits at the default threshold, at the lowest one, and by the cosine alone."""

    name: str
    pairs: int
    hits: int
    lowest: int
    alike: int


def swapped(text: str, draw: random.Random) -> str:
    """One number, any of them, is another."""
    found = draw.choice(list(_NUMBER.finditer(text)))
    other = str(int(found[0]) + draw.choice((1, 2, 5, 10)))
    return text[: found.start()] + other + text[found.end() :]


def spelled(text: str, draw: random.Random) -> str:
    name = draw.choice([word for word in WORDS if re.search(rf"\b{word}\b", text)])
    return re.sub(rf"\b{name}\b", WORDS[name], text, count=1)


def replaced(vocabulary: Sequence[str]) -> Change:
    def change(text: str, draw: random.Random) -> str:
        found = draw.choice(list(_WORD.finditer(text)))
        other = draw.choice([word for word in vocabulary if word != found[0]])
        return text[: found.start()] + other + text[found.end() :]

    return change


def negated(text: str, draw: random.Random) -> str:
    found = draw.choice(list(_VERB.finditer(text)))
    return f"{text[: found.end()]} not{text[found.end() :]}"


def polite(text: str, draw: random.Random) -> str:
    before, after = (
        draw.choice(("Hello! ", "Please, ", "Hi there, ")),
        draw.choice((" Thank you!", " Thanks.")),
    )
    return f"{before}{text}{after}"


def mistyped(text: str, draw: random.Random) -> str:
    at = draw.choice(list(_WORD.finditer(text))).start() + 1
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def line(name: str, texts: Sequence[str], change: Change) -> Line:
    draw = random.Random(SEED)
    pairs = [(read(text), read(change(text, draw))) for text in texts]
    scores = [similarity_milli(one, other) for one, other in pairs]
    return Line(
        name,
        len(pairs),
        sum(score >= SIMILARITY_MILLI for score in scores),
        sum(score >= MIN_SIMILARITY_MILLI for score in scores),
        sum(_cosine(one, other) >= ALIKE for one, other in pairs),
    )


def _cosine(one: Reading, other: Reading) -> float:
    return cosine(Counter(features(one.words)), Counter(features(other.words)))


def chosen(texts: Sequence[str], has: re.Pattern[str]) -> list[str]:
    able = [text for text in texts if has.search(text)]
    return random.Random(SEED).sample(able, min(PAIRS, len(able)))


def main() -> int:
    if reason := reason_to_skip():
        print(f"skipped: {reason}.")
        return 0
    sums = [each.pair.text for each in graded("gsm8k")]
    mixed = [*sums, *(each.pair.text for each in graded("mmlu"))]
    vocabulary = sorted({word for text in sums for word in _WORD.findall(text)})
    in_words = re.compile(r"\b(" + "|".join(WORDS) + r")\b")
    others = (
        line("a number changed", chosen(sums, _NUMBER), swapped),
        line("a number in words changed", chosen(sums, in_words), spelled),
        line("a word replaced", chosen(mixed, _WORD), replaced(vocabulary)),
        line(
            "all in lower case, a word replaced",
            chosen([t.lower() for t in mixed], _WORD),
            replaced(vocabulary),
        ),
        line("a negation put in", chosen(mixed, _VERB), negated),
    )
    anything = chosen(mixed, _WORD)
    same = (
        line("politeness", anything, polite),
        line("lower case", anything, lambda text, _: text.lower()),
        line(
            "line breaks and blanks", anything, lambda text, _: text.replace(" ", "  ").replace(". ", ".\n\n")
        ),
        line(
            "contractions",
            chosen(mixed, re.compile(r" is not ")),
            lambda text, _: text.replace(" is not ", " isn't "),
        ),
        line("a typing error", anything, mistyped),
    )
    print("| pairs | of | hits | at the lowest threshold | cosine alone ≥ .95 |\n|---|--:|--:|--:|--:|")
    for each in (*others, *same):
        print(f"| {each.name} | {each.pairs} | {each.hits} | {each.lowest} | {each.alike} |")
    wrong = sum(each.lowest for each in others)
    print(f"\nOf questions that mean something else, {wrong} would be answered as the same.")
    return 1 if wrong else 0

"""The parts of `python -m bench router` that need no training: thresholds, spellings, speed, cascades."""

import random
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from bench.router_data import PRICES_USD_PER_MTOK, zeroeval
from evaluation.core.cascade import Design, Measured, answers_of, designs, measured
from evaluation.core.curve import Target, curve_of, looks_right
from evaluation.core.curve import certified as certify
from evaluation.core.outcomes import Outcome, Pair
from routing.core.facts import Score
from routing.core.trained import TrainedRouter

RESAMPLES, LABELS = 300, 500
TIMED = 2_000
TYPO_EVERY_WORDS = 20
LONG_WORD_CHARS = 4
ECONOMY_USD_PER_MTOK = 2.0  # what a million tokens out may cost of a model that counts as economy


class Fresh:
    """What any threshold yields on questions that it was not set on, at once."""

    def __init__(self, scores: Sequence[int], pairs: Sequence[Pair]) -> None:
        order = sorted(range(len(pairs)), key=scores.__getitem__)
        self._scores = [scores[at] for at in order]
        self._weak = [0.0, *accumulate(pairs[at].weak for at in order)]
        self._strong = [0.0, *accumulate(pairs[at].strong for at in order)]

    def at(self, threshold: int) -> tuple[float, float]:
        """The quality, and the share of strong calls."""
        below = bisect_left(self._scores, threshold)
        count = len(self._scores)
        total = self._weak[below] + self._strong[-1] - self._strong[below]
        return total / count, 1 - below / count


def certified(scores: Sequence[int], pairs: Sequence[Pair], share: float) -> tuple[float, float, float]:
    """How often the target is missed by certified thresholds and by those that look right, and how many
    strong calls the certified ones make. The target is the weak model's quality and `share` of the gap."""
    weak, strong = (sum(getattr(pair, name) for pair in pairs) / len(pairs) for name in ("weak", "strong"))
    target = Target(quality=weak + share * (strong - weak))
    draw = random.Random(2_026)
    missed, naive, spent = 0, 0, 0.0
    everyone = range(len(pairs))
    for _ in range(RESAMPLES):
        chosen = set(draw.sample(everyone, LABELS))
        rest = [at for at in everyone if at not in chosen]
        fresh = Fresh([scores[at] for at in rest], [pairs[at] for at in rest])
        curve = curve_of([pairs[at] for at in chosen], [scores[at] for at in chosen])
        point, guess = certify(curve, target) or curve[-1], looks_right(curve, target) or curve[-1]
        quality, strong_share = fresh.at(point.threshold)
        missed += quality < (target.quality or 0)
        naive += fresh.at(guess.threshold)[0] < (target.quality or 0)
        spent += strong_share
    return missed / RESAMPLES, naive / RESAMPLES, spent / RESAMPLES


def _polite(text: str, draw: random.Random) -> str:
    before = draw.choice(("Please answer: ", "Hello! Could you please help me with this? ", "Kindly: "))
    return f"{before}{text}{draw.choice((' Thank you!', ' Thanks a lot in advance.', ' Please.'))}"


def _mistyped(text: str, draw: random.Random) -> str:
    """Two letters change places in every twentieth long word, and in one at least."""
    words = text.split(" ")
    long = [at for at, word in enumerate(words) if len(word) > LONG_WORD_CHARS and word.isalpha()]
    for at in draw.sample(long, min(len(long), 1 + len(long) // TYPO_EVERY_WORDS)):
        place = draw.randrange(1, len(words[at]) - 2)
        word = words[at]
        words[at] = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    return " ".join(words)


def _spread(text: str, draw: random.Random) -> str:
    return text.replace("\n", "\n\n\n").replace(". ", ".\n\n")


SPELLINGS: Mapping[str, Callable[[str, random.Random], str]] = {
    "politeness": _polite,
    "typos": _mistyped,
    "lower case": lambda text, draw: text.lower(),
    "extra newlines": _spread,
}


def same_decision(router: TrainedRouter, threshold: int, texts: Sequence[str]) -> dict[str, float]:
    """For each spelling, the share of texts whose label does not change. At a threshold in the middle of the
    scores, where most decisions are close, so that nothing flatters it."""

    def label(text: str) -> str:
        return router.label(router.score(text), threshold)

    before = [label(text) for text in texts]
    found = {}
    for name, spell in SPELLINGS.items():
        draw = random.Random(7)
        after = [label(spell(text, draw)) for text in texts]
        found[name] = sum(map(str.__eq__, before, after)) / len(texts)
    return found


def took_ms(router: TrainedRouter, texts: Sequence[str]) -> tuple[float, float]:
    """The median and the 95th percentile of a score and its label, in the thread's own time."""
    times = []
    for text in texts[:TIMED]:
        began = time.thread_time_ns()
        score: Score = router.score(text)
        router.label(score)
        times.append((time.thread_time_ns() - began) / 1e6)
    times.sort()
    return times[len(times) // 2], times[len(times) * 95 // 100]


@dataclass(frozen=True, slots=True)
class Goal:
    """`most_loss` is in quality, on the items that a cascade is chosen on and on those it is tested on."""

    most_loss: float
    most_cost: float


GOALS = {
    "no more than half a point lost": Goal(0.005, 0.48),
    "the largest saving at 2 % lost": Goal(0.02, 0.48),
}


def cascades() -> Iterator[tuple[str, Goal, str, float, float, str]]:
    """Chosen on half of the items, measured on the other half: for each goal the design, its share of the
    frontier's cost, what it loses, and the best single model beside it."""
    split = zeroeval()
    train, test = split[True], split[False]
    economy = [name for name, price in PRICES_USD_PER_MTOK.items() if price[1] < ECONOMY_USD_PER_MTOK]
    frontier = max(PRICES_USD_PER_MTOK, key=lambda name: _quality(train, name))
    tried = [_measured(train, design) for design in designs(economy, frontier)]
    for name, goal in GOALS.items():
        fit = [each for each in tried if each.frontier_quality - each.quality.value <= goal.most_loss]
        best = min(fit, key=lambda each: each.cost_share)
        found = _measured(test, best.design)
        words = f"2 of {' + '.join(found.design.members)}, else {frontier}"
        beside = (
            f"always {frontier} {found.frontier_quality:.4f}; agreed on {found.agreed_share:.1%}; "
            f"price ratio {found.ratio:.1f}, break-even {found.break_even:.1f}; {_by_lot(test, found)}"
        )
        yield name, goal, words, found.cost_share, found.frontier_quality - found.quality.value, beside


def _measured(outcomes: Sequence[Outcome], design: Design) -> Measured:
    return measured(answers_of(outcomes, (*design.members, design.frontier)), design)


def _quality(outcomes: Sequence[Outcome], model: str) -> float:
    scores = [outcome.quality for outcome in outcomes if outcome.model == model]
    return sum(scores) / len(scores)


def _by_lot(outcomes: Sequence[Outcome], found: Measured) -> str:
    """The same money spent without looking: the frontier for a share of the items, else the best member."""
    best = max(found.design.members, key=lambda name: _quality(outcomes, name))
    costs = [each.cost_nano for each in outcomes if each.model == best]
    cheap = sum(costs) / len(costs)
    share = (found.cost_nano - cheap) / (found.frontier_cost_nano - cheap)
    quality = _quality(outcomes, best)
    drawn = quality + share * (found.frontier_quality - quality)
    return f"the same money by lot {drawn:.4f}; {best} alone {quality:.4f}"

"""Trained routers: what a text says of how much a stronger model would gain on it. Pure.

A router is a ridge regression of the quality gap (strong less weak) on hand-made features and on words, all
of it integers in its artifact: a score can be computed again, explained, and compared between releases. The
text is normalised first, so that case and whitespace change nothing.

    score = intercept + sum of coefficient * (measure - mean) / scale + sum of coefficient * tf-idf

in gain, from -1 to 1. `tf-idf` is (1 + ln count) * idf of a word, divided by the length of that vector over
all words; those that the router does not know have an idf too, so that the less it knows of a text, the less
its words decide. A text outside the region of the data that the router was trained on is not judged by its
score: it takes the default label.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from audit.core.canonical import digest
from routing.core.facts import Score
from routing.core.knobs import MAX_DIAL
from routing.core.trained_features import FEATURES, NUMBER, Measured, measure

MICRO = 1_000_000
MAX_REASONS = 3
Z_LIMIT = 3.0  # a measure further from its mean counts as this far, so that no single one decides
SCHEMA = 1
NEVER, ALWAYS = 1_001, -1_000  # thresholds that no score reaches, and that every score does


class ArtifactUnreadable(ValueError):
    """The artifact is of another schema, lacks a part, or names a feature that this version does not know."""


@dataclass(frozen=True, slots=True)
class Feature:
    name: str
    mean: float
    scale: float
    coefficient: float


@dataclass(frozen=True, slots=True)
class Region:
    """Where the training data lies. `coverage_min` is the least share of a text's words that the router
    knows, `distance_max` the greatest mean square of its standardised measures. No tasks are every task."""

    coverage_min: float
    distance_max: float
    tasks: frozenset[str] = frozenset()

    def left_by(self, coverage: float, distance: float, task: str) -> str:
        """Why a text with these is outside; "" where it is not."""
        if self.tasks and task and task not in self.tasks:
            return f"the task {task} is not in the evaluation set"
        if coverage < self.coverage_min:
            return "its words are not those of the evaluation set"
        if distance > self.distance_max:
            return "its form is not that of the evaluation set"
        return ""


@dataclass(frozen=True, slots=True)
class Point:
    """One threshold of the curve, on graded outcomes that the router was not trained on."""

    threshold: int  # thousandths of gain
    strong_share: int  # thousandths of the requests
    quality: int  # millionths
    low: int  # millionths: the 95 % interval of the quality
    high: int
    most_loss: int  # millionths: against always the strong label, with 95 % confidence (paired)
    cost_nano: int  # per request, on average


@dataclass(frozen=True, slots=True)
class TrainedRouter:
    """One router of a release. From `threshold` (thousandths of gain) up the strong label is taken."""

    name: str
    weak: str
    strong: str
    default: str
    threshold: int
    intercept: float
    features: tuple[Feature, ...]
    words: Mapping[str, tuple[float, float]] = field(repr=False)  # word → (idf, coefficient)
    unknown_idf: float
    region: Region
    digest: str  # of the artifact
    points: tuple[Point, ...] = field(default=(), repr=False)
    most_cost_nano: int | None = None  # per request on average, where the target was a budget

    def __hash__(self) -> int:
        return hash((self.name, self.digest))

    def score(self, text: str, task: str = "") -> Score:
        """What the router makes of `text`, with the reasons that weighed most."""
        measured = measure(text)
        weighed = [*self._by_feature(measured), *self._by_word(measured)]
        gain = self.intercept + sum(weight for weight, _ in weighed)
        weighed.sort(key=lambda part: (-abs(part[0]), part[1]))
        reasons = tuple(f"{words} ({_signed(weight)})" for weight, words in weighed[:MAX_REASONS] if weight)
        outside = self.region.left_by(self._coverage(measured), self._distance(measured), task)
        thousandths = min(max(round(gain * 1000), ALWAYS), NEVER - 1)
        return Score(self.name, thousandths, reasons, outside, self.digest)

    def label(self, score: Score, threshold: int | None = None) -> str:
        """The branch that the score comes to, by the router's own threshold where none is given."""
        if score.outside:
            return self.default
        least = self.threshold if threshold is None else threshold
        return self.strong if score.thousandths >= least else self.weak

    def at_dial(self, dial: int) -> int:
        """The threshold from 0, the router's own, to MAX_DIAL, the best quality of the curve: the best point
        that costs no more than its own and `dial` tenths of what the best costs beside that.

        Never above its own threshold, never with a worse bound, and never over a budget that was its target.
        """
        own = next((point for point in self.points if point.threshold == self.threshold), None)
        if own is None:
            return self.threshold
        offered = [point for point in self.points if self._may_offer(point, own)]
        best = max(offered, key=lambda point: (point.quality, -point.cost_nano))
        most_nano = own.cost_nano + (best.cost_nano - own.cost_nano) * dial // MAX_DIAL
        within = [point for point in offered if point.cost_nano <= most_nano]
        return max(within, key=lambda point: (point.quality, -point.cost_nano)).threshold

    def _may_offer(self, point: Point, own: Point) -> bool:
        """Whether what is certified of `own` holds of the point: its bounds are no worse."""
        if point is own:
            return True
        no_worse = point.quality >= own.quality and point.low >= own.low and point.most_loss <= own.most_loss
        within = self.most_cost_nano is None or point.cost_nano <= self.most_cost_nano
        return point.threshold <= own.threshold and point.cost_nano >= own.cost_nano and no_worse and within

    def in_words(self, score: Score) -> str:
        """“The router gain says frontier: …”"""
        if score.outside:
            return f"The router {self.name} says {self.default}, its default: {score.outside}."
        return (
            f"The router {self.name} says {self.label(score)}: {score.thousandths / 1000:.3f} is to be "
            f"gained, and {self.strong} is taken from {self.threshold / 1000:.3f} on. What weighed most: "
            f"{', '.join(score.reasons) or 'nothing'}."
        )

    def _standardised(self, measured: Measured) -> list[float]:
        values = measured.features
        return [
            min(max((values[each.name] - each.mean) / each.scale, -Z_LIMIT), Z_LIMIT)
            for each in self.features
        ]

    def _by_feature(self, measured: Measured) -> list[tuple[float, str]]:
        standardised = self._standardised(measured)
        return [
            (each.coefficient * z, FEATURES[each.name][0 if z > 0 else 1])
            for each, z in zip(self.features, standardised, strict=True)
        ]

    def _by_word(self, measured: Measured) -> list[tuple[float, str]]:
        weights = []
        squares = 0.0
        for word, count in measured.words.items():
            idf, coefficient = self.words.get(word, (self.unknown_idf, 0.0))
            weight = (1 + math.log(count)) * idf
            squares += weight * weight
            if coefficient:
                weights.append((word, coefficient * weight))
        length = math.sqrt(squares) or 1.0
        return [(weight / length, _word_in_words(word)) for word, weight in weights]

    def _coverage(self, measured: Measured) -> float:
        total = sum(measured.words.values())
        known = sum(count for word, count in measured.words.items() if word in self.words)
        return known / total if total else 0.0

    def _distance(self, measured: Measured) -> float:
        standardised = self._standardised(measured)
        return sum(z * z for z in standardised) / max(len(standardised), 1)


def router_from(value: Mapping[str, Any]) -> TrainedRouter:
    """The router of a release's document: a name, its labels, a threshold and an artifact.

    Raises ArtifactUnreadable.
    """
    artifact = value["artifact"]
    if artifact.get("schema") != SCHEMA:
        raise ArtifactUnreadable(f"schema {artifact.get('schema')!r} is not {SCHEMA}")
    try:
        return TrainedRouter(
            name=value["name"],
            weak=value["weak"],
            strong=value["strong"],
            default=value["default"],
            threshold=value["threshold"],
            intercept=artifact["intercept"] / MICRO,
            features=tuple(_feature(each) for each in artifact["features"]),
            words={word: (idf / MICRO, coefficient / MICRO) for word, idf, coefficient in artifact["words"]},
            unknown_idf=artifact["unknown_idf"] / MICRO,
            region=_region(artifact["region"]),
            points=tuple(Point(**point) for point in artifact.get("curve", ())),
            digest=digest(artifact),
            most_cost_nano=artifact.get("target", {}).get("cost_nano"),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ArtifactUnreadable(f"{type(error).__name__}: {error}") from error


def _feature(value: Sequence[Any]) -> Feature:
    name, mean, scale, coefficient = value
    if name not in FEATURES or scale <= 0:
        raise ArtifactUnreadable(f"no such feature: {name!r}")
    return Feature(name, mean / MICRO, scale / MICRO, coefficient / MICRO)


def _region(value: Mapping[str, Any]) -> Region:
    return Region(value["coverage_min"] / MICRO, value["distance_max"] / MICRO, frozenset(value["tasks"]))


def _word_in_words(word: str) -> str:
    return "numbers" if word == NUMBER else f"the word {word}"


def _signed(weight: float) -> str:
    return f"{round(weight * 1000):+d}"

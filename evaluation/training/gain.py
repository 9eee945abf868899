"""Training a gain router: texts with the graded quality of a weak and a strong model, into an artifact.

1. Texts are measured as a request will be (routing.core.trained_features).
2. Words that come in MIN_TEXTS texts and more, the MAX_WORDS most common of them, are its vocabulary.
3. Ridge regression of the gap in quality. Form is trusted less than it varies and words less still: strong
   penalties cost little where the data is like this and carry further where it is not.
4. The folds' scores of texts that they were not trained on say how far to stretch scores, so that a score is
   the gain to expect; thresholds are set on those scores too (evaluation.core).
"""

import hashlib
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evaluation.core.outcomes import Pair
from evaluation.training.ridge import Fit, Floats, Integers, Sparse, fit, summed
from routing.core.trained import MICRO, SCHEMA, Z_LIMIT
from routing.core.trained_features import FEATURES, Measured, measure

MAX_WORDS = 1_500
MIN_TEXTS = 5
FORM_PENALTY = 10_000.0
WORD_PENALTY = 400.0
FOLDS = 5
MAX_STRETCH = 10.0
REGION_TAIL = 0.01  # of the training texts themselves, this share is outside in each measure
REGION_SLACK = 1.25


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What is known before the regression: words with their idf, and the usual size of each feature."""

    idf: dict[str, float]
    unknown_idf: float
    means: Floats
    scales: Floats

    def matrix(self, texts: Sequence[Measured]) -> Sparse:
        """A row for each text: its features, standardised, then its words."""
        rows, columns, values = [], [], []
        place = {word: len(FEATURES) + at for at, word in enumerate(self.idf)}
        for row, text in enumerate(texts):
            measures = np.array([text.features[name] for name in FEATURES])
            standard = np.clip((measures - self.means) / self.scales, -Z_LIMIT, Z_LIMIT)
            weights = {
                word: (1 + math.log(count)) * self.idf.get(word, self.unknown_idf)
                for word, count in text.words.items()
            }
            length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
            known = [(place[word], weight / length) for word, weight in weights.items() if word in place]
            columns += [*range(len(FEATURES)), *(column for column, _ in known)]
            values += [*standard, *(weight for _, weight in known)]
            rows += [row] * (len(FEATURES) + len(known))
        return Sparse(
            np.array(rows, dtype=np.int64),
            np.array(columns, dtype=np.int64),
            np.array(values),
            (len(texts), len(FEATURES) + len(self.idf)),
        )

    def penalties(self) -> Floats:
        return np.concatenate([np.full(len(FEATURES), FORM_PENALTY), np.full(len(self.idf), WORD_PENALTY)])


@dataclass(frozen=True, slots=True)
class Trained:
    """`held_out` is each pair's score by a fold that was not trained on it, in gain."""

    artifact: dict[str, Any]
    held_out: list[float]


def train(pairs: Sequence[Pair], tasks: Sequence[str] = ()) -> Trained:
    """Equal pairs make equal artifacts, byte for byte, in whichever order they come."""
    ordered = sorted(pairs, key=lambda pair: pair.key)
    texts = [measure(pair.text) for pair in ordered]
    gaps = np.array([pair.gap for pair in ordered])
    vocabulary = learn(texts)
    matrix = vocabulary.matrix(texts)
    held_out = _held_out(texts, gaps, [pair.key for pair in ordered])
    stretch = _stretch(held_out, gaps)
    fitted = _stretched(fit(matrix, gaps, vocabulary.penalties()), gaps, stretch)
    scores = gaps.mean() + stretch * (held_out - gaps.mean())
    by_key = {pair.key: float(score) for pair, score in zip(ordered, scores, strict=True)}
    artifact = _artifact(vocabulary, fitted, _region(vocabulary, matrix, texts, tasks))
    return Trained(artifact, [by_key[pair.key] for pair in pairs])


def learn(texts: Sequence[Measured]) -> Vocabulary:
    found = Counter(word for text in texts for word in text.words)
    common = sorted(
        (word for word, count in found.items() if count >= MIN_TEXTS), key=lambda word: (-found[word], word)
    )
    measures = np.array([[text.features[name] for name in FEATURES] for text in texts])
    scales = measures.std(axis=0)
    return Vocabulary(
        idf={word: _idf(len(texts), found[word]) for word in sorted(common[:MAX_WORDS])},
        unknown_idf=_idf(len(texts), 0),
        means=measures.mean(axis=0),
        scales=np.where(scales < 1e-6, 1.0, scales),
    )


def fold_of(key: str) -> int:
    """By the key alone, so that a pair stays in its fold however many others there are."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()[0] % FOLDS


def _idf(texts: int, found: int) -> float:
    return math.log((1 + texts) / (1 + found)) + 1


def _held_out(texts: Sequence[Measured], gaps: Floats, keys: Sequence[str]) -> Floats:
    scores = np.full(len(texts), float(gaps.mean()))
    folds = np.array([fold_of(key) for key in keys])
    for fold in range(FOLDS):
        inside: Integers = np.flatnonzero(folds != fold)
        outside: Integers = np.flatnonzero(folds == fold)
        if not len(inside) or not len(outside):
            continue
        vocabulary = learn([texts[at] for at in inside])
        fitted = fit(vocabulary.matrix([texts[at] for at in inside]), gaps[inside], vocabulary.penalties())
        scores[outside] = fitted.predict(vocabulary.matrix([texts[at] for at in outside]))
    return scores


def _stretch(held_out: Floats, gaps: Floats) -> float:
    """The slope of the gaps on the scores, which penalties have shrunk; 1 where there is none."""
    centred = held_out - held_out.mean()
    spread = float((centred * centred).sum())
    slope = float((centred * (gaps - gaps.mean())).sum()) / spread if spread > 0 else 0.0
    return min(max(slope, 1.0), MAX_STRETCH)


def _stretched(fitted: Fit, gaps: Floats, stretch: float) -> Fit:
    mean = float(gaps.mean())
    return Fit(fitted.coefficients * stretch, mean + stretch * (fitted.intercept - mean))


def _region(
    vocabulary: Vocabulary, matrix: Sparse, texts: Sequence[Measured], tasks: Sequence[str]
) -> dict[str, Any]:
    form = matrix.columns < len(FEATURES)
    squares = summed(matrix.rows[form], matrix.values[form] ** 2, matrix.shape[0])
    coverage = [
        sum(count for word, count in text.words.items() if word in vocabulary.idf)
        / max(sum(text.words.values()), 1)
        for text in texts
    ]
    return {
        "coverage_min": _micro(float(np.quantile(coverage, REGION_TAIL)) / REGION_SLACK),
        "distance_max": _micro(float(np.quantile(squares / len(FEATURES), 1 - REGION_TAIL)) * REGION_SLACK),
        "tasks": sorted(set(tasks)),
    }


def _artifact(vocabulary: Vocabulary, fitted: Fit, region: dict[str, Any]) -> dict[str, Any]:
    form, words = np.split(fitted.coefficients, [len(FEATURES)])
    return {
        "schema": SCHEMA,
        "intercept": _micro(fitted.intercept),
        "features": [
            [name, _micro(mean), _micro(scale), _micro(coefficient)]
            for name, mean, scale, coefficient in zip(
                FEATURES, vocabulary.means, vocabulary.scales, form, strict=True
            )
        ],
        "words": [
            [word, _micro(idf), _micro(coefficient)]
            for (word, idf), coefficient in zip(vocabulary.idf.items(), words, strict=True)
        ],
        "unknown_idf": _micro(vocabulary.unknown_idf),
        "region": region,
    }


def _micro(value: float) -> int:
    return round(float(value) * MICRO)

"""What models made of a set: each one's quality with its interval, and two of them in pairs. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from audit.core.means import Mean
from evaluation.core.bounds import mean_of


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer to one item; `score` is 0 to 1, or None where it was not graded."""

    item: str
    who: str
    score: float | None
    cost_nano: int | None = None
    latency_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    who: str
    answers: int
    graded: int
    quality: Mean
    cost_nano: int
    median_ms: int | None

    @property
    def interval(self) -> tuple[float, float]:
        """Of the quality, 95 %, within what a quality can be."""
        low, high = (min(max(end, 0.0), 1.0) for end in self.quality.interval)
        return low, high


@dataclass(frozen=True, slots=True)
class Paired:
    """How much better `better` is than `than`, over the items that both answered."""

    better: str
    than: str
    items: int
    gain: Mean

    @property
    def verdict(self) -> str:
        """By the one-sided 95 % bounds."""
        if self.gain.lower > 0:
            return f"{self.better} is better for certain"
        if self.gain.upper < 0:
            return f"{self.than} is better for certain"
        return "no difference that could be measured"


def summaries(answers: Iterable[Answered]) -> list[Summary]:
    """The best first."""
    by_who: dict[str, list[Answered]] = {}
    for each in answers:
        by_who.setdefault(each.who, []).append(each)
    found = [_summary(who, its) for who, its in by_who.items()]
    return sorted(found, key=lambda each: (-each.quality.value, each.cost_nano, each.who))


def _summary(who: str, answers: Sequence[Answered]) -> Summary:
    scores = [each.score for each in answers if each.score is not None]
    times = [each.latency_ms for each in answers if each.latency_ms is not None]
    costs = [each.cost_nano for each in answers if each.cost_nano is not None]
    return Summary(
        who,
        len(answers),
        len(scores),
        mean_of(scores, least=0.0, most=1.0),
        round(sum(costs) / len(costs)) if costs else 0,
        round(median(times)) if times else None,
    )


def paired(answers: Iterable[Answered], better: str, than: str) -> Paired:
    """By item: of several answers to one, the last."""
    scores: dict[str, dict[str, float]] = {better: {}, than: {}}
    for each in answers:
        if each.who in scores and each.score is not None:
            scores[each.who][each.item] = each.score
    gains = _gains(scores[better], scores[than])
    return Paired(better, than, len(gains), mean_of(gains, least=-1.0, most=1.0))


def _gains(first: Mapping[str, float], second: Mapping[str, float]) -> list[float]:
    return [score - second[item] for item, score in first.items() if item in second]

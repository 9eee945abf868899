"""What another release would have made of recorded requests: which flip from what to what, and the cost.

Pure: recorded facts and live inputs are decided under both releases and compared (what was detected then is
weighed by each release's own rules); the answer is a value that canonical JSON can hold. Cost is that of the
tokens which the request really used, at the price of the deployment that each release would have called
first. Latency is that of each deployment's own attempts.

Intervals are normal ones at 95 %: mean ± 1.96 standard errors. Under MIN_SAMPLES there is none.
"""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from routing.core.cost import Use, cost
from routing.core.decide import decide
from routing.core.decision import Decision, Refusal
from routing.core.detected import weighed_again
from routing.core.facts import Facts, Live
from routing.core.flips import cause_in_words, cause_of, first_call
from routing.core.release import Release

MAX_FLIPS = 100
MAX_EXAMPLES = 50
MAX_TOP = 20
MIN_SAMPLES = 20
Z_95 = 1.96
REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Used:
    """Tokens that a request's answer took."""

    input_tokens: int
    output_tokens: int
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Latency:
    """A deployment's recorded attempts."""

    count: int
    mean_ms: float
    variance_ms2: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a request goes: the deployment that is called first, or why it is refused."""

    policy: str
    rule: str
    deployment: str = ""
    refusal: str = ""

    @property
    def target(self) -> str:
        return self.deployment or REFUSED


def outcome_of(decision: Decision) -> Outcome:
    if isinstance(decision, Refusal):
        return Outcome(decision.policy, decision.rule, refusal=decision.reason.value)
    return Outcome(decision.policy, decision.rule, deployment=first_call(decision))


@dataclass(slots=True)
class Sums:
    """Of a quantity's difference: enough for its mean and the error of that."""

    count: int = 0
    total: int = 0
    squares: int = 0

    def add(self, value: int) -> None:
        self.count += 1
        self.total += value
        self.squares += value * value

    def half_width(self) -> int | None:
        """Half of the interval of the total, in the quantity's unit; None where there is too little data."""
        if self.count < MIN_SAMPLES:
            return None
        variance = max(self.squares - self.total**2 / self.count, 0.0) / (self.count - 1)
        return round(Z_95 * math.sqrt(variance * self.count))


@dataclass(slots=True)
class Impact:
    """Gathers one request after another; `value` is the report."""

    before: Release
    after: Release
    requests: int = 0
    rerouted: int = 0
    newly_refused: int = 0
    newly_allowed: int = 0
    refused_otherwise: int = 0
    other_rule: int = 0
    flips: "Counter[tuple[str, str, str]]" = field(default_factory=Counter)
    applications: "Counter[str]" = field(default_factory=Counter)
    data_classes: "Counter[str]" = field(default_factory=Counter)
    examples: list[dict[str, str]] = field(default_factory=list)
    cost: Sums = field(default_factory=Sums)
    cost_before_nano: int = 0
    first_before: "Counter[str]" = field(default_factory=Counter)
    first_after: "Counter[str]" = field(default_factory=Counter)

    def add(self, facts: Facts, live: Live, used: Used | None) -> None:
        was = decide(self.before, weighed_again(self.before, facts), live)
        becomes = decide(self.after, weighed_again(self.after, facts), live)
        old, new = outcome_of(was), outcome_of(becomes)
        self.requests += 1
        if old.deployment and new.deployment:
            self.first_before[old.deployment] += 1
            self.first_after[new.deployment] += 1
            if used is not None:
                self._add_cost(old, new, live.now_us, used)
        if old.target != new.target:
            self._add_flip(facts, old, new, cause_of(was, becomes))
        elif old.refusal != new.refusal:
            self.refused_otherwise += 1
        elif old != new:
            self.other_rule += 1

    def _add_cost(self, old: Outcome, new: Outcome, now_us: int, used: Used) -> None:
        was = _cost(self.before, old.deployment, now_us, used)
        becomes = _cost(self.after, new.deployment, now_us, used)
        if was is not None and becomes is not None:
            self.cost.add(becomes - was)
            self.cost_before_nano += was

    def _add_flip(self, facts: Facts, old: Outcome, new: Outcome, cause: str) -> None:
        if not new.deployment:
            self.newly_refused += 1
        elif not old.deployment:
            self.newly_allowed += 1
        else:
            self.rerouted += 1
        self.flips[(old.target, new.target, cause)] += 1
        self.applications[facts.application] += 1
        self.data_classes[facts.data_class] += 1
        if len(self.examples) < MAX_EXAMPLES:
            self.examples.append(
                {
                    "request": facts.request_id,
                    "application": facts.application,
                    "task": facts.task,
                    "data_class": facts.data_class,
                    "before": _words(old),
                    "after": _words(new),
                    "reason": cause_in_words(cause, old.target, new.target),
                }
            )

    def value(self, latencies: Mapping[str, Latency]) -> dict[str, Any]:
        """The report: counts, flips from the most frequent, cost in nano-dollars, latency in milliseconds."""
        flips = [
            {"before": before, "after": after, "reason": reason, "count": count}
            for (before, after, reason), count in sorted(
                self.flips.items(), key=lambda item: (-item[1], item[0])
            )
        ]
        return {
            "requests": self.requests,
            "rerouted": self.rerouted,
            "newly_refused": self.newly_refused,
            "newly_allowed": self.newly_allowed,
            "refused_otherwise": self.refused_otherwise,
            "other_rule": self.other_rule,
            "flips": flips[:MAX_FLIPS],
            "further_flips": max(0, len(flips) - MAX_FLIPS),
            "applications": _top(self.applications),
            "data_classes": _top(self.data_classes),
            "examples": self.examples,
            "cost": {
                "requests": self.cost.count,
                "before_nano": self.cost_before_nano,
                "change_nano": self.cost.total,
                "half_width_nano": self.cost.half_width(),
            },
            "latency": self._latency(latencies),
        }

    def _latency(self, latencies: Mapping[str, Latency]) -> dict[str, Any]:
        """The change of the mean time of a first call: each deployment's own mean, weighted by how often it
        is called; told where every deployment whose share changes has enough attempts."""
        total = sum(self.first_after.values())
        shift = {
            name: self.first_after[name] - self.first_before[name]
            for name in sorted(set(self.first_before) | set(self.first_after))
        }
        moving = {name: count for name, count in shift.items() if count}
        unknown = sorted(name for name in moving if _samples(latencies, name) < MIN_SAMPLES)
        answer: dict[str, Any] = {"requests": total, "unknown": unknown[:MAX_FLIPS]}
        if unknown or not total:
            return {**answer, "change_ms": None, "half_width_ms": None}
        change = sum(count * latencies[name].mean_ms for name, count in moving.items()) / total
        error = math.sqrt(
            sum(
                (count / total) ** 2 * latencies[name].variance_ms2 / latencies[name].count
                for name, count in moving.items()
            )
        )
        return {**answer, "change_ms": round(change), "half_width_ms": round(Z_95 * error)}


def _cost(release: Release, deployment: str, now_us: int, used: Used) -> int | None:
    price = release.deployments[deployment].price_at(now_us)
    if price is None:
        return None
    found = cost(
        price,
        Use(
            input_tokens=used.input_tokens,
            output_tokens=used.output_tokens,
            cache_read_tokens=used.cache_read_tokens,
            cache_write_tokens=used.cache_write_tokens,
        ),
        at_us=now_us,
    )
    return None if found.unpriced else found.nano


def _samples(latencies: Mapping[str, Latency], name: str) -> int:
    return latencies[name].count if name in latencies else 0


def _words(outcome: Outcome) -> str:
    place = f"{outcome.policy}, {outcome.rule}" if outcome.rule else outcome.policy
    return f"{outcome.target} ({place})" if place else outcome.target


def _top(counts: "Counter[str]") -> list[list[Any]]:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [[name, count] for name, count in ordered[:MAX_TOP]]

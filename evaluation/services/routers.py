"""Routers: trained, measured and proposed. Nothing here puts one in force; other people approve it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from evaluation.core.bounds import Lift, lift_of
from evaluation.core.curve import MIN_LABELS, Point, Target, certified, curve_of, point_at
from evaluation.core.items import set_digest
from evaluation.core.outcomes import Outcome, Pair, pairs_of
from evaluation.errors import NoLift, NotEnoughOutcomes, TrainingMissing
from evaluation.models import EvaluationSet
from evaluation.services import outcomes as files
from registry.models import Proposal, Source, User
from registry.services import proposals
from registry.services.rehearsal import rehearse
from routing.core.trained import ALWAYS, MICRO, NEVER
from routing.core.trained import TrainedRouter as CoreRouter
from routing.models import TrainedRouter


@dataclass(frozen=True, slots=True)
class Labels:
    """What the router says, and whose answers it was trained on. `default` is one of the two labels."""

    weak: str
    strong: str
    default: str
    weak_model: str
    strong_model: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a router is worth on graded outcomes, and the point that its threshold is at."""

    pairs: int
    lift: Lift | None
    curve: tuple[Point, ...]
    chosen: Point | None
    outside_share: float = 0.0

    @property
    def by_lot(self) -> float:
        """The quality of the chosen point's cost, had the same share been drawn by lot."""
        weak, strong = self.curve[0], self.curve[-1]
        assert self.chosen is not None
        spread = strong.cost_nano - weak.cost_nano
        share = (self.chosen.cost_nano - weak.cost_nano) / spread if spread else self.chosen.strong_share
        return weak.quality.value + share * (strong.quality.value - weak.quality.value)


@dataclass(frozen=True, slots=True)
class Made:
    """A router that is worth proposing."""

    artifact: Mapping[str, Any]
    threshold: int
    report: Report


def make(
    *,
    evaluation_set: EvaluationSet,
    outcomes: Sequence[Outcome],
    labels: Labels,
    target: Target,
    price_date: date,
) -> Made:
    """A router with the cheapest threshold that meets `target` for certain.

    1. Train on the pairs of answers; score each by a fold that has not seen it.
    2. Where these scores order the gain no better than chance does: NoLift.
    3. Take the cheapest threshold whose 95 % bound holds. None, or one at an end, is NoLift too.
    """
    items = files.items_of(evaluation_set)
    pairs = _pairs(items, outcomes, labels)
    trained = _train(pairs)
    scores = [_thousandths(gain) for gain in trained.held_out]
    report = _report(pairs, scores)
    if report.lift is None or not report.lift.is_measurable:
        raise NoLift
    point = certified(report.curve, target)
    _refuse_ends(point, target, labels)
    assert point is not None
    artifact = {
        **trained.artifact,
        "data": {
            "set": evaluation_set.name,
            "sha256": set_digest(items.values()),
            "labels": len(pairs),
            "weak_model": labels.weak_model,
            "strong_model": labels.strong_model,
        },
        "price_date": price_date.isoformat(),
        "lift": {name: _micro(getattr(report.lift, name)) for name in ("area", "low", "high")},
        "target": _target_value(target),
        "curve": [_point_value(each) for each in report.curve],
    }
    return Made(artifact, point.threshold, replace(report, chosen=point))


def evaluate(
    *, router: CoreRouter, evaluation_set: EvaluationSet, outcomes: Sequence[Outcome], labels: Labels
) -> Report:
    """What `router` is worth on outcomes that it was not trained on. Outside its region it takes its default,
    so those items count at the end of the scale."""
    pairs = _pairs(files.items_of(evaluation_set), outcomes, labels)
    scores = [router.score(pair.text, pair.task) for pair in pairs]
    outside = NEVER - 1 if router.default == router.strong else ALWAYS
    thousandths = [outside if score.outside else score.thousandths for score in scores]
    report = _report(pairs, thousandths)
    chosen = point_at(pairs, thousandths, router.threshold)
    share = sum(bool(score.outside) for score in scores) / len(scores)
    return replace(report, chosen=chosen, outside_share=share)


def propose(*, author: User, name: str, labels: Labels, made: Made, reason: str = "") -> Proposal:
    """A draft of the router, new or in place of the one of that name. Raises what proposals raise."""

    def write() -> None:
        row = TrainedRouter.objects.filter(name=name).first() or TrainedRouter(name=name)
        row.weak, row.strong, row.default = labels.weak, labels.strong, labels.default
        row.threshold, row.artifact = made.threshold, dict(made.artifact)
        row.full_clean()
        row.save()

    changes = rehearse(write).changes
    return proposals.draft(
        author=author, title=f"Train router {name}", reason=reason, changes=changes, source=Source.COMMAND
    )


def _pairs(items: Mapping[str, Any], outcomes: Sequence[Outcome], labels: Labels) -> list[Pair]:
    pairs = pairs_of(outcomes, items, weak=labels.weak_model, strong=labels.strong_model)
    if len(pairs) < MIN_LABELS:
        raise NotEnoughOutcomes(
            f"{len(pairs)} items were answered by both {labels.weak_model} and {labels.strong_model}; "
            f"{MIN_LABELS} are needed."
        )
    return pairs


def _train(pairs: Sequence[Pair]) -> Any:
    try:
        from evaluation.training.gain import train
    except ImportError as error:
        raise TrainingMissing from error
    return train(pairs, sorted({pair.task for pair in pairs if pair.task}))


def _report(pairs: Sequence[Pair], thousandths: Sequence[int]) -> Report:
    lift = lift_of(thousandths, [pair.gap for pair in pairs])
    return Report(len(pairs), lift, tuple(curve_of(pairs, thousandths)), None)


def _refuse_ends(point: Point | None, target: Target, labels: Labels) -> None:
    """An end of the curve needs no router."""
    if point is None:
        raise NoLift("No threshold meets the target for certain: label more, ask for less, or keep rules.")
    budget = target.cost_nano is not None
    if point.threshold == ALWAYS and budget:
        raise NoLift(f"The budget holds always {labels.strong}, and nothing cheaper is as good.")
    if point.threshold == ALWAYS:
        raise NoLift(f"Only always {labels.strong} meets the target for certain: keep the rules.")
    if point.threshold == NEVER and budget:
        raise NoLift(f"Within the budget nothing is better than always {labels.weak}: no router is needed.")
    if point.threshold == NEVER:
        raise NoLift(f"Always {labels.weak} meets the target already: no router is needed.")


def _target_value(target: Target) -> dict[str, int]:
    if target.quality is not None:
        return {"quality": _micro(target.quality)}
    if target.loss is not None:
        return {"loss": _micro(target.loss)}
    return {"cost_nano": round(target.cost_nano or 0)}


def _point_value(point: Point) -> dict[str, int]:
    low, high = point.quality.interval
    return {
        "threshold": point.threshold,
        "strong_share": round(point.strong_share * 1000),
        "quality": _micro(point.quality.value),
        "low": _micro(low),
        "high": _micro(high),
        "most_loss": _micro(-point.against_strong.lower),
        "cost_nano": round(point.cost_nano),
    }


def _thousandths(gain: float) -> int:
    return min(max(round(gain * 1000), ALWAYS), NEVER - 1)


def _micro(value: float) -> int:
    return round(value * MICRO)

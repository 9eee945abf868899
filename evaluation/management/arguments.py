"""What the commands of evaluation have in common: where outcomes come from, and how a curve is printed."""

from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandError, CommandParser

from evaluation.core.curve import Point
from evaluation.models import EvaluationSet
from evaluation.services.routers import Labels, Report
from registry.models import User

NANO_PER_USD = 1_000_000_000
HEADS = " threshold  strong  quality    95 % interval  by lot  USD/request"


def add_outcomes(parser: CommandParser) -> None:
    parser.add_argument("--set", required=True, help="the evaluation set, by name")
    parser.add_argument("--outcomes", required=True, help="graded outcomes of it: JSON Lines, or .csv")


def add_pair(parser: CommandParser) -> None:
    parser.add_argument("router", help="the router's name")
    parser.add_argument("--weak", required=True, help="the cheaper model, as the outcomes name it")
    parser.add_argument("--strong", required=True, help="the better model, as the outcomes name it")


def set_of(options: dict[str, Any]) -> EvaluationSet:
    found = EvaluationSet.objects.filter(name=options["set"]).first()
    if found is None:
        raise CommandError(f"There is no evaluation set “{options['set']}”.")
    return found


def author_of(options: dict[str, Any]) -> User | None:
    """Nobody where nobody was named."""
    if not options["author"]:
        return None
    author = User.objects.filter(username=options["author"], is_active=True).first()
    if author is None:
        raise CommandError(f"There is no user “{options['author']}”.")
    return author


def report_lines(report: Report, labels: Labels) -> Iterator[str]:
    """The lift, the curve beside chance and both models alone, and the chosen point."""
    yield f"{report.pairs} items, answered by {labels.weak_model} and {labels.strong_model}."
    if report.lift is None:
        yield "No measurable lift: the stronger model gains nothing here. Keep the rules."
    else:
        lift = report.lift
        verdict = "measurable" if lift.is_measurable else "no measurable lift: keep the rules"
        yield (
            f"Of the gain {lift.area:.3f} is recovered, averaged over all shares (chance 0.500; "
            f"95 % interval {lift.low:.3f} to {lift.high:.3f}; p {lift.chance_of_none:.4f}): {verdict}."
        )
    yield HEADS
    for point in report.curve:
        yield _line(point, report)
    if report.outside_share:
        outside = f"{report.outside_share:.1%} of the items are outside the router's region"
        yield f"{outside}: they take its default."
    if report.chosen is not None:
        yield f"At the threshold {report.chosen.threshold}:"
        yield _line(report.chosen, report)
        yield (
            f"Against always {labels.strong_model}: a loss of at most "
            f"{-report.chosen.against_strong.lower:.3f} with 95 % confidence, "
            f"at {_share(report.chosen, report):.1%} of its cost."
        )


def _line(point: Point, report: Report) -> str:
    low, high = point.quality.interval
    weak, strong = report.curve[0], report.curve[-1]
    spread = strong.cost_nano - weak.cost_nano
    share = (point.cost_nano - weak.cost_nano) / spread if spread else point.strong_share
    by_lot = weak.quality.value + share * (strong.quality.value - weak.quality.value)
    return (
        f"{point.threshold:>10} {point.strong_share:>7.1%} {point.quality.value:>8.4f} "
        f"{low:>8.4f}-{high:.4f} {by_lot:>7.4f} {point.cost_nano / NANO_PER_USD:>12.6f}"
    )


def _share(point: Point, report: Report) -> float:
    dearest = report.curve[-1].cost_nano
    return point.cost_nano / dearest if dearest else 1.0

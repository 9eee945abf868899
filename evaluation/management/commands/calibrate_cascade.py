"""Finds the cascade that costs least without losing more than is allowed, and says why others are not."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evaluation.core.cascade import Measured, answers_of, designs, measured, route_of
from evaluation.errors import EvaluationError
from evaluation.management import arguments
from evaluation.services import outcomes as files

SHOWN = 10
COMPARES = ("text", "json", "number", "choice")


class Command(BaseCommand):
    help = "Measures cascades of economy models that must agree, and names the one to take, or why none is."

    def add_arguments(self, parser: CommandParser) -> None:
        arguments.add_outcomes(parser)
        parser.add_argument("--economy", required=True, help="the cheap models, separated by commas")
        parser.add_argument("--frontier", required=True, help="who answers where they do not agree")
        parser.add_argument(
            "--loss", type=float, default=0.02, help="at most this loss against the frontier, for certain"
        )

        parser.add_argument(
            "--compare",
            choices=COMPARES,
            default="text",
            help="how the route is to compare answers",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        economy = [name.strip() for name in options["economy"].split(",") if name.strip()]
        if len(set(economy)) != len(economy) or len(economy) < 2 or options["frontier"] in economy:
            raise CommandError("Name two or more different economy models, and another frontier model.")
        evaluation_set = arguments.set_of(options)
        try:
            outcomes = files.read(Path(options["outcomes"]), files.items_of(evaluation_set))
        except EvaluationError as error:
            raise CommandError(str(error)) from error
        found = sorted(
            (
                measured(answers_of(outcomes, (*design.members, design.frontier)), design)
                for design in designs(economy, options["frontier"])
            ),
            key=lambda each: each.cost_share,
        )
        for each in found[:SHOWN]:
            self.stdout.write(_line(each, each.problem(options["loss"])))
        taken = next((each for each in found if not each.problem(options["loss"])), None)
        if taken is None:
            raise CommandError("No cascade is to be had: keep the frontier model.", returncode=1)
        self.stdout.write("Take:\n" + _line(taken, ""))
        self.stdout.write("\nAs a route, where these are the names of your models:\n")
        self.stdout.write(route_of(taken.design, options["compare"]))


def _line(each: Measured, problem: str) -> str:
    design = each.design
    words = (
        f"{design.quorum} of {' + '.join(design.members)}, else {design.frontier}: quality "
        f"{each.quality.value:.4f} (frontier alone {each.frontier_quality:.4f}) at {each.cost_share:.1%} "
        f"of its cost; they agree on {each.agreed_share:.1%}; price ratio {each.ratio:.1f}, break-even "
        f"{each.break_even:.1f}; {each.items} items"
    )
    return f"{words}\n    refused: {problem}" if problem else words

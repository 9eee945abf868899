"""Trains a router on graded outcomes, and proposes it where it is measurably worth it."""

from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from evaluation.core.curve import Target
from evaluation.errors import EvaluationError
from evaluation.management import arguments
from evaluation.services import outcomes as files
from evaluation.services import routers
from registry.errors import RegistryError
from registry.services import proposals
from registry.services.applying import words_of

NANO_PER_USD = 1_000_000_000


class Command(BaseCommand):
    help = (
        "Trains a router on graded outcomes, and proposes it; it says so where there is no measurable lift."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        arguments.add_outcomes(parser)
        arguments.add_pair(parser)
        parser.add_argument("--weak-label", help="what it says below the threshold (the model)")
        parser.add_argument("--strong-label", help="what it says from the threshold up (the model)")
        parser.add_argument(
            "--default", choices=("weak", "strong"), default="strong", help="outside the set's region"
        )
        target = parser.add_mutually_exclusive_group(required=True)
        target.add_argument("--quality", type=float, help="at least this mean score, for certain")
        target.add_argument("--loss", type=float, help="at most this loss against the strong one")
        target.add_argument("--budget-usd", type=float, help="at most this cost per request")
        parser.add_argument(
            "--price-date",
            type=date.fromisoformat,
            required=True,
            help="whose prices the costs are at",
        )
        parser.add_argument("--author", help="who proposes it, by user name; without one nothing is proposed")
        parser.add_argument("--reason", default="", help="why; what it was trained on, where none is given")
        parser.add_argument("--submit", action="store_true", help="put it to its approvers at once")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._handle(options)
        except EvaluationError as error:
            raise CommandError(str(error)) from error
        except (RegistryError, ValidationError) as error:
            raise CommandError(words_of(error)) from error

    def _handle(self, options: dict[str, Any]) -> None:
        evaluation_set = arguments.set_of(options)
        labels = _labels(options)
        budget = options["budget_usd"]
        made = routers.make(
            evaluation_set=evaluation_set,
            outcomes=files.read(Path(options["outcomes"]), files.items_of(evaluation_set)),
            labels=labels,
            target=Target(
                options["quality"], options["loss"], None if budget is None else budget * NANO_PER_USD
            ),
            price_date=options["price_date"],
        )
        for line in arguments.report_lines(made.report, labels):
            self.stdout.write(line)
        author = arguments.author_of(options)
        if author is None:
            self.stdout.write("Nothing was proposed: name an --author.")
            return
        proposal = routers.propose(
            author=author,
            name=options["router"],
            labels=labels,
            made=made,
            reason=options["reason"] or f"Trained on the set {evaluation_set.name}, with a measurable lift.",
        )
        if options["submit"]:
            proposal = proposals.submit(proposal=proposal, actor=author)
        self.stdout.write(f"{proposal}: {proposal.get_state_display().lower()}.")


def _labels(options: dict[str, Any]) -> routers.Labels:
    weak = options["weak_label"] or options["weak"]
    strong = options["strong_label"] or options["strong"]
    default = strong if options["default"] == "strong" else weak
    return routers.Labels(weak, strong, default, options["weak"], options["strong"])

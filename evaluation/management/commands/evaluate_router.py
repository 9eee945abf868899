"""Measures a router that is in force on graded outcomes that it was not trained on."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evaluation.errors import EvaluationError
from evaluation.management import arguments
from evaluation.services import outcomes as files
from evaluation.services import routers
from routing.models import TrainedRouter


class Command(BaseCommand):
    help = "Says what a trained router is worth on graded outcomes; exits with 1 where there is no lift."

    def add_arguments(self, parser: CommandParser) -> None:
        arguments.add_outcomes(parser)
        arguments.add_pair(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        row = TrainedRouter.objects.filter(name=options["router"]).first()
        if row is None:
            raise CommandError(f"There is no trained router “{options['router']}”.")
        evaluation_set = arguments.set_of(options)
        labels = routers.Labels(row.weak, row.strong, row.default, options["weak"], options["strong"])
        try:
            report = routers.evaluate(
                router=row.router,
                evaluation_set=evaluation_set,
                outcomes=files.read(Path(options["outcomes"]), files.items_of(evaluation_set)),
                labels=labels,
            )
        except EvaluationError as error:
            raise CommandError(str(error)) from error
        for line in arguments.report_lines(report, labels):
            self.stdout.write(line)
        if evaluation_set.digest == row.artifact.get("data", {}).get("sha256"):
            self.stdout.write("The router was trained on this very set: these figures flatter it.")
        if report.lift is None or not report.lift.is_measurable:
            raise CommandError("No measurable lift: keep the rules.", returncode=1)

"""Runs models over an evaluation set, through the gate as any request, and says how good they were."""

import time
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.selectors import words
from evaluation import running
from evaluation.errors import EvaluationError, RunRefused
from evaluation.management import arguments
from evaluation.models import EvaluationSet, ModelRun, RunState
from evaluation.selectors import results, unanswered
from evaluation.services import measured, runs
from registry.errors import RegistryError

LEAST_WAIT_S = 1.0


class Command(BaseCommand):
    help = "Asks models every item of an evaluation set by a key of an application, and compares them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("set", nargs="?", help="the evaluation set, by name")
        parser.add_argument("--models", default="", help="models or policies, with commas between")
        parser.add_argument("--key", default="", help="the prefix of the API key whose requests they are")
        parser.add_argument("--author", default="", help="who begins it, by name")
        parser.add_argument("--propose", default="", help="why routes should rely on what is measured")
        parser.add_argument("--resume", type=UUID, help="a run that was begun before, by its id")

    def handle(self, *args: Any, **options: Any) -> None:
        run = self._resumed(options) if options["resume"] else self._begun(options)
        self.stdout.write(f"Run {run.pk}")
        while run.state == RunState.RUNNING:
            again_s = running.run_slice(run.pk)
            run.refresh_from_db()
            if run.state == RunState.RUNNING:
                time.sleep(LEAST_WAIT_S if again_s is None else again_s)
        self._say(run)
        if run.state != RunState.DONE:
            raise CommandError(f"It was cancelled: {run.why}.", returncode=1)
        if options["propose"]:
            self._propose(run, options)

    def _begun(self, options: dict[str, Any]) -> ModelRun:
        chosen = EvaluationSet.objects.filter(name=options["set"]).first()
        if chosen is None:
            raise CommandError(f"There is no evaluation set “{options['set']}”.")
        try:
            return runs.create(
                evaluation_set=chosen,
                targets=options["models"].split(","),
                key_prefix=options["key"].removeprefix("sb-"),
                actor=arguments.author_of(options),
            )
        except RunRefused as error:
            raise CommandError(str(error)) from error

    def _propose(self, run: ModelRun, options: dict[str, Any]) -> None:
        author = arguments.author_of(options)
        if author is None:
            raise CommandError("A proposal needs its --author.")
        try:
            proposal = measured.propose(run=run, author=author, reason=options["propose"])
        except (EvaluationError, RegistryError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Drafted: {proposal}.")

    def _resumed(self, options: dict[str, Any]) -> ModelRun:
        run = ModelRun.objects.filter(pk=options["resume"]).first()
        if run is None:
            raise CommandError("There is no such run.")
        return run

    def _say(self, run: ModelRun) -> None:
        found, compared = results(run)
        for each in found:
            low, high = each.interval
            quality = f"{each.quality.value:.3f} ({low:.3f} to {high:.3f})" if each.graded else "not graded"
            self.stdout.write(
                f"{each.who}: quality {quality} over {each.graded}, {words.usd(each.cost_nano)} an answer, "
                f"median {words.milliseconds(each.median_ms)}"
            )
        for pair in compared:
            low, high = pair.gain.interval
            self.stdout.write(
                f"{pair.better} against {pair.than}: {pair.gain.value:+.3f} ({low:+.3f} to {high:+.3f}) "
                f"over {pair.items} items: {pair.verdict}"
            )
        for code, count in sorted(unanswered(run).items()):
            self.stdout.write(f"without an answer: {code} ({count})")

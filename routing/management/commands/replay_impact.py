"""What a proposal would have made of recorded requests, here and now instead of in a worker."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from registry.models import Proposal
from routing.models.impact import DEFAULT_DECISIONS, MAX_DECISIONS, RunState
from routing.services import impacts


class Command(BaseCommand):
    help = "Replays recorded decisions under a proposal's state, and prints the report as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("proposal", type=int, help="its number")
        parser.add_argument(
            "--decisions", type=int, default=DEFAULT_DECISIONS, help=f"the newest, at most {MAX_DECISIONS}"
        )
        parser.add_argument("--application", default="", help="of this one alone")
        parser.add_argument("--tag", default="", help="with this tag alone")
        parser.add_argument("--evaluation-set", default="", help="its requests, instead of recorded ones")

    def handle(self, *args: Any, **options: Any) -> None:
        proposal = Proposal.objects.filter(number=options["proposal"]).first()
        if proposal is None:
            raise CommandError(f"There is no proposal {options['proposal']}.")
        if not 1 <= options["decisions"] <= MAX_DECISIONS:
            raise CommandError(f"Between 1 and {MAX_DECISIONS} decisions.")
        named = options["evaluation_set"]
        try:
            run = impacts.ask(
                proposal=proposal,
                decisions=options["decisions"],
                application=options["application"],
                tag=options["tag"],
                source="evaluation" if named else "",
                source_name=named,
            )
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        run = impacts.carry_out(str(run.pk)) or run
        if run.state != RunState.DONE:
            raise CommandError(run.error or "Another process replays it at this moment.")
        self.stdout.write(json.dumps(run.report, indent=2))

"""Fails a provider on purpose, for requests of its own alone, and reports who served each policy instead."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from registry.models import User
from routing.errors import DrillImpossible
from routing.services import failovers


class Command(BaseCommand):
    help = "Asks every policy that uses a provider, once as it is and once with the provider failing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("provider", help="the provider's name")
        parser.add_argument(
            "--key",
            action="append",
            required=True,
            dest="keys",
            metavar="PREFIX",
            help="of a key that sends the requests and pays for them; several may be named",
        )
        parser.add_argument("--actor", help="the login of whoever holds the drill")
        parser.add_argument(
            "--decisions",
            type=int,
            default=failovers.DEFAULT_DECISIONS,
            help="recorded ones to derive again, the newest",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        actor = None
        if options["actor"]:
            actor = User.objects.filter(username=options["actor"]).first()
            if actor is None:
                raise CommandError(f"There is nobody called {options['actor']}.")
        try:
            held = failovers.hold(
                provider=options["provider"],
                keys=options["keys"],
                actor=actor,
                decisions=options["decisions"],
            )
        except DrillImpossible as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(held.report, indent=2))
        if not held.passed:
            raise CommandError(f"{held}: {' '.join(held.report['problems'])}")
        self.stdout.write(str(held))

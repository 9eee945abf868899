from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from registry.core.subjects import SubjectKind
from registry.errors import RegistryError
from registry.models import User
from registry.services import suspensions


class Command(BaseCommand):
    help = "Suspend something at once, in every process. Lifting it takes an approved proposal."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=[kind.value for kind in SubjectKind])
        parser.add_argument(
            "name",
            help="model@version for a version, the prefix of a key, policy or policy#rule for a route, "
            "experiment#arm for an arm.",
        )
        parser.add_argument("--reason", required=True)
        parser.add_argument("--actor", required=True, help="Your user name; you need the right to suspend.")
        parser.add_argument("--cancel", action="store_true", help="End calls that are in flight too.")

    def handle(self, *args: Any, **options: Any) -> None:
        actor = User.objects.filter(username=options["actor"]).first()
        if actor is None:
            raise CommandError(f"There is no user “{options['actor']}”.")
        try:
            placed = suspensions.suspend(
                actor=actor,
                kind=options["kind"],
                target=options["name"],
                reason=options["reason"],
                cancel_in_flight=options["cancel"],
            )
        except RegistryError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Suspended: {placed}.")

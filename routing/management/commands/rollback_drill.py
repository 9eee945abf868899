"""Tries what is returned to from a version, without touching what is in force."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from registry.errors import RegistryError
from registry.models import ModelVersion
from routing.services import drills


class Command(BaseCommand):
    help = "Rehearses a version's rollback plan, replays recorded decisions under it, and keeps the result."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("model", help="the model's name")
        parser.add_argument("version", help="the version's name")
        parser.add_argument(
            "--decisions",
            type=int,
            default=drills.DEFAULT_DECISIONS,
            help=f"the newest, at most {drills.MAX_DECISIONS}",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        named = {"model__name": options["model"], "name": options["version"]}
        version = ModelVersion.objects.select_related("model").filter(**named).first()
        if version is None:
            raise CommandError(f"There is no version {options['version']} of {options['model']}.")
        if not 1 <= options["decisions"] <= drills.MAX_DECISIONS:
            raise CommandError(f"Between 1 and {drills.MAX_DECISIONS} decisions.")
        try:
            held = drills.hold(version=version, decisions=options["decisions"])
        except RegistryError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(held.report, indent=2))
        if not held.passed:
            raise CommandError(f"{held}: {' '.join(held.report['problems'])}")
        self.stdout.write(str(held))

"""Recompute the register: hashes, chains, sequences."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit.selectors.verification import verify


class Command(BaseCommand):
    help = "Recompute every entry's hash, its link and its number, and say what is wrong."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--emitter", help="check this emitter alone")

    def handle(self, *args: Any, **options: Any) -> None:
        found = verify(options["emitter"])
        for problem in found.problems:
            self.stderr.write(str(problem))
        read = f"{found.entries} entries of {found.emitters} emitters"
        if found.problems:
            raise CommandError(f"{read} were read; {len(found.problems)} problems were found.")
        self.stdout.write(f"{read} check out: every hash, every link, no gap.")

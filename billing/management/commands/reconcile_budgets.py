from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from billing.core.money import to_usd
from billing.errors import CountersUnavailable
from billing.services import rebuild, reconcile


class Command(BaseCommand):
    help = "Compare the live budget counters with the ledger; fails where they differ, unless --fix mends it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--fix", action="store_true", help="count everything anew from the ledger")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            differences = self._compare(fix=options["fix"])
        except CountersUnavailable as error:
            raise CommandError(str(error)) from error
        if differences and not options["fix"]:
            raise CommandError(f"{differences} counters differ from the ledger; --fix counts them anew.")

    def _compare(self, *, fix: bool) -> int:
        if fix:
            rebuild.ensure_trusted(settings.REDIS_URL)
        differences = reconcile.compare(settings.REDIS_URL)
        for found in differences:
            live, ledger = (
                f"settled {to_usd(settled)}, reserved {to_usd(reserved)}"
                for settled, reserved in (found.live, found.ledger)
            )
            self.stdout.write(f"{found.budget} ({found.counter}): live {live}; ledger {ledger}")
        if differences and fix:
            rebuild.rebuild_now(settings.REDIS_URL)
        verdict = "counted anew" if fix else "to be counted anew"
        self.stdout.write(f"{len(differences)} counters {verdict}." if differences else "All counters agree.")
        return len(differences)

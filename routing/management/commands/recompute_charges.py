"""Derive every recorded charge again, and say which ones don't come out the same."""

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from routing.recomputing import Verdict, recompute_all

MAX_SHOWN = 20


class Command(BaseCommand):
    help = "Derives every recorded charge again from its use and the price row that it names."

    def handle(self, *args: Any, **options: Any) -> None:
        counts: Counter[Verdict] = Counter()
        for found in recompute_all():
            counts[found.verdict] += 1
            if found.verdict is Verdict.DIFFERENT and counts[Verdict.DIFFERENT] <= MAX_SHOWN:
                self.stderr.write(
                    f"{found.request_id}, call {found.attempt}: recorded {found.recorded_nano}, "
                    f"derived {found.derived_nano}, in the ledger {found.ledger_nano} (nano-dollars)"
                )
        for verdict in Verdict:
            self.stdout.write(f"{verdict.value}: {counts[verdict]}")
        if counts[Verdict.DIFFERENT] or counts[Verdict.PRICE_MISSING]:
            raise CommandError(
                f"{counts[Verdict.DIFFERENT]} charges come out different, "
                f"{counts[Verdict.PRICE_MISSING]} name a price row that is not there as it was."
            )

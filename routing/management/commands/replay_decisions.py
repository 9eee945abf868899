"""Derive every recorded decision again, and say which ones don't come out the same."""

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from routing.replays import Verdict, replay_all

MAX_SHOWN = 20


class Command(BaseCommand):
    help = (
        "Derives every recorded decision again from its release, facts and live inputs, and compares bytes."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        counts: Counter[Verdict] = Counter()
        for replayed in replay_all():
            counts[replayed.verdict] += 1
            if replayed.verdict is Verdict.DIFFERENT and counts[Verdict.DIFFERENT] <= MAX_SHOWN:
                self.stderr.write(f"{replayed.request_id} (release {replayed.release}) comes out different:")
                self.stderr.write(f"  recorded {replayed.recorded.decode()}")
                self.stderr.write(f"  derived  {replayed.derived.decode()}")
        for verdict in Verdict:
            self.stdout.write(f"{verdict.value}: {counts[verdict]}")
        if counts[Verdict.DIFFERENT] or counts[Verdict.RELEASE_MISSING]:
            raise CommandError(
                f"{counts[Verdict.DIFFERENT]} decisions come out different, "
                f"{counts[Verdict.RELEASE_MISSING]} name a release that is not there."
            )

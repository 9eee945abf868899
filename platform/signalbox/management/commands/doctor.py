from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from signalbox.doctor import governance, stores
from signalbox.doctor.examine import PROBE_TIMEOUT_S, examine
from signalbox.doctor.report import Level, Probe

PROBES: dict[str, Probe] = {
    "checks": governance.checks,
    "database": stores.database,
    "valkey": stores.valkey,
    "release": governance.release,
    "prices": governance.prices,
    "workers": governance.workers,
    "credentials": governance.secrets,
    "budgets": governance.budgets,
    "disk": stores.disk,
}
MARKS = {Level.FINE: "ok  ", Level.NOTE: "note", Level.BROKEN: "FAIL"}


class Command(BaseCommand):
    help = "Says in words what is fine and what is not. Exit code 1 where something is broken."
    # A broken configuration is what this command is for; its own probe reports it.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--only", default="", help=f"comma-separated, out of: {', '.join(PROBES)}")
        parser.add_argument("--timeout", type=float, default=PROBE_TIMEOUT_S, help="seconds for each probe")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = [name.strip() for name in options["only"].split(",") if name.strip()] or list(PROBES)
        unknown = sorted(set(wanted) - set(PROBES))
        if unknown:
            raise CommandError(f"There is no probe called {', '.join(unknown)}.")
        count = 0
        for subject, line in examine({name: PROBES[name] for name in wanted}, timeout_s=options["timeout"]):
            count += line.level is Level.BROKEN
            self.stdout.write(f"{MARKS[line.level]}  {subject:<12} {line.text}")
        if count:
            raise CommandError(f"{count} broken.", returncode=1)

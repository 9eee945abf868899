"""Export requests from the command line, as the admin does: streamed, and recorded."""

import sys
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit.exports import FORMATS, Export
from audit.models import Request

FILTERS = ("application", "model_version", "data_class", "outcome")


class Command(BaseCommand):
    help = "Write requests as CSV or JSON lines to a file, or to standard output."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=sorted(FORMATS), default="csv")
        parser.add_argument("--output", help="a file to be made; standard output without it")
        parser.add_argument("--since", type=_moment, help="accepted at or after, ISO 8601, UTC")
        parser.add_argument("--until", type=_moment, help="accepted before, ISO 8601, UTC")
        for name in FILTERS:
            parser.add_argument(f"--{name.replace('_', '-')}")

    def handle(self, *args: Any, **options: Any) -> None:
        filters = {name: options[name] for name in FILTERS if options[name]}
        requests = Request.objects.filter(**filters)
        if options["since"]:
            requests = requests.filter(accepted_at__gte=options["since"])
        if options["until"]:
            requests = requests.filter(accepted_at__lt=options["until"])
        told = {name: str(options[name]) for name in (*FILTERS, "since", "until") if options[name]}
        actor = {"kind": "command", "name": "export_requests"}
        export = Export(requests, file_format=options["format"], actor=actor, filters=told)
        try:
            if options["output"]:
                with open(options["output"], "xb") as file:
                    file.writelines(export)
            else:
                sys.stdout.buffer.writelines(export)
        except OSError as error:
            raise CommandError(f"The export can't be written: {error}") from error
        finally:
            export.close()
        self.stderr.write(f"{export.rows} requests were exported.")


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

"""The configuration as a file: written, compared, and proposed, so that it can live in Git."""

import sys
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.dateparse import parse_datetime

from registry import documents
from registry.core.changes import ChangeSet, State
from registry.core.configuration import DocumentInvalid
from registry.errors import RegistryError
from registry.models import Release, Source, User
from registry.services import exporting, proposals
from registry.services.applying import words_of
from registry.wording import Worded, in_words


class Command(BaseCommand):
    help = "Writes the configuration as one document, compares a document with it, or proposes what one says."

    def add_arguments(self, parser: CommandParser) -> None:
        parts = parser.add_subparsers(dest="part", required=True)
        export = parts.add_parser("export", help="write what is in force, or what a release was made of")
        export.add_argument("--release", type=int, help="its number; what is in force where it is not given")
        export.add_argument("--format", choices=("yaml", "json"), default="yaml")
        export.add_argument("--output", "-o", help="a file; standard output where it is not given")
        compare = parts.add_parser("diff", help="say what a document changes; exits with 1 where it does")
        compare.add_argument("file", help="YAML or JSON; - is standard input")
        compare.add_argument("--against", type=int, help="a release's number, instead of what is in force")
        propose = parts.add_parser("propose", help="file a proposal of what a document changes")
        propose.add_argument("file", help="YAML or JSON; - is standard input")
        propose.add_argument("--author", required=True, help="who proposes it, by user name")
        propose.add_argument("--title", required=True)
        propose.add_argument("--reason", default="")
        propose.add_argument("--submit", action="store_true", help="put it to its approvers at once")
        propose.add_argument("--at", help="apply it then: a time with its zone (with --submit)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['part']}")(options)
        except DocumentInvalid as error:
            raise CommandError(str(error)) from error
        except (RegistryError, ValidationError) as error:
            raise CommandError(words_of(error)) from error

    def _export(self, options: dict[str, Any]) -> None:
        number = options["release"]
        release = None if number is None else self._release(number)
        exported = exporting.export(actor=None, release=release, form=options["format"])
        if exported is None:
            raise CommandError(f"There is no release {number} whose configuration is known.")
        if options["output"]:
            Path(options["output"]).write_text(exported.text)
        else:
            self.stdout.write(exported.text, ending="")

    def _diff(self, options: dict[str, Any]) -> None:
        state = self._state(options["against"])
        changes = documents.changes_of(self._document(options["file"]), current=state)
        for worded in in_words(changes, state):
            self.stdout.write(_line(worded))
        if changes:
            sys.exit(1)
        self.stdout.write("Nothing differs.")

    def _propose(self, options: dict[str, Any]) -> None:
        author = User.objects.filter(username=options["author"], is_active=True).first()
        if author is None:
            raise CommandError(f"There is no user “{options['author']}”.")
        changes: ChangeSet = documents.changes_of(self._document(options["file"]))
        moment = parse_datetime(options["at"]) if options["at"] else None
        if options["at"] and (moment is None or moment.tzinfo is None):
            raise CommandError("--at takes a time with its zone, such as 2026-01-01T00:00:00Z.")
        proposal = proposals.draft(
            author=author,
            title=options["title"],
            reason=options["reason"],
            changes=changes,
            source=Source.COMMAND,
        )
        if options["submit"]:
            proposal = proposals.submit(proposal=proposal, actor=author, scheduled_for=moment)
        self.stdout.write(f"{proposal}: {proposal.get_state_display().lower()}, {len(changes)} rows.")

    def _state(self, number: int | None) -> State | None:
        if number is None:
            return None
        state = documents.configuration_of(self._release(number))
        if state is None:
            raise CommandError(f"There is no release {number} whose configuration is known.")
        return state

    def _release(self, number: int) -> Release:
        release = Release.objects.filter(number=number).first()
        if release is None:
            raise CommandError(f"There is no release {number} whose configuration is known.")
        return release

    def _document(self, name: str) -> Any:
        try:
            with sys.stdin if name == "-" else Path(name).open() as file:
                return documents.parse(file.read(documents.MAX_DOCUMENT_BYTES + 1))
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{name} can't be read: {error}") from error


def _line(worded: Worded) -> str:
    return "\n".join([f"{worded.op} {worded.noun} {worded.name}", *(f"    {line}" for line in worded.lines)])

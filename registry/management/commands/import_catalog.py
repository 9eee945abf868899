"""Propose what a maintained catalogue of models and prices says, as one proposal."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from registry.catalog.changes import Asked, Found, find
from registry.catalog.source import Seller, edition, sellers
from registry.core.changes import ChangeSet
from registry.errors import RegistryError
from registry.models import Source, User
from registry.services import catalog
from registry.services.applying import words_of
from registry.wording import in_words


class Command(BaseCommand):
    help = (
        "Shows what the catalogue says that the registry does not: new prices of deployments, and models "
        "that are asked for. With --propose, files that as a draft."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--provider", action="append", default=[], help="of the catalogue; all where none"
        )
        parser.add_argument(
            "--model", action="append", default=[], help="a new one: provider/id, to the letter"
        )
        parser.add_argument(
            "--bind", action="append", default=[], help="deployment=provider/id: price it by that from now on"
        )
        parser.add_argument("--region", default="", help="give new models a disabled deployment there")
        parser.add_argument(
            "--max-output-tokens", type=int, help="of new models: the catalogue does not know"
        )
        parser.add_argument("--context-window-tokens", type=int, help="of new models, where it is not known")
        parser.add_argument("--list", action="store_true", help="list the ids that the catalogue has")
        parser.add_argument(
            "--propose", action="store_true", help="file the draft; without, nothing is written"
        )
        parser.add_argument("--author", help="who proposes it, by user name")
        parser.add_argument("--reason", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            known = sellers()
            if options["list"]:
                self._list(known, options["provider"])
            else:
                self._import(known, options)
        except (RegistryError, ValidationError) as error:
            raise CommandError(words_of(error)) from error

    def _import(self, known: tuple[Seller, ...], options: dict[str, Any]) -> None:
        found = find(known, _asked(options))
        changes = catalog.changes_of(
            found,
            catalog.Unsaid(options["max_output_tokens"], options["context_window_tokens"], options["region"]),
        )
        self._show(found, changes)
        if options["propose"] and changes:
            self._propose(changes, options)

    def _show(self, found: Found, changes: ChangeSet) -> None:
        for worded in in_words(changes) if changes else ():
            lines = "".join(f"\n    {line}" for line in worded.lines)
            self.stdout.write(f"{worded.op} {worded.noun} {worded.name}{lines}")
        for note in found.notes:
            self.stdout.write(f"note on {note.subject}: {note.text}")
        self.stdout.write(
            f"{edition()}: {len(changes)} rows to change; {found.unchanged} deployments priced as it says."
        )

    def _propose(self, changes: ChangeSet, options: dict[str, Any]) -> None:
        author = User.objects.filter(username=options["author"] or "", is_active=True).first()
        if author is None:
            raise CommandError(f"There is no user “{options['author'] or ''}”: give --author.")
        proposal = catalog.propose(
            author=author,
            title=f"Prices and models by {edition()}",
            reason=options["reason"],
            changes=changes,
            source=Source.COMMAND,
        )
        self.stdout.write(f"{proposal}: {proposal.get_state_display().lower()}.")

    def _list(self, known: tuple[Seller, ...], chosen: list[str]) -> None:
        for seller in known:
            if not chosen:
                self.stdout.write(f"{seller.id}: {seller.title}, {len(seller.offers)} models")
            elif seller.id in chosen:
                for offer in seller.offers:
                    self.stdout.write("  ".join(sorted(f"{seller.id}/{name}" for name in offer.ids)))


def _asked(options: dict[str, Any]) -> Asked:
    bindings = dict(text.partition("=")[::2] for text in options["bind"])
    return Asked(timezone.now(), frozenset(options["provider"]), tuple(options["model"]), bindings)

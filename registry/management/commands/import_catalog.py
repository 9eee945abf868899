"""Propose what a maintained catalogue of models and prices says, as one proposal."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from registry.catalog.changes import Asked, Found, find
from registry.catalog.comparing import disagreement
from registry.catalog.comparing import in_words as in_words_of_fact
from registry.catalog.reading import MAX_SOURCES, PACKAGES, read_named
from registry.catalog.source import Seller, edition, sellers
from registry.core.changes import ChangeSet
from registry.errors import CatalogMissing, RegistryError
from registry.models import Source, User
from registry.services import catalog
from registry.services.applying import words_of
from registry.services.catalog_facts import whose_word
from registry.wording import in_words


class Command(BaseCommand):
    help = (
        "Shows what the catalogue says that the registry does not: new prices of deployments, and models "
        "that are asked for; with --facts also what models can do and when they end. With --propose, files "
        "that as a draft."
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
        parser.add_argument("--max-output-tokens", type=int, help="of new models, where it is not known")
        parser.add_argument("--context-window-tokens", type=int, help="of new models, where it is not known")
        parser.add_argument(
            "--facts",
            action="append",
            default=[],
            metavar="FILE",
            help="what models can do, answer at most, and when they end: models.dev's api.json, LiteLLM's "
            f"model_prices_and_context_window.json, or an installed package: {', '.join(PACKAGES)}",
        )
        parser.add_argument(
            "--prefer", default="", metavar="SOURCE", help="whose word counts where sources disagree"
        )
        parser.add_argument("--list", action="store_true", help="list the ids that the catalogue has")
        parser.add_argument(
            "--propose", action="store_true", help="file the draft; without, nothing is written"
        )
        parser.add_argument("--author", help="who proposes it, by user name")
        parser.add_argument("--reason", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            known = _known(options)
            if options["list"]:
                self._list(known, options["provider"])
            else:
                self._import(known, options)
        except (RegistryError, ValidationError) as error:
            raise CommandError(words_of(error)) from error

    def _import(self, known: tuple[Seller, ...], options: dict[str, Any]) -> None:
        if len(options["facts"]) > MAX_SOURCES:
            raise CommandError(f"At most {MAX_SOURCES} sources of facts.")
        asked = _asked(options)
        for source in asked.facts:
            self.stdout.write(f"facts by {source.edition}")
        found = find(known, asked)
        changes = catalog.changes_of(
            found,
            catalog.Unsaid(options["max_output_tokens"], options["context_window_tokens"], options["region"]),
        )
        self._show(found, changes)
        by = f"{edition()}: " if known else "Without a catalogue of prices: "
        self.stdout.write(
            f"{by}{len(changes)} rows to change; {found.unchanged} deployments priced as it says."
        )
        if options["propose"] and changes:
            self._propose(found, changes, options)

    def _show(self, found: Found, changes: ChangeSet) -> None:
        for worded in in_words(changes) if changes else ():
            lines = "".join(f"\n    {line}" for line in worded.lines)
            self.stdout.write(f"{worded.op} {worded.noun} {worded.name}{lines}")
        self._show_facts(found)
        for note in found.notes:
            self.stdout.write(f"note on {note.subject}: {note.text}")

    def _show_facts(self, found: Found) -> None:
        for finding in found.facts:
            now = in_words_of_fact(finding.now)
            if finding.taken is None:
                said = disagreement(finding.aspect, finding.positions)
                self.stdout.write(f"no agreement on {finding.subject}, now {now}: {said}")
            elif finding.changes:
                to, by = in_words_of_fact(finding.value), finding.positions[finding.taken].by
                self.stdout.write(f"fact of {finding.subject}, {finding.title}: {now} → {to} ({by})")

    def _propose(self, found: Found, changes: ChangeSet, options: dict[str, Any]) -> None:
        author = User.objects.filter(username=options["author"] or "", is_active=True).first()
        if author is None:
            raise CommandError(f"There is no user “{options['author'] or ''}”: give --author.")
        proposal = catalog.propose(
            author=author,
            title=catalog.title_of(found),
            reason=options["reason"],
            changes=changes,
            source=Source.COMMAND,
            told=whose_word(found),
        )
        self.stdout.write(f"{proposal}: {proposal.get_state_display().lower()}.")

    def _list(self, known: tuple[Seller, ...], chosen: list[str]) -> None:
        for seller in known:
            if not chosen:
                self.stdout.write(f"{seller.id}: {seller.title}, {len(seller.offers)} models")
            elif seller.id in chosen:
                for offer in seller.offers:
                    self.stdout.write("  ".join(sorted(f"{seller.id}/{name}" for name in offer.ids)))


def _known(options: dict[str, Any]) -> tuple[Seller, ...]:
    """The catalogue. Facts can do without it."""
    try:
        return sellers()
    except CatalogMissing:
        if options["facts"]:
            return ()
        raise


def _asked(options: dict[str, Any]) -> Asked:
    bindings = dict(text.partition("=")[::2] for text in options["bind"])
    return Asked(
        at=timezone.now(),
        providers=frozenset(options["provider"]),
        models=tuple(options["model"]),
        bindings=bindings,
        facts=tuple(read_named(said) for said in options["facts"]),
        prefer=options["prefer"],
    )

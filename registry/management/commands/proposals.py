"""Proposals from the command line: the same services as the admin's, and so the same refusals."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from registry.errors import RegistryError
from registry.models import Proposal, ProposalState, User
from registry.services import applying, approving, proposals
from registry.services.applying import words_of
from registry.wording import in_words

MAX_LISTED = 100


class Command(BaseCommand):
    help = "Lists, shows and decides proposals. Whoever decides is named, and may not decide on their own."

    def add_arguments(self, parser: CommandParser) -> None:
        parts = parser.add_subparsers(dest="part", required=True)
        listed = parts.add_parser("list", help="the newest first")
        listed.add_argument("--state", choices=ProposalState.values)
        for part, what in (
            ("show", "what it changes, in words, and its digest"),
            ("submit", "put it to its approvers"),
            ("approve", "agree to the digest that was read"),
            ("reject", "turn the digest that was read down"),
            ("withdraw", "take it back"),
            ("apply", "make it the next release"),
        ):
            one = parts.add_parser(part, help=what)
            one.add_argument("number", type=int)
            if part != "show":
                one.add_argument("--as", dest="actor", required=True, help="who does it, by user name")
            if part in ("approve", "reject"):
                one.add_argument("--digest", required=True, help="as `show` prints it")
            if part in ("approve", "reject", "withdraw"):
                one.add_argument("--reason", default="", required=part == "reject")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['part']}")(options)
        except (RegistryError, ValidationError) as error:
            raise CommandError(words_of(error)) from error

    def _list(self, options: dict[str, Any]) -> None:
        found = Proposal.objects.all()
        if options["state"]:
            found = found.filter(state=options["state"])
        for proposal in found[:MAX_LISTED]:
            self.stdout.write(f"{proposal.state:<10} {proposal}, by {proposal.author_name}")

    def _show(self, options: dict[str, Any]) -> None:
        proposal = _proposal(options)
        self.stdout.write(f"{proposal}: {proposal.state}, by {proposal.author_name}")
        self.stdout.write(f"digest {proposal.digest}")
        if proposal.reason:
            self.stdout.write(proposal.reason)
        for area, missing in approving.ballot(proposal).missing.items():
            self.stdout.write(f"waits for {missing} of {area}")
        for worded in in_words(proposal.change_set):
            self.stdout.write(f"{worded.op} {worded.noun} {worded.name}")
            for line in worded.lines:
                self.stdout.write(f"    {line}")

    def _submit(self, options: dict[str, Any]) -> None:
        self._told(proposals.submit(proposal=_proposal(options), actor=_actor(options)))

    def _approve(self, options: dict[str, Any]) -> None:
        self._told(approving.approve(**_decision(options)))

    def _reject(self, options: dict[str, Any]) -> None:
        self._told(approving.reject(**_decision(options)))

    def _withdraw(self, options: dict[str, Any]) -> None:
        done = proposals.withdraw(
            proposal=_proposal(options), actor=_actor(options), reason=options["reason"]
        )
        self._told(done)

    def _apply(self, options: dict[str, Any]) -> None:
        release = applying.apply(proposal=_proposal(options), actor=_actor(options))
        self.stdout.write(f"{release} is live since {datetime.isoformat(release.published_at)}.")

    def _told(self, proposal: Proposal) -> None:
        self.stdout.write(f"{proposal}: {proposal.get_state_display().lower()}.")


def _decision(options: dict[str, Any]) -> dict[str, Any]:
    return {
        "proposal": _proposal(options),
        "actor": _actor(options),
        "digest": options["digest"],
        "reason": options["reason"],
    }


def _proposal(options: dict[str, Any]) -> Proposal:
    found = Proposal.objects.filter(number=options["number"]).first()
    if found is None:
        raise CommandError(f"There is no proposal {options['number']}.")
    return found


def _actor(options: dict[str, Any]) -> User:
    found = User.objects.filter(username=options["actor"], is_active=True).first()
    if found is None:
        raise CommandError(f"There is no user “{options['actor']}”.")
    return found

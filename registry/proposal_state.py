"""What a proposal is about, read for people: its changes in words, its conflicts, what validation says."""

import json
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils import timezone

from registry.core.changes import Conflict, State, conflicts, patched
from registry.core.merge import fingerprint
from registry.errors import RegistryError
from registry.governed import kind_of, read_rows, read_state
from registry.models import Proposal, Release
from registry.releases.clock import to_us
from registry.releases.compiler import compile_document, validate_document
from registry.releases.findings import Finding
from registry.selectors import live_release
from registry.services.applying import words_of as error_in_words
from registry.services.rehearsal import rehearse
from registry.wording import Names, Worded, in_words, title_of, value_in_words, words_of

MAX_CONFLICTS = 200


@dataclass(frozen=True, slots=True)
class Clash:
    """A place where what is in force has changed: what it `was`, `now` is, and `would` become."""

    kind: str
    id: str
    field: str
    noun: str
    name: str
    title: str
    was: str
    now: str
    would: str
    choosable: bool = True

    @property
    def place(self) -> str:
        return f"{self.kind}|{self.id}|{self.field}"


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What validation says of the configuration with the changes. `problem` is why there is none."""

    fresh: tuple[Finding, ...] = ()
    known: tuple[Finding, ...] = ()
    solved: tuple[Finding, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Clashes:
    items: tuple[Clash, ...] = ()
    fingerprint: str = field(default="")


def basis_of(proposal: Proposal) -> State:
    """The configuration that the proposal changes: what is in force now while it is open; once it is applied,
    what was before; and of one that ended otherwise, what it was made on."""
    if proposal.release is not None:
        before = Release.objects.filter(number__lt=proposal.release.number).order_by("-number").first()
    else:
        before = proposal.base
    kept = before.configuration if before is not None and not proposal.is_open else None
    state = json.loads(kept) if kept else read_state()
    live = {label: rows for label, rows in read_rows(proposal.change_set).items() if kind_of(label).live}
    return {**state, **live}


def changes_in_words(proposal: Proposal, basis: State) -> tuple[Worded, ...]:
    return in_words(proposal.change_set, basis)


def clashes_of(proposal: Proposal) -> Clashes:
    """Where an open proposal no longer fits what is in force."""
    if not proposal.is_open:
        return Clashes()
    changes = proposal.change_set
    found = conflicts(read_rows(changes), changes)
    if not found:
        return Clashes()
    state = read_state()
    names = Names(state, patched(state, changes))
    items = tuple(_clash(conflict, names) for conflict in found[:MAX_CONFLICTS])
    return Clashes(items, fingerprint(found))


def verdicts_of(proposal: Proposal) -> Verdicts:
    """What is wrong with what it would make, beside what is wrong with what is in force."""
    if not proposal.is_open:
        return Verdicts()
    now_us = to_us(timezone.now())
    try:
        proposed = rehearse(
            lambda: validate_document(compile_document().document, now_us), on=proposal.change_set
        ).answer
    except (RegistryError, ValidationError) as error:
        return Verdicts(problem=error_in_words(error))
    except IntegrityError:
        return Verdicts(problem="Two of its rows would collide, or one would refer to what is gone.")
    live = live_release()
    present = set(validate_document(live.document, now_us)) if live else set()
    return Verdicts(
        fresh=tuple(found for found in proposed if found not in present),
        known=tuple(found for found in proposed if found in present),
        solved=tuple(sorted(present - set(proposed), key=lambda found: (found.subject, found.code))),
    )


def _clash(conflict: Conflict, names: Names) -> Clash:
    kind = kind_of(conflict.kind)
    record = names.record(conflict.kind, conflict.id) or conflict.expected or {}
    named = (
        words_of(conflict.kind).name(record, names) if isinstance(record, dict) and record else conflict.id
    )
    title = "the row" if not conflict.field else title_of(kind, conflict.field)

    def told(value: Any) -> str:
        if conflict.field:
            return value_in_words(kind, conflict.field, value, names)
        return "not there" if value is None else "there"

    deleted = conflict.field and conflict.proposed is None and not names.becomes(conflict.kind, conflict.id)
    return Clash(
        kind=conflict.kind,
        id=conflict.id,
        field=conflict.field,
        noun=str(kind.model._meta.verbose_name),
        name=named,
        title=title,
        was=told(conflict.expected),
        now=told(conflict.current),
        would="the row is removed" if deleted else told(conflict.proposed),
        choosable=bool(conflict.field) or conflict.current is not None,
    )

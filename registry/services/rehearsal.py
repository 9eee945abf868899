"""Working on a configuration that is not in force, and finding out what was changed.

A rehearsal is a transaction that can only be rolled back: in it, governed rows may be written, a draft's
changes may be tried, a page may be rendered as if they held. What leaves it is a value.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db import connection, transaction

from audit.core.ids import uuid7
from registry.core.changes import ChangeSet, State, diff
from registry.governed import kind_of, read_state
from registry.models import Permit
from registry.services.snapshot import on_one_state, one_state
from registry.services.writing import write

T = TypeVar("T")

NOTHING = ChangeSet()


class _Over(Exception):
    """The end of a rehearsal: rolls its transaction back."""


@dataclass(frozen=True, slots=True)
class Rehearsed(Generic[T]):
    """What the work answered, and what it changed, counted from what is in force."""

    answer: T
    changes: ChangeSet


def rehearse(work: Callable[[], T], *, on: ChangeSet = NOTHING) -> Rehearsed[T]:
    """What `work` answers and changes where `on` is already in force. Nothing is kept.

    Raises what `work` raises, and django.db.IntegrityError or ValidationError where `on` can't be applied to
    what is in force now.
    """
    found: list[Rehearsed[T]] = []

    def run() -> None:
        before = read_state()
        permit()
        write(on)
        answer = work()
        found.append(Rehearsed(answer, changed_since(before, on)))
        raise _Over

    try:
        on_one_state(run)
    except _Over:
        return found[0]
    raise AssertionError("unreachable: the rehearsal always ends by _Over")


@contextmanager
def rehearsing(on: ChangeSet = NOTHING) -> Iterator[State]:
    """What is in force, before `on`; inside, `on` holds. Everything done inside is rolled back."""
    try:
        with transaction.atomic():
            one_state()
            before = read_state()
            permit()
            write(on)
            yield before
            raise _Over
    except _Over:
        return


def changed_since(before: State, on: ChangeSet) -> ChangeSet:
    """Inside a rehearsal on `on`: what differs from `before`, with what `on` changes of live rows, which no
    state holds."""
    live = (change for change in on if kind_of(change.kind).live)
    found = (*diff(before, read_state()), *live)
    return ChangeSet(tuple(sorted(found, key=lambda change: change.key)))


def permit() -> None:
    """Let this transaction write governed rows, and never be committed."""
    Permit.objects.create(proposal=None, barrier_id=uuid7())


def in_rehearsal() -> bool:
    """Whether this connection's transaction is one that will be rolled back."""
    return connection.in_atomic_block and Permit.objects.filter(proposal__isnull=True).exists()

"""Governed rows in tests: written in a rehearsal that the test's own transaction rolls back, past the
triggers where a test commits, or for good through a proposal that nobody else has to approve."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import connection, transaction

from registry import triggers
from registry.models import Area, Proposal, ReviewRule, User
from registry.services import applying
from registry.services.rehearsal import permit
from registry.services.writing import write

T = TypeVar("T")


@contextmanager
def rehearsed() -> Iterator[None]:
    """Inside the transaction of a `db` test: governed rows may be written until it is rolled back."""
    permit()
    yield
    # The permit's dangling key must never be looked at, as it would be on COMMIT.
    transaction.set_rollback(True)


@contextmanager
def ungoverned() -> Iterator[None]:
    """For tests that commit, and are about something else."""
    triggers.lift(connection)
    yield
    triggers.install(connection)


def seeded(author: User, work: Callable[[], T]) -> T:
    """Do `work` for good, as the first configuration or while every quorum is 0."""
    return applying.directly(author=author, title="Tests", reason="Tests.", work=work)


def set_quorums(count: int) -> None:
    """Every area's quorum. The caller may write governed rows."""
    for area in Area:
        ReviewRule.objects.update_or_create(area=area, defaults={"quorum": count})


def carry_out() -> Proposal:
    """Write what the newest proposal changes, as if everyone had agreed. The caller may write governed
    rows."""
    proposal = Proposal.objects.order_by("number").last()
    assert proposal is not None
    write(proposal.change_set, actor=proposal.author)
    return proposal

"""The register's line to its database, which a test cuts at a commit."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import OperationalError

from audit.writer import THREAD_NAME
from audit.writers.base import AnswerLost, Table
from audit.writers.postgres import PostgresStatements
from audit.writers.sqlite import SqliteStatements

Rows = Mapping[Table, Sequence[Sequence[Any]]]


class Commit(Enum):
    """What becomes of a commit."""

    ANSWERED = "answered"
    UNANSWERED = "unanswered"  # it was done; its answer is lost
    UNHEARD = "unheard"  # it never reached the server; we can't know


def statements() -> type[Any]:
    return PostgresStatements if connection.vendor == "postgresql" else SqliteStatements


@dataclass
class Line:
    """`to_come` says what becomes of the next commits; the rest is answered. After one that is not, the
    database is `away` for every writer of this process until a test clears that, unless `is_blip`."""

    to_come: list[Commit] = field(default_factory=list)
    is_blip: bool = False
    away: threading.Event = field(default_factory=threading.Event)

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        commit, connect = statements().insert_and_commit, BaseDatabaseWrapper.connect

        def cut(made: Any, rows: Rows) -> None:
            fate = self.to_come.pop(0) if self.to_come else Commit.ANSWERED
            if fate is not Commit.UNHEARD:
                commit(made, rows)
            if fate is Commit.ANSWERED:
                return
            if not self.is_blip:
                self.away.set()
            raise AnswerLost("server closed the connection unexpectedly")

        def refuse(made: BaseDatabaseWrapper) -> None:
            if self.away.is_set() and threading.current_thread().name == THREAD_NAME:
                raise OperationalError("connection refused")
            connect(made)

        monkeypatch.setattr(statements(), "insert_and_commit", cut)
        monkeypatch.setattr(BaseDatabaseWrapper, "connect", refuse)


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Line:
    line = Line()
    line.install(monkeypatch)
    return line

"""Every decision that a test records must come out the same when it is derived again.

A conftest imports the fixture and makes it part of its tests:

    from tests.routing.replay import recorded_decisions_replay  # noqa: F401
    pytestmark = pytest.mark.usefixtures("recorded_decisions_replay")

Tests that run real processes on a database of their own call `assert_decisions_replay()` at their end.
"""

from collections.abc import Iterator

import pytest

from routing.replays import Verdict, replay_all

SOUND = (Verdict.SAME, Verdict.UNDECIDED)


def assert_decisions_replay() -> int:
    """How many decisions were derived again; each gave the recorded bytes."""
    replayed = list(replay_all())
    for decision in replayed:
        assert decision.verdict in SOUND, decision
    return sum(decision.verdict is Verdict.SAME for decision in replayed)


@pytest.fixture
def recorded_decisions_replay(db: None) -> Iterator[None]:
    yield
    assert_decisions_replay()

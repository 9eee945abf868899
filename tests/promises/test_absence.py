"""Promise 7: a part that is away gives a clear code in bounded time, no call, and comes back with no hand.

The parts are absent, not killed under load: that is tests/chaos. The stack is this module's own.
"""

import time
from collections.abc import Callable, Iterator

import pytest

from tests.promises.told import calls_reached, code_of, manage, post
from tests.stack import Stack, started, wait_until

pytestmark = pytest.mark.stack

WITHIN_S = 25.0  # the deadline of `brisk`, with what it takes to notice and to record
AWAY = {"service_unavailable", "upstream_timeout"}
FAILING = {"upstream_error", "service_unavailable"}  # the latter once its breaker is open


@pytest.fixture(scope="module")
def own_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with started(tmp_path_factory.mktemp("absence")) as running:
        yield running


def served(stack: Stack) -> bool:
    return post(stack, model="brisk").status_code == 200


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("part", ["worker", "valkey", "provider"])
def test_7_a_part_that_is_away_is_told_and_recovers(own_stack: Stack, part: str, stream: bool) -> None:
    start_again: dict[str, Callable[[], None]] = {
        "worker": own_stack.start_worker,
        "valkey": own_stack.start_valkey,
        "provider": own_stack.start_provider,
    }
    wait_until(lambda: served(own_stack), "the stack to serve")
    before = calls_reached(own_stack)
    own_stack.kill(part)
    try:
        for _ in range(3):
            began = time.monotonic()
            answer = post(own_stack, model="brisk", stream=stream)
            assert time.monotonic() - began < WITHIN_S
            assert code_of(answer) in (FAILING if part == "provider" else AWAY), answer.text
            assert answer.headers["x-request-id"]
        if part != "provider":
            assert calls_reached(own_stack) == before
    finally:
        start_again[part]()
    wait_until(lambda: served(own_stack), f"the stack to serve again after {part} was away")


def test_7_after_all_that_the_register_is_whole_and_no_money_is_held(own_stack: Stack) -> None:
    wait_until(lambda: served(own_stack), "the stack to serve")
    manage(own_stack, "verify_register")
    open_rows = own_stack.rows("SELECT count(*) AS n FROM audit_request WHERE state = 'running'")
    assert open_rows[0]["n"] == 0

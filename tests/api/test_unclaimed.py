"""Requests that no worker takes: answered in bounded time, and never run later."""

import os
import signal
import time
from collections.abc import Iterator

import httpx
import pytest
import redis
from stack import Stack, wait_until

from routing.api.surroundings import HEARTBEAT_MAX_AGE_S
from routing.lane.messages import WORKERS_PREFIX

pytestmark = pytest.mark.stack
TEST_AT_MOST_S = 60


@pytest.fixture
def paused_worker(stack: Stack) -> Iterator[int]:
    """A worker whose heart still counts, but which does nothing."""
    pid = stack.processes["worker"].pid
    os.kill(pid, signal.SIGSTOP)
    keep_hearts_counting(stack)
    yield pid
    os.kill(pid, signal.SIGCONT)
    wait_until(stack.ready, "the stack", 20)


def keep_hearts_counting(stack: Stack) -> None:
    """Also where the machine is so slow that they would be too old before the request is there."""
    with redis.Redis.from_url(stack.environment["REDIS_URL"]) as server:
        now = time.time()
        for key in server.scan_iter(f"{WORKERS_PREFIX}*"):
            for worker in server.zrangebyscore(key, now - HEARTBEAT_MAX_AGE_S, "+inf"):
                server.zadd(key, {worker: now + TEST_AT_MOST_S})


def test_a_request_that_nobody_claims_expires_and_never_runs(stack: Stack, paused_worker: int) -> None:
    calls = stack.provider_stats()["requests"]
    body = {"model": "hasty", "messages": [{"role": "user", "content": "Hello"}]}
    answer = httpx.post(stack.api_url + "/chat/completions", headers=stack.headers(), json=body, timeout=15)
    assert (answer.status_code, answer.json()["error"]["code"]) == (504, "upstream_timeout")
    assert "nothing was run" in answer.json()["error"]["message"]
    row = stack.request_row(answer.headers["x-request-id"])
    assert (row["outcome"], row["attempts"], row["cost_nano"]) == ("expired", 0, None)
    os.kill(paused_worker, signal.SIGCONT)
    after = {**body, "model": "echo"}
    done = httpx.post(stack.api_url + "/chat/completions", headers=stack.headers(), json=after, timeout=15)
    assert done.status_code == 200
    assert stack.provider_stats()["requests"] == calls + 1

"""A suspension acts in under a second, in every process, also on what was decided before it."""

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import redis

from tests.batching import Batch
from tests.promises.told import CLIENT_TIMEOUT_S, attempts_of, body, code_of, entries_of, manage, post, run
from tests.stack import Stack, started, wait_until

pytestmark = pytest.mark.stack

WITHIN_S = 1.0
WATCHED_S = 3.0
CLIENTS = 6
SUSPEND = """
import time
from registry.models import User
from registry.services import suspensions
root = User.objects.get(username="root")
options = {{"kind": "{kind}", "target": "{target}", "cancel_in_flight": {cancel}}}
suspensions.suspend(actor=root, reason="Tests.", **options)
print(time.time())
"""
LIFT = """
from registry.models import Suspension, User
from registry.services import applying, lifting
root = User.objects.get(username="root")
placed = Suspension.objects.get(target="{target}")
proposal = lifting.ask(actor=root, suspension=placed, reason="Tests.")
applying.apply(proposal=proposal, actor=root)
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of our own with two workers: what is suspended in it stays suspended."""
    with started(tmp_path_factory.mktemp("suspended")) as stack:
        stack.start_worker("worker-2")
        yield stack


def suspend(stack: Stack, kind: str, target: str, *, cancel: bool = False) -> float:
    """When whoever suspended it was told that it is."""
    return float(run(stack, SUSPEND.format(kind=kind, target=target, cancel=cancel)).split()[-1])


def calls_of(stack: Stack, upstream_id: str) -> int:
    return int(stack.provider_stats()["by_model"].get(upstream_id, 0))


class Load:
    """Clients that ask for a policy without pause; each notes what it was told."""

    def __init__(self, stack: Stack, policy: str) -> None:
        self.statuses: list[int] = []
        self._stack, self._policy, self._stop = stack, policy, threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._ask()))

    def __enter__(self) -> "Load":
        self._thread.start()
        wait_until(lambda: len(self.statuses) > CLIENTS, "the load")
        return self

    def __exit__(self, *error: Any) -> None:
        self._stop.set()
        self._thread.join(CLIENT_TIMEOUT_S)

    async def _ask(self) -> None:
        headers = self._stack.headers()
        async with httpx.AsyncClient(timeout=CLIENT_TIMEOUT_S, headers=headers) as client:
            await asyncio.gather(*(self._client(client) for _ in range(CLIENTS)))

    async def _client(self, client: httpx.AsyncClient) -> None:
        url = self._stack.api_url + "/chat/completions"
        while not self._stop.is_set():
            answer = await client.post(url, json=body("[[demo:delay_ms=20]] Hello", model=self._policy))
            self.statuses.append(answer.status_code)


class Watch:
    """Looks at the provider's own counter all the time: when did the last call to this model arrive?"""

    def __init__(self, stack: Stack, upstream_id: str) -> None:
        self._stack, self._upstream_id, self._stop = stack, upstream_id, threading.Event()
        self._seen, self._seen_at = 0, 0.0
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def ended(self) -> float:
        """After WATCHED_S more: when the last call was seen."""
        self._stop.wait(WATCHED_S)
        self._stop.set()
        self._thread.join()
        assert self._seen, "it was called before"
        return self._seen_at

    def _look(self) -> None:
        while not self._stop.is_set():
            count = calls_of(self._stack, self._upstream_id)
            if count != self._seen:
                self._seen, self._seen_at = count, time.time()
            time.sleep(0.02)


def test_under_load_nothing_reaches_it_after_a_second_and_nothing_is_lost(own: Stack) -> None:
    with Load(own, "resilient") as load:
        watch = Watch(own, "faulty-1-1")
        told_at = suspend(own, "deployment", "faulty-1-eu")
        last_at = watch.ended()
        spare = calls_of(own, "spare-1")
    print(f"the last call was seen {last_at - told_at:.3f} s after the commit")
    assert last_at - told_at < WITHIN_S
    assert spare > 0, "its fallback serves"
    assert set(load.statuses) == {200}


def test_a_plan_that_waits_in_the_queue_is_not_called(own: Stack) -> None:
    own.kill("worker")
    own.kill("worker-2")
    answers: list[httpx.Response] = []
    asking = threading.Thread(target=lambda: answers.append(post(own, model="faulty-3")))
    asking.start()
    wait_until(lambda: _waiting(own), "the request in its queue")
    suspend(own, "model", "faulty-3")
    own.start_worker("worker")
    own.start_worker("worker-2")
    asking.join(CLIENT_TIMEOUT_S)
    request_id = answers[0].headers["x-request-id"]
    assert code_of(answers[0]) == "suspended"
    assert [attempt["error_kind"] for attempt in attempts_of(own, request_id)] == ["suspended"]
    assert "attempt.started" not in entries_of(own, request_id)
    assert calls_of(own, "faulty-3-1") == 0
    wait_until(lambda: post(own).is_success, "the new workers to be known")


def _waiting(stack: Stack) -> bool:
    with redis.Redis(port=stack.valkey_port) as client:
        return bool(client.xlen("sb:lane:default"))


def test_a_model_that_is_asked_for_by_name_is_refused_on_record(own: Stack) -> None:
    suspend(own, "version", "plain@1")
    wait_until(lambda: post(own, model="plain").status_code == 403, "the refusal", WITHIN_S * 3)
    refused = post(own, model="plain")
    row = own.request_row(refused.headers["x-request-id"])
    assert code_of(refused) == "suspended"
    assert (row["outcome"], row["error_code"]) == ("refused", "suspended")
    assert calls_of(own, "plain-1") == 0
    listed = httpx.get(own.api_url + "/models", headers=own.headers()).json()["data"]
    assert "plain" not in {model["id"] for model in listed}


def test_a_stream_in_flight_gets_an_error_event_and_no_end(own: Stack) -> None:
    asked = body("[[demo:chunks=400,chunk_ms=50]] Hello", model="faulty-5", stream=True)
    url, text = own.api_url + "/chat/completions", ""
    with httpx.stream("POST", url, headers=own.headers(), json=asked, timeout=CLIENT_TIMEOUT_S) as answer:
        lines = answer.iter_lines()
        next(lines)
        placing = threading.Thread(target=lambda: suspend(own, "deployment", "faulty-5-eu", cancel=True))
        placing.start()
        text = "\n".join(lines)
        placing.join()
    assert '"code":"suspended"' in text
    assert "[DONE]" not in text
    row = own.request_row(answer.headers["x-request-id"])
    assert (row["outcome"], row["error_code"]) == ("failed", "suspended")
    assert row["cost_nano"] > 0


def test_a_suspended_key_gets_nothing_at_any_door(own: Stack) -> None:
    kept = post(own, key="public", headers={"idempotency-key": "once"})
    prefix = own.keys["public"].split("-")[1]
    suspend(own, "key", prefix)
    wait_until(lambda: post(own, key="public").status_code == 403, "the refusal", WITHIN_S * 3)
    refused = post(own, key="public")
    again = post(own, key="public", headers={"idempotency-key": "once"})
    listed = httpx.get(own.api_url + "/models", headers=own.headers("public"))
    assert kept.is_success
    assert [code_of(answer) for answer in (refused, again, listed)] == ["suspended"] * 3
    assert own.request_row(refused.headers["x-request-id"])["outcome"] == "refused"
    assert post(own, key="main").is_success


def test_an_answer_that_was_kept_is_not_given_again_from_what_is_suspended(own: Stack) -> None:
    headers = {"idempotency-key": "kept"}
    assert post(own, model="faulty-6", headers=headers).is_success
    manage(own, "suspend", "model", "faulty-6", "--reason", "Tests.", "--actor", "root")
    wait_until(lambda: post(own, model="faulty-6", headers=headers).is_error, "the refusal", WITHIN_S * 3)
    assert code_of(post(own, model="faulty-6", headers=headers)) == "suspended"


def test_what_was_lifted_by_a_proposal_serves_again(own: Stack) -> None:
    suspend(own, "deployment", "faulty-7-eu")
    wait_until(lambda: post(own, model="faulty-7").status_code == 403, "the refusal", WITHIN_S * 3)
    run(own, LIFT.format(target="faulty-7-eu"))
    wait_until(lambda: post(own, model="faulty-7").is_success, "the answer", WITHIN_S * 3)


def test_a_batch_at_its_provider_is_cancelled_and_its_lines_are_refused(own: Stack) -> None:
    with httpx.Client(base_url=own.api_url, headers=own.headers(), timeout=CLIENT_TIMEOUT_S) as client:
        batch = Batch(own, client, ("batch=hold", ""))
        wait_until(lambda: [row["state"] for row in batch.sent] == ["running"], "it to be sent", 30)
        suspend(own, "model", "bulk")
        assert batch.ended()["request_counts"] == {"total": 2, "completed": 0, "failed": 2}
        lines = batch.said("error").values()
    assert {line["response"]["body"]["error"]["code"] for line in lines} == {"suspended"}
    assert batch.calls == []

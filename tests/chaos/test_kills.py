"""`kill -9` of each part under load: no call without its record, no money lost, and no hand needed.

What holds afterwards, whoever was killed:
1. every client was answered, or its connection broke, in bounded time;
2. each call that reached the provider has its own `attempt.started` entry, and whoever got an answer has it
   on record;
3. no request stays `running`, and after the leases every counter equals the ledger;
4. the register's chains are whole, and the stack answers again by itself.
"""

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

import httpx
import pytest
import redis

from bench.postgres import Cluster, PostgresMissing, cluster
from routing.batches.running import AT_ONCE as BATCH_LINES_AT_ONCE
from tests.batching import Batch
from tests.chaos.composites import Slow
from tests.chaos.load import CLIENT_TIMEOUT_S, Told, call_until
from tests.promises.record import assert_whole, record
from tests.promises.told import run as run_python
from tests.stack import ROOT, Stack, started, wait_until

pytestmark = pytest.mark.stack

CLIENTS = 24
DELAY_MS = 120
BEFORE_S, DOWN_S, AFTER_S = 2.0, 1.0, 4.0
RECOVERY_TIMEOUT_S = 75.0
END_TIMEOUT_S = 40.0  # the sweeper's grace past the deadline, for what died with its worker and with Valkey
IN_FLIGHT = "SELECT id FROM audit_request WHERE state = 'running' AND worker <> 'batch'"
TAKE_UP_BATCHES = """
from routing.models import Batch, ProviderBatch
from routing.tasks import sweep_batches
for held in (Batch, ProviderBatch):
    held.objects.update(leased_until=None)  # that they run out is a matter of time
sweep_batches()
"""
STARTED = (
    "SELECT r.tags, r.outcome, count(*) AS n FROM audit_entry e JOIN audit_request r ON r.id = e.request_id "
    "WHERE e.event_type = 'attempt.started' GROUP BY r.id, r.tags, r.outcome"
)


@pytest.fixture(scope="module")
def postgres() -> Iterator[Cluster]:
    try:
        with cluster() as made:
            yield made
    except PostgresMissing:
        pytest.skip("no PostgreSQL on this machine")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shaken(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Stack, Cluster | None]]:
    """A stack of this module's own, whose worker also runs the periodic tasks."""
    patch = pytest.MonkeyPatch()
    database = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    patch.setenv("DATABASE_URL", database.url) if database else patch.delenv("DATABASE_URL", raising=False)
    with started(tmp_path_factory.mktemp("shaken")) as stack:
        stack.kill("worker")
        stack.start_worker("worker", "--with-beat")
        wait_until(lambda: answers(stack), "an answer", RECOVERY_TIMEOUT_S)
        yield stack, database
    patch.undo()


REVIVE: dict[str, Callable[[Stack], None]] = {
    "worker": lambda stack: stack.start_worker("worker", "--with-beat"),
    "web": lambda stack: stack.start_web(),
    "valkey": lambda stack: stack.start_valkey(),
}


@pytest.mark.parametrize("victim", ["worker", "web", "valkey"])
def test_a_killed_process_loses_no_record_and_no_money(
    shaken: tuple[Stack, Cluster | None], victim: str
) -> None:
    stack, _ = shaken
    told = shake(stack, lambda: stack.kill(victim), lambda: REVIVE[victim](stack))
    assert_recovered(stack, told)


def test_a_killed_database_loses_no_record_and_no_money(shaken: tuple[Stack, Cluster | None]) -> None:
    stack, database = shaken
    if database is None:
        pytest.skip("SQLite has no process to kill")
    told = shake(stack, database.kill, database.start)
    assert_recovered(stack, told)


def test_a_worker_killed_among_several_calls_repeats_none_and_loses_no_money(
    shaken: tuple[Stack, Cluster | None],
) -> None:
    """Each request is closed as abandoned, and all that was held for it is charged."""
    stack, _ = shaken
    asked = [
        Slow("voting", 3),
        Slow("in-steps", 2, "[[say:cheap-1=facts]]", at="dear"),
        Slow("escalating", 2, "[[say:cheap-1=no number]]", at="twin"),
        Slow("nested", 2),
    ]
    for each in asked:
        each.ask(stack)
    stack.kill("worker")
    stack.start_worker("worker", "--with-beat")
    assert {each.told() for each in asked} == {"answer_lost"}
    for each in asked:
        found = record(stack, each.request_id(stack))
        assert (found.row["outcome"], found.tried[-1][-9:]) == ("abandoned", "abandoned")
        assert each.calls(stack) == len(found.attempts) == each.reached
        assert len(found.of("attempt.started")) == len(found.of("attempt.finished")) == each.reached
        settled = sum(row["amount_nano"] for row in found.ledger if row["kind"] == "settled")
        assert found.row["cost_nano"] == settled == found.row["worst_case_nano"]
    assert_counted(stack)


def test_valkey_killed_among_several_calls_ends_none_of_them(shaken: tuple[Stack, Cluster | None]) -> None:
    """The calls go on; the next ones are begun from what is in memory and in the register."""
    stack, _ = shaken
    asked = [
        Slow("escalating", 1, "[[say:cheap-1=no number]][[say:twin-1=42]]", at="cheap", delay_ms=2000),
        Slow("agreeing", 3, "[[say:cheap-1=1]][[say:twin-1=2]]", delay_ms=2000),
    ]
    for each in asked:
        each.ask(stack)
    stack.kill("valkey")
    stack.start_valkey()
    for each in asked:
        assert each.told() in ("answered", "answer_lost")
        found = record(stack, each.request_id(stack))
        assert found.row["outcome"] == "succeeded"
        assert_whole(found)
        assert each.calls(stack) == len(found.attempts) > each.reached
    assert_counted(stack)


def test_a_database_killed_among_several_calls_lets_none_be_made_without_a_record(
    shaken: tuple[Stack, Cluster | None],
) -> None:
    stack, database = shaken
    if database is None:
        pytest.skip("SQLite has no process to kill")
    asked = Slow("escalating", 1, "[[say:cheap-1=no number]]", at="cheap", delay_ms=1500)
    asked.ask(stack)
    database.kill()
    assert asked.told() == "service_unavailable"
    assert asked.calls(stack) == 1
    database.start()
    found = record(stack, asked.request_id(stack))
    assert found.tried[0] == "cheap ok"
    assert asked.calls(stack) <= len(found.of("attempt.started"))
    assert_counted(stack)


def test_a_worker_killed_in_mid_batch_runs_no_line_twice_and_every_line_ends(
    shaken: tuple[Stack, Cluster | None],
) -> None:
    """One batch is at its provider then, and lines of the other are in flight: these are lost, no others."""
    stack, _ = shaken
    with httpx.Client(base_url=stack.api_url, headers=stack.headers(), timeout=CLIENT_TIMEOUT_S) as http:
        sent = Batch(stack, http, ("",) * 4)
        wait_until(lambda: [row["state"] for row in sent.sent] == ["running"], "it to be sent", 30)
        run = Batch(stack, http, ("delay_ms=1000",) * 64, model="echo")
        wait_until(lambda: run.value["request_counts"]["completed"] >= 8, "some answers", 30)
        stack.kill("worker")
        stack.start_worker("worker", "--with-beat")
        wait_until(lambda: not stack.rows(IN_FLIGHT), "the end of what was in flight", RECOVERY_TIMEOUT_S)
        run_python(stack, TAKE_UP_BATCHES)
        assert sent.ended()["request_counts"] == {"total": 4, "completed": 4, "failed": 0}
        counts = run.ended()["request_counts"]
        lost = run.said("error")
    assert counts["completed"] + counts["failed"] == counts["total"] == 64
    assert counts["failed"] <= BATCH_LINES_AT_ONCE
    assert {said["response"]["body"]["error"]["code"] for said in lost.values()} <= {"answer_lost"}
    assert set(sent.calls) == set(run.calls) == {1}
    assert_counted(stack)


def assert_counted(stack: Stack) -> None:
    """The stack answers again, and its live counters come to be what the ledger says."""
    wait_until(lambda: answers(stack), "an answer", RECOVERY_TIMEOUT_S)
    end_leases(stack)
    wait_until(lambda: counters_agree(stack), "counters that equal the ledger", RECOVERY_TIMEOUT_S)


def shake(stack: Stack, kill: Callable[[], None], revive: Callable[[], None]) -> Told:
    """Load before, during and after the absence of one part.

    The load has a thread of its own; processes are started from the main one, because they end with the
    thread that started them.
    """
    told, stop = Told(), threading.Event()
    load = threading.Thread(target=call_until, args=(stack, stop, told, CLIENTS, DELAY_MS))
    load.start()
    try:
        time.sleep(BEFORE_S)
        kill()
        time.sleep(DOWN_S)
        revive()
        time.sleep(AFTER_S)
    finally:
        stop.set()
        load.join()
    return told


def assert_recovered(stack: Stack, told: Told) -> None:
    assert told.statuses.get("200", 0) > CLIENTS, told
    assert told.longest_s < CLIENT_TIMEOUT_S, told
    assert set(told.statuses) <= {"200", "lost", "429", "502", "503", "504"}, told
    wait_until(stack.ready, "the stack", RECOVERY_TIMEOUT_S)
    wait_until(lambda: answers(stack), "an answer", RECOVERY_TIMEOUT_S)
    wait_until(lambda: not running(stack), "the end of every request", END_TIMEOUT_S)
    end_leases(stack)
    wait_until(lambda: counters_agree(stack), "counters that equal the ledger", RECOVERY_TIMEOUT_S)
    assert_recorded_one_by_one(stack, told)
    manage(stack, "verify_register")


def assert_recorded_one_by_one(stack: Stack, told: Told) -> None:
    started, outcomes = Counter[str](), dict[str, str]()
    for row in stack.rows(STARTED):
        for label in json.loads(row["tags"]):
            started[label] += row["n"]  # a line of a batch may be asked again, as another request
            outcomes[label] = row["outcome"]
    reached = stack.provider_labels()
    assert len(reached) >= len(told.answered)
    unrecorded = {label: calls for label, calls in reached.items() if calls > started[label]}
    assert unrecorded == {}, "calls without a record"
    assert {outcomes.get(label) for label in told.answered} == {"succeeded"}


def answers(stack: Stack) -> bool:
    body = {"model": "brisk", "messages": [{"role": "user", "content": "Are you there?"}]}
    url = f"{stack.api_url}/chat/completions"
    return httpx.post(url, json=body, headers=stack.headers(), timeout=CLIENT_TIMEOUT_S).is_success


def count(stack: Stack, sql: str) -> int:
    return int(stack.rows(sql)[0]["n"])


def running(stack: Stack) -> int:
    return count(stack, "SELECT count(*) AS n FROM audit_request WHERE state = 'running'")


def end_leases(stack: Stack) -> None:
    """Let the leases of all holds end now instead of in a minute; the periodic sweep does the rest."""
    with redis.Redis(port=stack.valkey_port) as client:
        for key in client.keys("*leases"):
            client.zadd(key, dict.fromkeys(client.zrange(key, 0, -1), 0), xx=True)


def counters_agree(stack: Stack) -> bool:
    command = [sys.executable, "manage.py", "reconcile_budgets"]
    done = subprocess.run(command, cwd=ROOT, env=stack.environment, capture_output=True, check=False)
    return done.returncode == 0


def manage(stack: Stack, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=stack.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr

"""The promises of DESIGN.md, section 1, each attacked over the running stack.

Elsewhere: killed processes (tests/chaos), faults of providers (test_upstream_faults), parts that are away
(test_absence); that every decision of a stack is derived again is asserted at the end of each stack.
"""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from typing import Any

import httpx
import pytest

from billing.core.money import to_nano
from routing.api.completion import DEADLINE_GRACE_S
from routing.refusing import REGISTER_WAIT_S
from tests.chaos.composites import Slow
from tests.promises.budgets import give_budget, held_nano, worst_nano
from tests.promises.record import assert_whole, record
from tests.promises.told import (
    CLIENT_TIMEOUT_S,
    attempts_of,
    body,
    calls_reached,
    code_of,
    entries_of,
    forget_health,
    manage,
    post,
    run,
)
from tests.stack import Stack, wait_until

pytestmark = pytest.mark.stack

RACERS = 1_000
HEADER = "x-signalbox-data-class"
REVOKED_WITHIN_S = 2.0
BRISK_DEADLINE_S = 8
SLACK_S = 3.0
MAKE_KEY = """
from registry.models import Application, DataClass
from registry.services import keys
public, application = DataClass.objects.get(name="public"), Application.objects.get(name="main")
options = {"clearance": public, "default_data_class": public}
print(keys.create(actor=None, name="short-lived", application=application, **options).token)
"""
REVOKE_KEY = """
from registry.models import ApiKey
from registry.services import keys
keys.revoke(actor=None, key=ApiKey.objects.get(name="short-lived"))
"""


# 1. No call without a record


@contextmanager
def register_taken(stack: Stack) -> Iterator[None]:
    """Nobody can write to the register: another holds its locks."""
    url = stack.environment["DATABASE_URL"]
    if stack.on_sqlite:
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")
        return
    import psycopg

    with psycopg.connect(url) as holder:
        holder.execute("LOCK TABLE audit_entry IN ACCESS EXCLUSIVE MODE")
        yield
        holder.rollback()


@pytest.mark.parametrize("stream", [False, True])
def test_1_nothing_is_called_while_the_intent_can_not_be_committed(stack: Stack, stream: bool) -> None:
    before, began = calls_reached(stack), time.monotonic()
    with register_taken(stack):
        answer = post(stack, model="brisk", stream=stream)
    assert code_of(answer) in ("service_unavailable", "upstream_timeout")
    assert time.monotonic() - began < BRISK_DEADLINE_S + DEADLINE_GRACE_S + REGISTER_WAIT_S + SLACK_S
    assert calls_reached(stack) == before
    wait_until(lambda: post(stack, model="brisk").status_code == 200, "the register to be written again")


def test_1_no_further_call_is_made_where_the_register_goes_after_the_first(stack: Stack) -> None:
    """Its answer passes no gate, and the next member of the cascade could not be told of."""
    forget_health(stack)
    asked = Slow("escalating", 1, "[[say:cheap-1=no number]]", at="cheap", delay_ms=1_000)
    asked.ask(stack)
    with register_taken(stack):
        assert asked.told() == "service_unavailable"
    found = record(stack, asked.request_id(stack))
    assert found.row["outcome"] == "failed"
    assert asked.calls(stack) == 1
    assert_whole(found)


def test_1_each_call_has_its_intent_before_its_end(stack: Stack) -> None:
    forget_health(stack)
    answer = post(stack, "[[demo:status=500,first=1]] once more", model="faulty-8")
    assert answer.status_code == 200
    told = entries_of(stack, answer.headers["x-request-id"])
    assert told == [
        "request.accepted",
        *("attempt.started", "attempt.finished") * 2,
        "request.finished",
    ]


# 2. No call outside the matrix


DENIED = ("data_class_denied", "data_class_unknown")
LOOK_ALIKES = [
    "restricted",
    "RESTRICTED",
    " Restricted ",
    "restricted\u200b",
    "r\u0435stricted",  # a Cyrillic letter
    "\uff52estricted",  # a full-width letter
    "restricte\u0131d",
    "public\u0000",
    "public, restricted",
    "publi\u0441",
]


@pytest.mark.parametrize("label", LOOK_ALIKES)
@pytest.mark.parametrize("model", ["auto", "echo", "resilient", "lenient"])
def test_2_no_spelling_of_a_label_reaches_a_provider(stack: Stack, label: str, model: str) -> None:
    before = calls_reached(stack)
    refused = [post(stack, model=model, metadata={"data_class": label})]
    if "\0" not in label:  # which no HTTP client sends
        refused.append(post(stack, model=model, stream=True, headers={HEADER: label.strip().encode()}))
    assert {code_of(answer) for answer in refused} <= {*DENIED, "invalid_request"}
    assert calls_reached(stack) == before


@pytest.mark.parametrize(("header", "told"), [("public", "restricted"), ("restricted", "public")])
def test_2_labels_that_disagree_are_never_taken_for_the_looser(stack: Stack, header: str, told: str) -> None:
    before = calls_reached(stack)
    answer = post(stack, headers={HEADER: header}, metadata={"data_class": told})
    assert code_of(answer) in ("invalid_request", "data_class_denied")
    assert calls_reached(stack) == before


def test_2_unlabelled_data_is_of_the_strictest_class_where_the_key_says_nothing(stack: Stack) -> None:
    answer = post(stack, key="strict")
    assert code_of(answer) == "data_class_denied"
    assert stack.request_row(answer.headers["x-request-id"])["data_class"] == "restricted"


def test_2_a_fallback_is_under_the_matrix_too(stack: Stack) -> None:
    """The first member fails; the second is approved for no more than the first."""
    forget_health(stack)
    asked = {"model": "sheltered", "metadata": {"data_class": "restricted"}}
    preview = httpx.post(stack.api_url + "/route", json=body(**asked), headers=stack.headers(), timeout=30)
    assert preview.json()["outcome"] == "refusal"
    assert code_of(post(stack, "[[demo:status=500]]", **asked)) == "data_class_denied"


# 3. No overspend


def test_3_the_last_cent_is_usable_and_not_a_nano_dollar_more(stack: Stack) -> None:
    asked = {"user": "promise-last-cent", "max_tokens": 40}
    give_budget(stack, "promise-last-cent", worst_nano(stack, **asked))
    assert code_of(post(stack, **{**asked, "max_tokens": 41})) == "budget_exceeded"
    assert post(stack, **asked).status_code == 200
    assert code_of(post(stack, **asked)) == "budget_exceeded"


async def _race(stack: Stack, asked: dict[str, Any]) -> list[httpx.Response]:
    limits = httpx.Limits(max_connections=RACERS)
    async with httpx.AsyncClient(timeout=CLIENT_TIMEOUT_S * 2, limits=limits, trust_env=False) as client:
        url, headers = stack.api_url + "/chat/completions", stack.headers()
        calls = (client.post(url, json=asked, headers=headers) for _ in range(RACERS))
        return list(await asyncio.gather(*calls))


def _watch(stack: Stack, end_user: str, stop: threading.Event, seen: list[int]) -> None:
    while not stop.is_set():
        seen.append(held_nano(stack, end_user))
        time.sleep(0.02)


def test_3_a_thousand_at_once_never_pass_a_budget(stack: Stack) -> None:
    """What is settled and what is held never pass the limit, at any moment that anybody sees."""
    user = "promise-race"
    asked = body("[[demo:delay_ms=30]] race", user=user, max_tokens=16)
    worst = worst_nano(stack, **{**asked, "messages": asked["messages"]})
    limit = worst * 40
    give_budget(stack, user, limit)
    stop, seen = threading.Event(), list[int]()
    watcher = threading.Thread(target=_watch, args=(stack, user, stop, seen))
    watcher.start()
    try:
        answers = asyncio.run(_race(stack, asked))
    finally:
        stop.set()
        watcher.join()
    told = {code: sum(code_of(answer) == code for answer in answers) for code in map(code_of, answers)}
    assert set(told) <= {"", "budget_exceeded", "busy"}
    assert told[""] >= 40
    assert told["budget_exceeded"] > 0
    assert max(seen) <= limit
    paid = held_nano(stack, user)
    costs = [to_nano(Decimal(a.headers["x-signalbox-cost-usd"])) for a in answers if a.is_success]
    assert paid == sum(costs) <= limit
    manage(stack, "reconcile_budgets")


# 4. Every decision can be derived again


def test_4_every_decision_on_record_gives_the_same_bytes(stack: Stack) -> None:
    post(stack)
    post(stack, metadata={"data_class": "restricted"})
    post(stack, metadata={"task": "forbidden", "tags": "a,b"}, user="somebody")
    told = dict(line.split(": ") for line in manage(stack, "replay_decisions").splitlines())
    assert int(told["same"]) >= 3
    assert (told["different"], told["release_missing"], told["inputs_missing"]) == ("0", "0", "0")


def test_4_every_charge_on_record_comes_out_the_same_at_the_price_row_it_names(stack: Stack) -> None:
    post(stack)
    post(stack, stream=True)
    told = dict(line.split(": ") for line in manage(stack, "recompute_charges").splitlines())
    assert int(told["same"]) >= 2
    assert (told["different"], told["price_missing"], told["use_missing"]) == ("0", "0", "0")


# 5. Tightening is immediate


def test_5_a_revoked_key_is_refused_by_every_process_at_once(stack: Stack) -> None:
    token = run(stack, MAKE_KEY)
    stack.keys["short-lived"] = token
    try:
        wait_until(lambda: post(stack, key="short-lived").status_code == 200, "the key to be known", 10)
        run(stack, REVOKE_KEY)
        revoked = time.monotonic()
        wait_until(lambda: post(stack, key="short-lived").status_code == 401, "the key to be refused", 10)
        assert time.monotonic() - revoked < REVOKED_WITHIN_S
    finally:
        del stack.keys["short-lived"]


# 6. What was served is what is recorded


@pytest.mark.parametrize("stream", [False, True])
def test_6_four_names_are_kept_and_a_difference_is_drift(stack: Stack, stream: bool) -> None:
    answer = post(stack, "[[demo:report_model=echo-1-cheaper]]", stream=stream)
    assert answer.headers["x-signalbox-model"] == "echo"
    assert "cheaper" not in answer.text.replace("report_model=echo-1-cheaper", "")
    row = stack.request_row(answer.headers["x-request-id"])
    (tried,) = attempts_of(stack, answer.headers["x-request-id"])
    assert (row["requested"], tried["model_version"]) == ("auto", "1")
    assert (tried["sent_model"], tried["reported_model"]) == ("echo-1", "echo-1-cheaper")
    assert tried["fingerprint"] == "fp_demo"
    assert bool(tried["drift"])


def test_6_the_same_name_is_no_drift(stack: Stack) -> None:
    answer = post(stack)
    (tried,) = attempts_of(stack, answer.headers["x-request-id"])
    assert (tried["reported_model"], bool(tried["drift"])) == ("echo-1", False)


# 7. Fail closed: see also test_absence


def test_7_a_queue_without_a_worker_is_said_at_once(stack: Stack) -> None:
    before, began = calls_reached(stack), time.monotonic()
    answer = post(stack, model="remote")
    assert (answer.status_code, code_of(answer)) == (503, "service_unavailable")
    assert time.monotonic() - began < 2
    assert calls_reached(stack) == before

"""Routes of several models under attack: every promise holds for judges, shadows and repeats too."""

import json
import random
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.promises.budgets import give_budget, held_nano, worst_nano
from tests.promises.record import assert_whole, record
from tests.promises.told import body, code_of, forget_health, post
from tests.stack import Stack, wait_until
from tests.stack_patterns import MEMBERS, ROUTES

pytestmark = pytest.mark.stack

AT_ONCE = 6
REQUESTS_EACH = 8
FAULTS = (
    *("status=500", "status=429,retry_after=1", "status=400", "cut_after=2", "garbage", "empty", "html"),
    *("error200", "no_usage", "finish=content_filter", "delay_ms=150", "delay_ms=60000", "tokens=3000"),
)
ANSWERS = ("", "4", "It is 5", "code", '{"score": 90}', '{"score": 10}', "A", "one two three")
LEFT = "left"
RACERS = 40
ROOM = 5  # worst cases


@pytest.fixture(autouse=True)
def _healthy(stack: Stack) -> Iterator[None]:
    """Before, and for those who come after."""
    forget_health(stack)
    yield
    forget_health(stack)


def happening(draw: random.Random, route: str) -> tuple[str, dict[str, Any], float]:
    """A label, a request under it in which anything may go wrong, and how long its client waits (seconds)."""
    label = uuid.uuid4().hex
    told = f"label={label}"
    if draw.random() < 0.7:
        told += f",fail_model={draw.choice(list(MEMBERS))}-1,{draw.choice(FAULTS)}"
    said = "".join(f"[[say:{name}-1={draw.choice(ANSWERS)}]]" for name in MEMBERS if draw.random() < 0.7)
    asked = body(f"{said}[[demo:{told}]] about code", model=route, metadata={"demo": told})
    leaves = draw.random() < 0.1 or "delay_ms=60000" in told
    return label, {**asked, "stream": draw.random() < 0.5}, draw.choice((0.05, 0.3)) if leaves else 60.0


def asked(stack: Stack, given: tuple[str, dict[str, Any], float]) -> tuple[str, str]:
    label, wanted, patience_s = given
    headers = stack.headers(**{"x-signalbox-tags": label})
    try:
        url = stack.api_url + "/chat/completions"
        answer = httpx.post(url, json=wanted, headers=headers, timeout=patience_s)
    except httpx.ReadTimeout:
        return label, LEFT
    return label, code_of(answer)


@pytest.mark.parametrize("route", ["deep-vote", "deep-steps", "deep-labels", "nested"])
def test_whatever_goes_wrong_the_record_is_whole_and_the_money_adds_up(stack: Stack, route: str) -> None:
    draw = random.Random(route)
    wanted = [happening(draw, route) for _ in range(REQUESTS_EACH)]
    streamed = {label for label, given, _ in wanted if given["stream"]}
    with ThreadPoolExecutor(AT_ONCE) as clients:
        told = dict(clients.map(lambda each: asked(stack, each), wanted))
    assert "internal_error" not in told.values()
    for label, code in told.items():
        rows = stack.rows("SELECT id FROM audit_request WHERE tags = %s", json.dumps([label]))
        if not rows:
            assert (code, stack.provider_labels().get(label)) == (LEFT, None)
            continue
        found = record(stack, str(uuid.UUID(str(rows[0]["id"]))))
        assert stack.provider_labels().get(label, 0) <= len(found.of("attempt.started"))
        if code != LEFT and label not in streamed:
            assert (found.row["outcome"] == "succeeded") is (code == "")
        if found.attempts:
            assert_whole(found)


def test_many_ensembles_at_once_never_pass_a_budget(stack: Stack) -> None:
    """Each holds the worst case of all its calls; what members that are not waited for used is in it."""
    user = "promise-ensembles"
    text = "".join(f"[[say:{name}-1=4]]" for name in MEMBERS)
    wanted = body(f"{text}[[demo:delay_ms=30]]", model="voting", user=user, max_tokens=16)
    limit = worst_nano(stack, **wanted) * ROOM
    give_budget(stack, user, limit)
    with ThreadPoolExecutor(RACERS) as racers, httpx.Client(headers=stack.headers(), timeout=60) as client:
        url = stack.api_url + "/chat/completions"
        racing = [racers.submit(client.post, url, json=wanted) for _ in range(RACERS)]
        codes = [code_of(each.result()) for each in racing]
    assert set(codes) <= {"", "budget_exceeded", "busy"}
    assert codes.count("") >= ROOM
    assert 0 < held_nano(stack, user) <= limit


def test_a_request_that_nobody_had_room_for_is_closed_without_a_call(stack: Stack) -> None:
    """The first is told to come back in a minute; until then no other is sent, nor anything held for it."""
    cooled = post(stack, "[[demo:fail_model=cheap-1,status=429,retry_after=60]]", model="certain")
    assert code_of(cooled) == "upstream_rate_limited"
    seen = stack.provider_stats()["requests"]
    answer = post(stack, "Hello", model="certain")
    found = record(stack, answer.headers["x-request-id"])
    assert (code_of(answer), found.tried) == ("upstream_rate_limited", ["cheap rate_limit"])
    assert stack.provider_stats()["requests"] == seen
    assert_whole(found)


CONFIDENTIAL = {"x-signalbox-data-class": "confidential"}
REFUSED = ("judged", "picking", "certain", "reviewed")  # what is nothing without its checker


@pytest.mark.parametrize("route", [name for name, text in ROUTES.items() if "model checker" in text])
def test_who_is_not_approved_is_not_asked_to_judge_or_to_label(stack: Stack, route: str) -> None:
    """`checker` may not see confidential data: what it must check is refused, or is left out."""
    answer = post(stack, "[[say:cheap-1=4]][[say:twin-1=4]] secret", model=route, headers=CONFIDENTIAL)
    found = record(stack, answer.headers["x-request-id"])
    assert all(each["model"] != "checker" for each in found.attempts)
    candidates = {name: why for name, *why in found.entries[0]["decision"]["candidates"]}
    assert candidates["checker-eu"][0] == "matrix_absent"
    assert (found.row["outcome"] == "refused") is (route in REFUSED)


def test_a_client_that_leaves_in_the_last_step_ends_it_at_the_provider(stack: Stack) -> None:
    label = uuid.uuid4().hex
    demo = f"label={label},fail_model=dear-1,chunks=2000,chunk_ms=20"
    wanted = body("a story", model="in-steps", stream=True, metadata={"demo": demo})
    url = stack.api_url + "/chat/completions"
    with httpx.stream("POST", url, headers=stack.headers(), json=wanted, timeout=30) as answer:
        next(line for line in answer.iter_lines() if '"content"' in line)
        request_id = answer.headers["x-request-id"]
    ended = {"model": "dear-1", "status": 200, "how": "cancelled", "label": label}
    wait_until(lambda: ended in stack.provider_stats()["recent"], "the end of the last step", 10)
    found = record(stack, request_id)
    assert found.row["outcome"] == "cancelled"
    assert found.tried == ["cheap ok", "dear cancelled"]
    assert_whole(found)

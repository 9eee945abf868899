"""A router that is trained by command, reviewed and released decides requests, and its decisions replay."""

import json
from typing import Any

import httpx
import pytest

from audit.core.canonical import canonical_json, sha256_hex
from tests.promises.record import Record, assert_whole, record
from tests.promises.told import forget_health, post, run
from tests.stack import Stack, wait_until
from tests.stack_router import POLICY, PROMPTS, ROUTER

pytestmark = pytest.mark.stack

SWITCH_TIMEOUT_S = 10.0
REPLAYED = """
from audit.models import Entry
from routing.replays import replay_all
entries = Entry.objects.filter(request_id="{}", event_type="request.accepted")
print(*(replayed.verdict.value for replayed in replay_all(entries)))
"""


@pytest.fixture(scope="module")
def trained(stack: Stack) -> Stack:
    run(stack, "from tests import stack_router; stack_router.in_force()")
    wait_until(lambda: route(stack, "hello").is_success, "the release", SWITCH_TIMEOUT_S)
    forget_health(stack)
    return stack


def route(stack: Stack, text: str, **more: Any) -> httpx.Response:
    """What would be decided of such a request."""
    body = {"model": POLICY, "messages": [{"role": "user", "content": text}], **more}
    return httpx.post(stack.api_url + "/route", headers=stack.headers(), json=body)


def asked(stack: Stack, text: str, **more: Any) -> Record:
    answer = post(stack, text, model=POLICY, **more)
    assert answer.status_code == 200, answer.text
    return record(stack, answer.headers["x-request-id"])


def score_in(found: Record) -> dict[str, Any]:
    (score,) = json.loads(found.row["facts"])["scores"]
    return dict(score)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(("kind", "served"), [("easy", "cheap"), ("hard", "dear")])
def test_a_request_goes_where_the_router_says(trained: Stack, kind: str, served: str, stream: bool) -> None:
    found = asked(trained, PROMPTS[kind].format(77), stream=stream)
    assert found.tried == [f"{served} ok"]
    assert_whole(found)


def test_the_record_names_the_artifact_the_score_and_what_weighed_most(trained: Stack) -> None:
    found = asked(trained, PROMPTS["hard"].format(77))
    score = score_in(found)
    assert score["router"] == ROUTER
    assert score["artifact"] == artifact_in_force(trained, found.row["release_number"])
    assert len(score["reasons"]) == 3
    assert not any("77" in reason for reason in score["reasons"])
    assert route(trained, PROMPTS["hard"].format(77)).json()["facts"]["scores"] == [score]


def artifact_in_force(stack: Stack, release: int) -> str:
    (row,) = stack.rows("SELECT document FROM registry_release WHERE number = %s", release)
    (router,) = json.loads(row["document"])["trained_routers"]
    return sha256_hex(canonical_json(router["artifact"]))


def test_what_is_unlike_the_set_goes_to_the_generalist(trained: Stack) -> None:
    found = asked(trained, PROMPTS["easy"].format(77), headers={"x-signalbox-task": "poetry"})
    assert found.tried == ["dear ok"]
    assert score_in(found)["outside"] == "the task poetry is not in the evaluation set"


def test_a_conversation_stays_where_its_first_message_took_it(trained: Stack) -> None:
    turns = [PROMPTS["easy"].format(77), "It is 80.", PROMPTS["hard"].format(3)]
    roles = ("user", "assistant", "user")
    messages = [{"role": role, "content": text} for role, text in zip(roles, turns, strict=True)]
    assert asked(trained, "", messages=messages).tried == ["cheap ok"]


def test_the_decision_replays_to_the_same_bytes(trained: Stack) -> None:
    found = asked(trained, PROMPTS["hard"].format(78))
    assert run(trained, REPLAYED.format(found.row["id"])) == "same"

"""Feedback over HTTP: of one's own answers, and of nobody else's."""

import uuid
from typing import Any

import httpx
import pytest
from stack import Stack

pytestmark = pytest.mark.stack
HELLO = {"model": "auto", "messages": [{"role": "user", "content": "Hello"}]}


def said(stack: Stack, body: dict[str, Any], key: str = "main") -> httpx.Response:
    return httpx.post(stack.api_url + "/feedback", json=body, headers=stack.headers(key), timeout=30)


@pytest.fixture(scope="module")
def answer(stack: Stack) -> httpx.Response:
    return httpx.post(
        stack.api_url + "/chat/completions", json=HELLO, headers=stack.headers(), timeout=30
    ).raise_for_status()


def test_an_answer_is_scored_by_either_of_its_ids_and_once(stack: Stack, answer: httpx.Response) -> None:
    request_id, user = answer.headers["x-request-id"], uuid.uuid4().hex
    first = said(stack, {"request_id": request_id, "score": 0.25, "user": user}).raise_for_status().json()
    second = said(stack, {"request_id": answer.json()["id"], "score": 1, "user": user}).json()
    assert (first["object"], first["score"], first["replaced"]) == ("feedback", 0.25, False)
    assert (second["id"], second["request_id"], second["score"]) == (first["id"], request_id, 1.0)
    assert second["replaced"]
    wanted = request_id.replace("-", "") if stack.on_sqlite else request_id
    told = stack.rows("SELECT * FROM audit_entry WHERE request_id = %s ORDER BY event_id", wanted)
    assert [row["event_type"] for row in told].count("feedback.recorded") == 2


@pytest.mark.parametrize("key", ["other", "poor"])
def test_another_applications_request_is_not_found(stack: Stack, answer: httpx.Response, key: str) -> None:
    theirs = said(stack, {"request_id": answer.headers["x-request-id"], "score": 0}, key)
    nobodys = said(stack, {"request_id": str(uuid.uuid4()), "score": 0}, key)
    assert (theirs.status_code, theirs.json()) == (404, nobodys.json())


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"score": 1.5}, "score"),
        ({"score": "good"}, "score"),
        ({"score": None}, "score"),
        ({"label": "two words"}, "label"),
        ({"comment": "x" * 4001}, "comment"),
        ({"request_id": 7}, "request_id"),
    ],
)
def test_what_can_not_be_read_is_refused(
    stack: Stack, answer: httpx.Response, wrong: dict[str, Any], param: str
) -> None:
    body = {"request_id": answer.headers["x-request-id"], "score": 1, **wrong}
    refused = said(stack, body)
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, param)


def test_feedback_needs_a_key(stack: Stack) -> None:
    assert httpx.post(stack.api_url + "/feedback", json={}, timeout=30).status_code == 401

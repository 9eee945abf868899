"""Every code: documented, in one shape, and given for what it stands for."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from stack import Stack

from routing.api.errors import CODES, ApiError
from routing.api.wire import read_chat_request
from routing.content import commitments

DOCS = Path(__file__).parents[2] / "docs" / "errors.md"
HELLO = [{"role": "user", "content": "Hello"}]
ROW = re.compile(r"^\| `(\w+)` \| (\d+) \| `(\w+)` \| (yes|no) \| (.+) \|$", re.MULTILINE)


def told(model: str, faults: str) -> dict[str, Any]:
    """A request that makes the demo provider fail like this."""
    return {"model": model, "messages": [{"role": "user", "content": f"[[demo:{faults}]]"}]}


def test_the_documentation_lists_exactly_the_codes_there_are() -> None:
    told = {
        code: (int(status), kind, retry == "yes", meaning)
        for code, status, kind, retry, meaning in ROW.findall(DOCS.read_text())
    }
    assert told == {code: (row.status, row.type, row.retry, row.meaning) for code, row in CODES.items()}


def test_an_unknown_code_becomes_an_upstream_error_and_keeps_its_words() -> None:
    error = ApiError("something_new", "It broke.")
    assert (error.status, error.code, error.message) == (502, "upstream_error", "something_new: It broke.")


def test_retry_after_is_whole_seconds_and_at_least_one() -> None:
    assert ApiError("busy", retry_after_s=0.1).response_headers()["retry-after"] == "1"
    assert ApiError("busy", retry_after_s=1.2).response_headers()["retry-after"] == "2"


def post(
    stack: Stack, key: str = "main", headers: dict[str, str] | None = None, **body: Any
) -> httpx.Response:
    asked = {"model": "auto", "messages": HELLO, **body}
    headers = {**stack.headers(key), **(headers or {})}
    return httpx.post(stack.api_url + "/chat/completions", headers=headers, json=asked, timeout=30)


def shaped(response: httpx.Response) -> str:
    """The code of an error, after its shape was checked."""
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-request-id"]
    row = CODES[error["code"]]
    assert (response.status_code, error["type"]) == (row.status, row.type)
    return str(error["code"])


@pytest.mark.stack
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"messages": []}, "invalid_request"),
        ({"model": "no-such"}, "model_not_found"),
        ({"metadata": {"task": "forbidden"}}, "policy_denied"),
        ({"model": "guarded"}, "policy_denied"),
        ({"metadata": {"data_class": "restricted"}}, "data_class_denied"),
        ({"metadata": {"data_class": "confidentiall"}}, "data_class_unknown"),
        ({"model": "plain", "tools": [{"type": "function", "function": {"name": "f"}}]}, "no_candidate"),
        ({"model": "remote"}, "service_unavailable"),
        (told("faulty-3", "status=400"), "upstream_rejected"),
        (told("faulty-4", "status=401"), "upstream_error"),
        (told("faulty-5", "garbage"), "upstream_error"),
        (told("faulty-6", "status=429,retry_after=60"), "upstream_rate_limited"),
        (told("hasty", "delay_ms=9000"), "upstream_timeout"),
    ],
)
def test_each_cause_has_its_code(stack: Stack, body: dict[str, Any], code: str) -> None:
    assert shaped(post(stack, **body)) == code


@pytest.mark.stack
@pytest.mark.parametrize("key", ["expired", "revoked"])
def test_keys_that_ended_are_refused_like_unknown_ones(stack: Stack, key: str) -> None:
    ended = post(stack, key)
    headers = {"authorization": "Bearer sb-nonsense"}
    unknown = httpx.post(stack.api_url + "/chat/completions", headers=headers, json={}, timeout=30)
    assert shaped(ended) == shaped(unknown) == "invalid_api_key"
    assert ended.json() == unknown.json()
    assert ended.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.stack
def test_a_key_without_the_scope_is_refused(stack: Stack) -> None:
    response = httpx.get(stack.api_url + "/models", headers=stack.headers("chat_only"))
    assert shaped(response) == "insufficient_scope"


@pytest.mark.stack
def test_a_limit_per_minute_says_when_to_come_back(stack: Stack) -> None:
    answers = [post(stack, "slow") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert shaped(answers[-1]) == "rate_limit_exceeded"
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    left = [answer.headers["x-ratelimit-remaining-requests"] for answer in answers]
    assert (left, answers[0].headers["x-ratelimit-limit-requests"]) == (["1", "0", "0"], "2")
    assert answers[-1].headers["x-should-retry"] == "true"


@pytest.mark.stack
def test_a_spent_budget_is_not_worth_a_retry(stack: Stack) -> None:
    answer = post(stack, "poor")
    assert shaped(answer) == "budget_exceeded"
    assert answer.headers["x-should-retry"] == "false"
    assert "small" in answer.json()["error"]["message"]


@pytest.mark.stack
@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/v1/chat/completions", "method_not_allowed"),
        ("DELETE", "/v1/models", "method_not_allowed"),
        ("OPTIONS", "/v1/models", "method_not_allowed"),
        ("GET", "/v1/nothing/here", "not_found"),
        ("POST", "/v1/", "not_found"),
        ("GET", "/v1", "not_found"),
    ],
)
def test_paths_and_methods_that_are_not_there(stack: Stack, method: str, path: str, code: str) -> None:
    response = httpx.request(method, stack.url + path, headers=stack.headers())
    assert shaped(response) == code


@pytest.mark.stack
@pytest.mark.parametrize(
    ("content", "content_type", "code"),
    [
        (b"{", "application/json", "invalid_request"),
        (b"\xff\xfe", "application/json", "invalid_request"),
        (b"[]", "application/json", "invalid_request"),
        (b"a=b", "application/x-www-form-urlencoded", "unsupported_media_type"),
        (b" " * (20 * 1024 * 1024 + 1), "application/json", "request_too_large"),
    ],
)
def test_bodies_that_can_not_be_read(stack: Stack, content: bytes, content_type: str, code: str) -> None:
    headers = stack.headers(**{"content-type": content_type})
    response = httpx.post(stack.api_url + "/chat/completions", headers=headers, content=content, timeout=30)
    assert shaped(response) == code


@pytest.mark.stack
def test_a_body_that_turns_out_too_large_on_its_way_is_refused(stack: Stack) -> None:
    parts = (b" " * 1024 * 1024 for _ in range(30))
    headers = stack.headers(**{"content-type": "application/json"})
    response = httpx.post(stack.api_url + "/chat/completions", headers=headers, content=parts, timeout=30)
    assert shaped(response) == "request_too_large"


@pytest.mark.stack
@pytest.mark.parametrize(
    ("key", "body", "code"),
    [
        ("main", {"model": "no-such"}, "model_not_found"),
        ("main", {"metadata": {"data_class": "nonsense"}}, "data_class_unknown"),
        ("public", {"metadata": {"data_class": "internal"}}, "data_class_denied"),
        ("poor", {}, "budget_exceeded"),
    ],
)
def test_refusals_are_on_record_before_they_are_answered(
    stack: Stack, key: str, body: dict[str, Any], code: str
) -> None:
    response = post(stack, key, **body)
    row = stack.request_row(response.headers["x-request-id"], timeout_s=0.5)
    assert (row["outcome"], row["error_code"], row["attempts"]) == ("refused", code, 0)
    entries = stack.rows("SELECT body FROM audit_entry WHERE request_id = %s", row["id"])
    asked = read_chat_request(json.dumps({"model": "auto", "messages": HELLO, **body}).encode())
    said = json.loads(entries[0]["body"])["data"]["content"]
    assert said == commitments(bytes(row["content_salt"]), asked.request)

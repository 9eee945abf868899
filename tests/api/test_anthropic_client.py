"""Anthropic's official client, unchanged, against the running stack."""

import json
from collections.abc import Iterator
from typing import Any

import anthropic
import httpx
import pytest
from anthropic import Anthropic
from stack import Stack

pytestmark = pytest.mark.stack
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
TOOL = {"name": "lookup", "description": "Looks up.", "input_schema": {"type": "object", "properties": {}}}
ASKED: dict[str, Any] = {
    "model": "auto",
    "max_tokens": 200,
    "messages": [{"role": "user", "content": "Say hello."}],
}


@pytest.fixture
def client(stack: Stack) -> Iterator[Anthropic]:
    """Its key goes into `x-api-key`."""
    options = {"_strict_response_validation": True, "max_retries": 0}
    with Anthropic(base_url=stack.url, api_key=stack.keys["main"], **options) as made:
        yield made


def test_a_message_is_answered_and_on_record_under_its_surface(client: Anthropic, stack: Stack) -> None:
    raw = client.messages.with_raw_response.create(
        **ASKED, system="Be brief.", metadata={"user_id": "anna"}, extra_headers={"x-signalbox-task": "greet"}
    )
    message = raw.parse()
    assert "Say hello." in message.content[0].text
    assert (message.stop_reason, message.usage.output_tokens > 0) == ("end_turn", True)
    assert raw.headers["x-signalbox-deployment"] == "echo-eu"
    row = stack.request_row(raw.headers["request-id"])
    assert (row["outcome"], row["end_user"], row["task"]) == ("succeeded", "anna", "greet")
    entries = stack.rows("SELECT body FROM audit_entry WHERE request_id = %s", row["id"])
    asked = [json.loads(entry["body"])["data"].get("request", {}) for entry in entries]
    assert "messages" in {request.get("surface") for request in asked}


def test_a_stream_adds_up_to_its_message(client: Anthropic) -> None:
    with client.messages.stream(**ASKED) as stream:
        said = "".join(stream.text_stream)
        message = stream.get_final_message()
    assert "Say hello." in said == message.content[0].text
    assert message.usage.input_tokens > 0 < message.usage.output_tokens
    assert message.stop_reason == "end_turn"


@pytest.mark.parametrize("streams", [False, True])
def test_tools_go_both_ways(client: Anthropic, streams: bool) -> None:
    asked = {**ASKED, "tools": [TOOL], "tool_choice": {"type": "any"}}
    if streams:
        with client.messages.stream(**asked) as stream:
            message = stream.get_final_message()
    else:
        message = client.messages.create(**asked)
    call = message.content[-1]
    assert (message.stop_reason, call.type, call.name) == ("tool_use", "tool_use", "lookup")
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "Nothing.", "is_error": True}
    turns = [
        *ASKED["messages"],
        {"role": "assistant", "content": message.content},
        {"role": "user", "content": [result]},
    ]
    again = client.messages.create(**{**asked, "messages": turns, "tool_choice": {"type": "none"}})
    assert again.stop_reason == "end_turn"


def test_models_are_listed_in_anthropics_words_too(client: Anthropic) -> None:
    models = {model.id: model for model in client.models.list()}
    assert (models["auto"].type, models["echo"].display_name) == ("model", "echo")
    assert client.models.retrieve("echo").id == "echo"


def test_pictures_are_taken_and_counted(client: Anthropic) -> None:
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}
    turns = [{"role": "user", "content": [picture, {"type": "text", "text": "What is this?"}]}]
    assert client.messages.create(**{**ASKED, "messages": turns}).stop_reason == "end_turn"
    words = client.messages.count_tokens(model="auto", messages=ASKED["messages"])
    assert client.messages.count_tokens(model="auto", messages=turns).input_tokens > words.input_tokens > 0


@pytest.mark.parametrize(
    ("key", "asked", "raised", "kind", "code"),
    [
        ("revoked", {}, anthropic.AuthenticationError, "authentication_error", "invalid_api_key"),
        ("main", {"model": "no-such"}, anthropic.NotFoundError, "not_found_error", "model_not_found"),
        ("main", {"model": "guarded"}, anthropic.PermissionDeniedError, "permission_error", "policy_denied"),
        ("poor", {}, anthropic.RateLimitError, "rate_limit_error", "budget_exceeded"),
        ("main", {"max_tokens": 0}, anthropic.BadRequestError, "invalid_request_error", "invalid_request"),
        (
            "main",
            {"model": "remote"},
            anthropic.InternalServerError,
            "overloaded_error",
            "service_unavailable",
        ),
    ],
)
def test_errors_raise_the_class_that_the_client_has_for_them(
    stack: Stack, key: str, asked: dict, raised: type[anthropic.APIStatusError], kind: str, code: str
) -> None:
    with (
        Anthropic(base_url=stack.url, api_key=stack.keys[key], max_retries=0) as client,
        pytest.raises(raised) as error,
    ):
        client.messages.create(**{**ASKED, **asked})
    assert error.value.body["type"] == "error"
    assert (error.value.body["error"]["type"], error.value.body["error"]["code"]) == (kind, code)


@pytest.mark.parametrize(
    ("path", "content", "kind"),
    [
        ("/v1/messages", b" " * (20 * 1024 * 1024 + 1), "request_too_large"),
        ("/v1/messages/nothing", b"{}", "not_found_error"),
        ("/v1/messages", b"{", "invalid_request_error"),
    ],
)
def test_what_no_view_sees_has_anthropics_shape_too(
    stack: Stack, path: str, content: bytes, kind: str
) -> None:
    headers = stack.headers(**{"content-type": "application/json"})
    answer = httpx.post(stack.url + path, headers=headers, content=content, timeout=30)
    assert (answer.json()["type"], answer.json()["error"]["type"]) == ("error", kind)


def test_a_message_runs_once_under_its_key_which_is_of_its_surface_alone(stack: Stack) -> None:
    headers = stack.headers(**{"idempotency-key": "a message, once"})
    first, again = (httpx.post(stack.api_url + "/messages", headers=headers, json=ASKED) for _ in range(2))
    assert (first.json(), again.headers["idempotent-replayed"]) == (again.json(), "true")
    assert first.headers["request-id"] == again.headers["request-id"]
    same = {"model": "auto", "max_completion_tokens": 200, "messages": ASKED["messages"]}
    other = httpx.post(stack.api_url + "/chat/completions", headers=headers, json=same)
    assert other.json()["error"]["code"] == "idempotency_mismatch"


def test_a_stream_that_breaks_raises(stack: Stack) -> None:
    broken = {"role": "user", "content": "[[demo:cut_after=3]] Say hello at some length, please."}
    asked = {**ASKED, "model": "faulty-7", "messages": [broken]}
    with (
        Anthropic(base_url=stack.url, api_key=stack.keys["main"], max_retries=0) as client,
        client.messages.stream(**asked) as stream,
        pytest.raises(anthropic.APIStatusError),
    ):
        stream.get_final_message()

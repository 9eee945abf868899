"""OpenAI's official client, unchanged and with strict validation, speaking Responses to the running stack."""

import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai import OpenAI
from pydantic import BaseModel
from stack import Stack

pytestmark = pytest.mark.stack
ASKED: dict[str, Any] = {"model": "auto", "input": "Say hello."}
TOOL = {
    "type": "function",
    "name": "lookup",
    "parameters": {"type": "object", "properties": {}},
    "strict": False,
}


@pytest.fixture
def client(stack: Stack) -> Iterator[OpenAI]:
    options = {"_strict_response_validation": True, "max_retries": 0}
    with OpenAI(base_url=stack.api_url, api_key=stack.keys["main"], **options) as made:
        yield made


def test_a_response_is_answered_and_on_record_under_its_surface(client: OpenAI, stack: Stack) -> None:
    raw = client.responses.with_raw_response.create(
        **ASKED, store=True, instructions="Be brief.", metadata={"task": "greet"}, user="anna"
    )
    response = raw.parse()
    assert "Say hello." in response.output_text
    assert (response.status, response.instructions, response.store) == ("completed", "Be brief.", False)
    assert response.usage.total_tokens == response.usage.input_tokens + response.usage.output_tokens > 0
    row = stack.request_row(raw.headers["x-request-id"])
    assert (row["outcome"], row["end_user"], row["task"]) == ("succeeded", "anna", "greet")
    entries = stack.rows("SELECT body FROM audit_entry WHERE request_id = %s", row["id"])
    asked = [json.loads(entry["body"])["data"].get("request", {}) for entry in entries]
    assert "responses" in {request.get("surface") for request in asked}


def test_a_stream_adds_up_to_its_response(client: OpenAI) -> None:
    with client.responses.stream(**ASKED) as stream:
        events = list(stream)
        response = stream.get_final_response()
    kinds = [event.type for event in events]
    assert kinds[:2] == ["response.created", "response.in_progress"]
    assert kinds[-1] == "response.completed"
    assert [event.sequence_number for event in events] == list(range(len(events)))
    said = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert "Say hello." in said == response.output_text
    assert response.usage.output_tokens > 0


@pytest.mark.parametrize("streams", [False, True])
def test_tools_go_both_ways(client: OpenAI, streams: bool) -> None:
    asked = {**ASKED, "tools": [TOOL], "tool_choice": "required"}
    if streams:
        with client.responses.stream(**asked) as stream:
            response = stream.get_final_response()
    else:
        response = client.responses.create(**asked)
    call = response.output[-1]
    assert (call.type, call.name, json.loads(call.arguments) is not None) == ("function_call", "lookup", True)
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "Nothing."}
    turns = [{"role": "user", "content": "Say hello."}, *(item.to_dict() for item in response.output), result]
    again = client.responses.create(**{**asked, "input": turns, "tool_choice": "none"})
    assert again.status == "completed"


def test_structured_output_is_parsed(client: OpenAI) -> None:
    class Answer(BaseModel):
        name: str
        count: int

    parsed = client.responses.parse(model="echo", input="Say hello.", text_format=Answer)
    assert isinstance(parsed.output_parsed, Answer)


def test_an_answer_that_was_cut_short_is_incomplete(client: OpenAI) -> None:
    response = client.responses.create(model="auto", input="[[demo:finish=length]] Say hello.")
    assert (response.status, response.incomplete_details.reason) == ("incomplete", "max_output_tokens")
    assert response.output[-1].status == "incomplete"


@pytest.mark.parametrize(
    ("key", "asked", "raised", "code"),
    [
        ("revoked", {}, openai.AuthenticationError, "invalid_api_key"),
        ("main", {"model": "no-such-model"}, openai.NotFoundError, "model_not_found"),
        ("poor", {}, openai.RateLimitError, "budget_exceeded"),
        ("main", {"previous_response_id": "resp_1"}, openai.BadRequestError, "state_not_kept"),
        ("main", {"tools": [{"type": "web_search"}]}, openai.BadRequestError, "unsupported_parameter"),
    ],
)
def test_errors_raise_the_class_that_the_client_has_for_them(
    stack: Stack, key: str, asked: dict, raised: type[openai.APIStatusError], code: str
) -> None:
    with (
        OpenAI(base_url=stack.api_url, api_key=stack.keys[key], max_retries=0) as client,
        pytest.raises(raised) as error,
    ):
        client.responses.create(**{**ASKED, **asked})
    assert error.value.code == code


def test_a_stream_that_breaks_raises_and_is_never_completed(stack: Stack) -> None:
    asked = {"model": "faulty-7", "input": "[[demo:cut_after=3]] Say hello at some length, please."}
    seen: list[str] = []
    with (
        OpenAI(base_url=stack.api_url, api_key=stack.keys["main"], max_retries=0) as client,
        pytest.raises(openai.APIError) as error,
    ):
        seen.extend(event.type for event in client.responses.create(**asked, stream=True))
    assert error.value.code == "upstream_error"
    assert "response.output_text.delta" in seen
    assert "response.completed" not in seen

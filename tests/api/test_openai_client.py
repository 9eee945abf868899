"""The official client, unchanged and with strict validation, against the running stack."""

import json
from collections.abc import Iterator
from decimal import Decimal

import openai
import pytest
from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel
from stack import Stack

from billing.core.money import to_nano

pytestmark = pytest.mark.stack
HELLO = [{"role": "user", "content": "Say hello."}]
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
TOOL = {
    "type": "function",
    "function": {"name": "lookup", "parameters": {"type": "object", "properties": {}}},
}


@pytest.fixture
def client(stack: Stack) -> Iterator[OpenAI]:
    options = {"_strict_response_validation": True, "max_retries": 0}
    with OpenAI(base_url=stack.api_url, api_key=stack.keys["main"], **options) as made:
        yield made


def test_a_completion_has_an_answer_its_usage_and_what_governed_it(client: OpenAI, stack: Stack) -> None:
    raw = client.chat.completions.with_raw_response.create(model="auto", messages=HELLO)
    answer = raw.parse()
    assert "Say hello." in answer.choices[0].message.content
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    told = {name: value for name, value in raw.headers.items() if name.startswith("x-signalbox-")}
    cost = told.pop("x-signalbox-cost-usd")
    assert float(cost) == pytest.approx(
        (answer.usage.prompt_tokens + 4 * answer.usage.completion_tokens) / 1e6
    )
    # Which release is live depends on what other tests published on this stack; the record knows.
    assert told.pop("x-signalbox-release") == str(
        stack.request_row(raw.headers["x-request-id"])["release_number"]
    )
    assert told == {
        "x-signalbox-model": "echo",
        "x-signalbox-model-version": "1",
        "x-signalbox-deployment": "echo-eu",
        "x-signalbox-provider": "demo",
        "x-signalbox-policy": "standard",
        "x-signalbox-rule": "rest",
        "x-signalbox-data-class": "public",
        "x-signalbox-attempts": "1",
    }


def test_a_request_is_on_record_under_its_id(client: OpenAI, stack: Stack) -> None:
    raw = client.chat.completions.with_raw_response.create(model="echo", messages=HELLO, user="anna")
    row = stack.request_row(raw.headers["x-request-id"])
    assert (row["outcome"], row["model"], row["end_user"], row["attempts"]) == (
        "succeeded",
        "echo",
        "anna",
        1,
    )
    assert json.loads(row["decision"])["policy"] == "standard"


def test_a_stream_adds_up_to_its_answer(client: OpenAI) -> None:
    chunks = list(client.chat.completions.create(model="auto", messages=HELLO, stream=True))
    said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert "Say hello." in said
    assert [chunk.choices[0].finish_reason for chunk in chunks].count("stop") == 1
    assert all(chunk.usage is None for chunk in chunks)


def test_include_usage_sends_it_once_in_a_last_chunk_with_what_it_cost(stack: Stack, client: OpenAI) -> None:
    stream = client.chat.completions.create(
        model="auto", messages=HELLO, stream=True, stream_options={"include_usage": True}
    )
    *chunks, last = list(stream)
    assert all(chunk.usage is None and chunk.choices for chunk in chunks)
    assert last.choices == []
    assert last.usage.completion_tokens > 0
    told = last.signalbox
    assert stack.request_row(told["request_id"])["cost_nano"] == to_nano(Decimal(told["cost_usd"])) > 0
    assert (told["model_version"], told["deployment"], told["attempts"]) == ("1", "echo-eu", 1)


@pytest.mark.parametrize("stream", [False, True])
def test_tools_are_called(client: OpenAI, stream: bool) -> None:
    asked = {"model": "echo", "messages": HELLO, "tools": [TOOL], "tool_choice": "required"}
    if stream:
        with client.chat.completions.stream(**asked) as events:
            message = events.get_final_completion().choices[0].message
    else:
        message = client.chat.completions.create(**asked).choices[0].message
    assert message.tool_calls[0].function.name == "lookup"
    json.loads(message.tool_calls[0].function.arguments)


def test_structured_output_is_parsed(client: OpenAI) -> None:
    class Answer(BaseModel):
        name: str
        count: int

    parsed = client.chat.completions.parse(model="echo", messages=HELLO, response_format=Answer)
    assert isinstance(parsed.choices[0].message.parsed, Answer)


@pytest.mark.parametrize("url", ["https://example.com/cat.png", f"data:image/png;base64,{PIXEL}"])
def test_images_are_taken(client: OpenAI, url: str) -> None:
    content = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": url}}]
    answer = client.chat.completions.create(model="echo", messages=[{"role": "user", "content": content}])
    assert answer.choices[0].finish_reason == "stop"


def test_models_lists_what_this_key_may_ask_for(client: OpenAI) -> None:
    names = {model.id for model in client.models.list()}
    assert {"auto", "echo", "plain", "resilient"} <= names
    assert "guarded" not in names  # it is for another application


@pytest.mark.parametrize("name", ["auto", "echo", "standard"])
def test_a_model_is_found_by_its_name(client: OpenAI, name: str) -> None:
    assert client.models.retrieve(name).id == name


def test_a_fallback_serves_when_the_first_fails(client: OpenAI) -> None:
    asked = [{"role": "user", "content": "[[demo:fail_model=faulty-1-1]] Hello"}]
    raw = client.chat.completions.with_raw_response.create(model="resilient", messages=asked)
    assert raw.headers["x-signalbox-model"] == "spare"
    assert int(raw.headers["x-signalbox-attempts"]) > 1


async def test_the_async_client_works_too(stack: Stack) -> None:
    options = {"_strict_response_validation": True, "max_retries": 0}
    async with AsyncOpenAI(base_url=stack.api_url, api_key=stack.keys["main"], **options) as client:
        answer = await client.chat.completions.create(model="auto", messages=HELLO)
        assert answer.choices[0].message.content
        stream = await client.chat.completions.create(model="auto", messages=HELLO, stream=True)
        assert [chunk async for chunk in stream]


@pytest.mark.parametrize(
    ("key", "asked", "raised", "code"),
    [
        ("revoked", {}, openai.AuthenticationError, "invalid_api_key"),
        ("main", {"model": "no-such-model"}, openai.NotFoundError, "model_not_found"),
        ("main", {"model": "guarded"}, openai.PermissionDeniedError, "policy_denied"),
        ("poor", {}, openai.RateLimitError, "budget_exceeded"),
        ("main", {"n": 100}, openai.BadRequestError, "invalid_request"),
        ("main", {"model": "remote"}, openai.InternalServerError, "service_unavailable"),
    ],
)
def test_errors_raise_the_class_that_the_client_has_for_them(
    stack: Stack, key: str, asked: dict, raised: type[openai.APIStatusError], code: str
) -> None:
    with (
        OpenAI(base_url=stack.api_url, api_key=stack.keys[key], max_retries=0) as client,
        pytest.raises(raised) as error,
    ):
        client.chat.completions.create(**{"model": "auto", "messages": HELLO, **asked})
    assert error.value.code == code

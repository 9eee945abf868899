"""Answers that are given again, as clients of each surface meet them, and what the register says of it."""

import asyncio
import json
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest
from stack import Stack, wait_until

pytestmark = pytest.mark.stack


@pytest.fixture
def sdk(stack: Stack) -> Iterator[openai.OpenAI]:
    options = {"api_key": stack.keys["main"], "base_url": stack.api_url, "max_retries": 0, "timeout": 30}
    with openai.OpenAI(**options) as client:
        yield client


def fresh(text: str = "Hello") -> str:
    """A text that nobody asked before."""
    return f"{text} {uuid.uuid4().hex}"


def body(text: str, **more: Any) -> dict[str, Any]:
    message = {"role": "user", "content": text}
    return {"model": "cached", "messages": [message], "temperature": 0, **more}


def post(stack: Stack, asked: dict[str, Any], by: str = "main", **headers: str) -> httpx.Response:
    url = stack.api_url + "/chat/completions"
    return httpx.post(url, headers=stack.headers(by, **headers), json=asked, timeout=30)


def kept(stack: Stack, asked: dict[str, Any], **more: Any) -> httpx.Response:
    """The first answer, once it is kept: the next one is a hit."""
    answer = post(stack, asked, **more)
    assert answer.headers["x-signalbox-cache"] == "miss"
    wait_until(lambda: told(post(stack, asked, **more)) == "hit", "the answer to be kept", 10)
    return answer


def told(answer: httpx.Response) -> str:
    return answer.headers.get("x-signalbox-cache", "")


def finished(stack: Stack, request_id: str) -> dict[str, Any]:
    wanted = request_id.replace("-", "") if stack.on_sqlite else request_id
    sql = "SELECT body FROM audit_entry WHERE event_type = 'request.finished' AND request_id = %s"
    (row,) = stack.rows(sql, wanted)
    return dict(json.loads(row["body"])["data"])


def test_the_same_request_is_answered_again_without_a_call(stack: Stack) -> None:
    asked = body(fresh())
    first, calls = kept(stack, asked), stack.provider_stats()["requests"]
    again = post(stack, asked)
    assert stack.provider_stats()["requests"] == calls
    assert (told(again), again.headers["x-signalbox-cost-usd"]) == ("hit", "0.00")
    assert again.json()["choices"] == first.json()["choices"]
    assert again.json()["usage"] == first.json()["usage"]
    assert again.json()["id"] != first.json()["id"]
    assert again.headers["x-signalbox-model-version"] == first.headers["x-signalbox-model-version"]


def test_a_hit_is_recorded_before_it_is_answered(stack: Stack) -> None:
    asked = body(fresh())
    first = kept(stack, asked)
    again = post(stack, asked)
    row, data = (
        stack.request_row(again.headers["x-request-id"]),
        finished(stack, again.headers["x-request-id"]),
    )
    assert (row["outcome"], row["attempts"], row["cost_nano"]) == ("succeeded", 0, 0)
    assert (row["model"], row["deployment"], row["worst_case_nano"]) == ("echo", "echo-eu", 0)
    assert (data["cache"]["kind"], data["cache"]["of"]) == ("exact", first.headers["x-request-id"])
    assert data["cache"]["saved_nano"] > 0
    assert data["content"]["response"]


@pytest.mark.parametrize("first_streams", [False, True])
def test_both_forms_of_an_answer_are_made_of_either(
    stack: Stack, sdk: openai.OpenAI, first_streams: bool
) -> None:
    text = fresh()
    kept(stack, body(text, stream=first_streams))
    said = sdk.chat.completions.create(**body(text))
    usage = {"stream_options": {"include_usage": True}}
    chunks = list(sdk.chat.completions.create(**body(text), stream=True, **usage))
    parts = [choice.delta.content or "" for chunk in chunks for choice in chunk.choices]
    assert "".join(parts) == said.choices[0].message.content
    assert chunks[-1].usage == said.usage
    assert {chunk.id for chunk in chunks} == {chunks[0].id}


def test_every_surface_gets_it_in_its_own_words(stack: Stack, sdk: openai.OpenAI) -> None:
    text = fresh()
    asked = {"model": "cached", "input": text, "temperature": 0}
    responses = [sdk.responses.with_raw_response.create(**asked) for _ in range(3)]
    assert responses[-1].headers["x-signalbox-cache"] == "hit"
    assert responses[-1].parse().output_text == responses[0].parse().output_text
    asked = {**body(text), "max_tokens": 50}
    messages = [
        httpx.post(stack.api_url + "/messages", headers=stack.headers(), json=asked, timeout=30)
        for _ in range(3)
    ]
    assert told(messages[-1]) == "hit"
    assert messages[-1].json()["content"] == messages[0].json()["content"]


@pytest.mark.parametrize(
    ("changes", "headers"),
    [
        ({"seed": 7}, {}),
        ({"max_tokens": 77}, {}),
        ({}, {"x-signalbox-data-class": "internal"}),
        ({}, {"x-signalbox-task": "reports"}),
    ],
)
def test_what_can_change_an_answer_is_asked_anew(
    stack: Stack, changes: dict[str, Any], headers: dict[str, str]
) -> None:
    text = fresh()
    kept(stack, body(text))
    assert told(post(stack, body(text, **changes), **headers)) == "miss"


def test_another_application_gets_nothing_of_it(stack: Stack) -> None:
    asked = body(fresh())
    kept(stack, asked)
    assert told(post(stack, asked, by="other")) == "miss"


@pytest.mark.parametrize("changes", [{"temperature": 1}, {"n": 2}])
def test_what_would_differ_each_time_passes_by(stack: Stack, changes: dict[str, Any]) -> None:
    asked = {**body(fresh()), **changes}
    assert [told(post(stack, asked)) for _ in range(2)] == ["bypass", "bypass"]


def test_a_hit_counts_in_the_limit_of_its_key(stack: Stack) -> None:
    asked = body(fresh())
    kept(stack, asked)
    answers = [post(stack, asked, by="slow_cached") for _ in range(4)]
    assert 429 in [answer.status_code for answer in answers]


@pytest.mark.parametrize("model", ["cached", "joined"])
async def test_the_same_request_in_flight_is_one_call(stack: Stack, model: str) -> None:
    asked = {**body(fresh("[[demo:delay_ms=700]]")), "model": model}
    calls = stack.provider_stats()["requests"]
    async with httpx.AsyncClient(timeout=30) as http:
        url = stack.api_url + "/chat/completions"
        answers = await asyncio.gather(
            *(http.post(url, headers=stack.headers(), json=asked) for _ in range(5))
        )
    assert stack.provider_stats()["requests"] == calls + 1
    assert sorted(map(told, answers)) == ["hit", "hit", "hit", "hit", "miss"]
    assert len({answer.json()["choices"][0]["message"]["content"] for answer in answers}) == 1
    leader = next(answer for answer in answers if told(answer) == "miss").headers["x-request-id"]
    follower = next(answer for answer in answers if told(answer) == "hit").headers["x-request-id"]
    cache = finished(stack, follower)["cache"]
    assert (cache["kind"], cache["of"]) == ("in_flight", leader)


STORED = {"x-signalbox-data-class": "kept"}


def test_a_near_question_is_answered_live_and_compared(stack: Stack) -> None:
    name = uuid.uuid4().hex
    asked = {**body(f"What is the colour of {name}?"), "model": "near"}
    near = {**body(f"Hello! Could you tell me what the colour of {name} is, please?"), "model": "near"}
    first = kept(stack, asked, **STORED)
    answer = post(stack, near, **STORED)
    assert told(answer) == "shadow"
    request_id = answer.headers["x-request-id"]
    wanted = request_id.replace("-", "") if stack.on_sqlite else request_id
    sql = "SELECT * FROM routing_cachecomparison WHERE request_id = %s"
    wait_until(lambda: stack.rows(sql, wanted), "the comparison", 10)
    (row,) = stack.rows(sql, wanted)
    assert str(row["of_request"]).replace("-", "") == first.headers["x-request-id"].replace("-", "")
    assert row["policy"] == "near"
    assert 800 <= row["similarity_milli"] <= 1000


@pytest.mark.parametrize(
    ("text", "headers"),
    [("What is the colour of {} 6?", STORED), ("Hello! What is the colour of {} 5?", {})],
)
def test_what_differs_in_a_number_or_must_not_be_compared_is_missed(
    stack: Stack, text: str, headers: dict[str, str]
) -> None:
    name = uuid.uuid4().hex
    first = {**body(f"What is the colour of {name} 5?"), "model": "near"}
    kept(stack, first, **headers)
    assert told(post(stack, {**body(text.format(name)), "model": "near"}, **headers)) == "miss"

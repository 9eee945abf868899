"""Answers as the official client reads them, checked strictly."""

import json
from typing import Any

import httpx
import openai
import pytest

from routing.adapters.contract import Completion, Delta, Result, Usage
from routing.api.render import completion_id, render_chunk, render_completion, render_result

REQUEST_ID = "0190b1f0-0000-7000-8000-000000000000"
NAMES: dict[str, Any] = {"request_id": REQUEST_ID, "created": 1_700_000_000, "model": "small"}
USAGE = Usage(10, 5, 4, 2, 1)
CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}


def client(body: bytes, content_type: str) -> openai.OpenAI:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=body, headers={"content-type": content_type})

    http = httpx.Client(transport=httpx.MockTransport(answer))
    return openai.OpenAI(
        api_key="k", base_url="http://x/v1", http_client=http, _strict_response_validation=True
    )


def ask(body: bytes) -> Any:
    with client(body, "application/json") as api:
        return api.chat.completions.create(model="m", messages=[{"role": "user", "content": "hi"}])


def ask_streamed(chunks: list[bytes]) -> list[Any]:
    body = b"".join(b"data: " + chunk + b"\n\n" for chunk in chunks if chunk) + b"data: [DONE]\n\n"
    with client(body, "text/event-stream") as api:
        return list(
            api.chat.completions.create(model="m", messages=[{"role": "user", "content": "hi"}], stream=True)
        )


def choice(message: dict[str, Any], reason: str = "stop") -> dict[str, Any]:
    return {"index": 0, "message": message, "finish_reason": reason}


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"content": "hello"}, "stop"),
        ({"role": "assistant", "content": None, "tool_calls": [CALL]}, "tool_calls"),
        ({"content": None, "refusal": "no"}, "content_filter"),
        ({"content": "x", "reasoning_content": "hm", "thinking_blocks": [{"type": "thinking"}]}, "length"),
    ],
)
def test_the_official_client_accepts_a_completion(message: dict[str, Any], reason: str) -> None:
    completion = Completion((choice(message, reason),), USAGE, "reported", extra={"service_tier": "default"})
    answer = ask(render_completion(completion, **NAMES))
    assert answer.id == completion_id(REQUEST_ID) == "chatcmpl-" + REQUEST_ID.replace("-", "")
    assert (answer.model, answer.object) == ("small", "chat.completion")
    assert answer.choices[0].finish_reason == reason
    assert answer.choices[0].message.content == message["content"]
    assert answer.usage.prompt_tokens_details.cached_tokens == 4
    assert answer.usage.completion_tokens_details.reasoning_tokens == 1
    assert answer.usage.total_tokens == 15
    assert answer.service_tier == "default"


def test_usage_that_is_not_known_is_not_made_up() -> None:
    body = render_completion(Completion((choice({"content": "a"}),), Usage(), "m"), **NAMES)
    assert "usage" not in json.loads(body)
    assert ask(body).usage is None


def test_what_the_provider_adds_never_replaces_ours() -> None:
    extra = {"id": "theirs", "model": "theirs", "provider": "x"}
    answer = json.loads(render_completion(Completion((choice({}),), USAGE, "m", extra=extra), **NAMES))
    assert (answer["id"], answer["model"], answer["provider"]) == (completion_id(REQUEST_ID), "small", "x")


def test_the_official_client_accepts_a_stream() -> None:
    deltas = [
        Delta(({"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None},)),
        Delta(({"index": 0, "delta": {"content": "hi"}, "finish_reason": None},)),
        Delta(({"index": 0, "delta": {"tool_calls": [{**CALL, "index": 0}]}, "finish_reason": None},)),
        Delta(({"index": 0, "delta": {}, "finish_reason": "stop"},)),
        Delta((), USAGE, done=True),
    ]
    chunks = ask_streamed([render_chunk(delta, include_usage=True, **NAMES) for delta in deltas])
    assert len({chunk.id for chunk in chunks}) == 1
    assert [chunk.usage for chunk in chunks[:-1]] == [None] * 4
    assert (chunks[-1].choices, chunks[-1].usage.total_tokens) == ([], 15)


def test_what_a_stream_came_to_is_told_with_its_usage_alone() -> None:
    told = {"cost_usd": "0.000072", "attempts": 2}
    word = Delta(({"index": 0, "delta": {"content": "hi"}, "finish_reason": None},))
    last = Delta((), USAGE, done=True, extra={"signalbox": "theirs"})
    chunks = [render_chunk(delta, include_usage=True, told=told, **NAMES) for delta in (word, last)]
    assert ["signalbox" in json.loads(chunk) for chunk in chunks] == [False, True]
    assert json.loads(chunks[1])["signalbox"] == told


def test_a_chunk_without_choices_is_given_out_for_what_it_says_beside() -> None:
    chunk = json.loads(render_chunk(Delta((), USAGE, done=True, extra={"moderation": {}}), **NAMES))
    assert (chunk["choices"], chunk["moderation"]) == ([], {})
    assert "usage" not in chunk


def test_without_include_usage_the_last_chunk_is_the_finish() -> None:
    assert render_chunk(Delta((), USAGE, done=True), **NAMES) == b""
    finish = Delta(({"index": 0, "delta": {}, "finish_reason": "stop"},))
    assert "usage" not in json.loads(render_chunk(finish, **NAMES))


@pytest.mark.parametrize(("told", "created"), [({}, 7), ({"created": 5}, 5)])
def test_pictures_of_a_provider_that_tells_no_time_have_that_of_the_request(
    told: dict[str, int], created: int
) -> None:
    result = Result(Usage(pictures=1), value={**told, "data": [{"b64_json": "aGk="}]})
    answer = json.loads(render_result(result, model="m", created=7))
    assert answer == {"created": created, "data": [{"b64_json": "aGk="}]}

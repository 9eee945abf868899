"""Prompts over the API: rendered on the server, named in the record, answers held to the task's output."""

import json

import httpx
import pytest
from openai import OpenAI
from stack import Stack

pytestmark = pytest.mark.stack


def ask(
    stack: Stack, key: str = "main", path: str = "chat/completions", headers=None, **fields
) -> httpx.Response:
    body = {"model": "echo", "prompt": {"id": "weigh", "variables": {"amount": "5"}}, **fields}
    return httpx.post(f"{stack.api_url}/{path}", headers=stack.headers(key, **(headers or {})), json=body)


def entries(stack: Stack, request_id: str) -> dict[str, dict]:
    row = stack.request_row(request_id)
    found = stack.rows("SELECT body FROM audit_entry WHERE request_id = %s", row["id"])
    whole = [json.loads(row["body"]) for row in found]
    return {entry["type"]: entry["data"] for entry in whole}


def test_a_prompt_is_rendered_sent_and_recorded(stack: Stack) -> None:
    answer = ask(stack)
    assert answer.status_code == 200, answer.text
    assert json.loads(answer.json()["choices"][0]["message"]["content"]) == {"amount": 5}
    assert answer.headers["x-signalbox-normalised"] == "prose,renamed:total>amount,number:amount"
    told = entries(stack, answer.headers["x-request-id"])
    assert told["request.accepted"]["prompt"]["version"] == 1
    assert len(told["request.accepted"]["prompt"]["sha256"]) == 64
    assert told["request.accepted"]["request"]["task"] == "weigh"
    assert told["attempt.finished"]["input"]["prompt"] == {"name": "weigh", "version": 1, "variant": "demo"}


def test_a_stream_of_such_a_task_comes_whole(stack: Stack) -> None:
    client = OpenAI(base_url=stack.api_url, api_key=stack.keys["main"], max_retries=0)
    body = {"prompt": "weigh@2", "variables": {"amount": "7"}}
    chunks = list(client.chat.completions.create(model="echo", messages=[], stream=True, extra_body=body))
    said = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices]
    assert json.loads("".join(text or "" for text in said)) == {"amount": 7}


def test_the_request_s_own_messages_come_after_the_prompt_s(stack: Stack) -> None:
    answer = ask(stack, messages=[{"role": "user", "content": 'or {"amount": 9}'}])
    assert json.loads(answer.json()["choices"][0]["message"]["content"]) == {"amount": 9}


def test_an_answer_that_is_not_the_task_s_is_an_error(stack: Stack) -> None:
    answer = ask(stack, messages=[{"role": "user", "content": "no number"}])
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "output_invalid")
    assert "no number" not in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("fields", "headers", "status", "code", "param"),
    [
        ({"prompt": "weigh@3"}, {}, 404, "prompt_not_found", "prompt"),
        ({"prompt": "weigh"}, {}, 400, "invalid_request", "prompt.variables.amount"),
        (
            {"prompt": "weigh", "variables": {"amount": 5}},
            {},
            400,
            "invalid_request",
            "prompt.variables.amount",
        ),
        ({}, {"x-signalbox-task": "other"}, 400, "invalid_request", "x-signalbox-task"),
    ],
)
def test_a_prompt_that_can_t_be_rendered_is_refused_and_recorded(
    stack: Stack, fields, headers, status, code, param
) -> None:
    answer = ask(stack, headers=headers, **fields)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (status, code, param)
    assert stack.request_row(answer.headers["x-request-id"])["outcome"] == "refused"


def test_a_preview_of_the_route_knows_the_prompt(stack: Stack) -> None:
    told = ask(stack, path="route").json()
    assert (told["facts"]["prompt"], told["facts"]["task"]) == ("weigh@1", "weigh")

"""OpenAI's official client, with the completions that came before chat, against the running stack."""

import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import openai
import pytest
from openai import OpenAI
from stack import Stack

pytestmark = pytest.mark.stack


@pytest.fixture
def client(stack: Stack) -> Iterator[OpenAI]:
    with OpenAI(base_url=stack.api_url, api_key=stack.keys["main"], max_retries=0) as made:
        yield made


def test_a_text_is_gone_on_with_and_on_record(client: OpenAI, stack: Stack) -> None:
    raw = client.completions.with_raw_response.create(
        model="auto", prompt=["Say hello."], max_tokens=40, echo=True, user="anna"
    )
    answer = raw.parse()
    assert answer.object == "text_completion"
    assert answer.choices[0].text.startswith("Say hello.")
    assert answer.choices[0].text.count("Say hello.") == 2, "the demo provider repeats what it was asked"
    assert answer.usage is not None
    assert answer.usage.total_tokens > 0
    row = stack.request_row(raw.headers["x-request-id"])
    assert (row["outcome"], row["end_user"], row["operation"]) == ("succeeded", "anna", "chat")


def test_a_stream_ends_with_its_usage(client: OpenAI) -> None:
    asked = {"model": "auto", "prompt": "Say hello.", "max_tokens": 40}
    chunks = list(client.completions.create(**asked, stream=True, stream_options={"include_usage": True}))
    assert "Say hello." in "".join(choice.text for chunk in chunks for choice in chunk.choices)
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert chunks[-1].usage is not None
    assert len({chunk.id for chunk in chunks}) == 1


def test_several_prompts_are_as_many_requests_and_one_answer(client: OpenAI, stack: Stack) -> None:
    asked = {"model": "auto", "prompt": ["Say one.", "Say two."], "n": 2, "max_tokens": 40}
    raw = client.completions.with_raw_response.create(**asked)
    answer = raw.parse()
    assert [choice.index for choice in answer.choices] == [0, 1, 2, 3]
    assert ["one" in choice.text for choice in answer.choices] == [True, True, False, False]
    rows = [stack.request_row(name) for name in raw.headers["x-signalbox-requests"].split(",")]
    assert [row["outcome"] for row in rows] == ["succeeded"] * 2
    assert len({row["id"] for row in rows}) == 2
    assert answer.usage is not None
    cost_nano = sum(row["cost_nano"] for row in rows)
    assert Decimal(raw.headers["x-signalbox-cost-usd"]) == Decimal(cost_nano) / 10**9


@pytest.mark.parametrize(
    ("fields", "param"),
    [({"prompt": [1, 2]}, "prompt"), ({"prompt": ["a", "b"], "stream": True}, "stream")],
)
def test_what_can_not_be_asked_is_refused_by_its_name(
    client: OpenAI, fields: dict[str, Any], param: str
) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        client.completions.create(model="auto", **fields)
    assert (refused.value.code, refused.value.param) == ("unsupported_parameter", param)


def test_other_prompts_under_the_same_key_are_refused(client: OpenAI) -> None:
    same = {"idempotency-key": uuid.uuid4().hex}
    first = client.completions.create(model="auto", prompt=["one", "two"], extra_headers=same)
    again = client.completions.create(model="auto", prompt=["one", "two"], extra_headers=same)
    assert [choice.text for choice in again.choices] == [choice.text for choice in first.choices]
    for others in ("one", ["one"], ["one", "three"]):
        with pytest.raises(openai.UnprocessableEntityError):
            client.completions.create(model="auto", prompt=others, extra_headers=same)


def test_several_prompts_fail_as_the_first_of_them_that_fails(client: OpenAI) -> None:
    with pytest.raises(openai.InternalServerError):
        client.completions.create(model="auto", prompt=["a", "b [[demo:status=500]]"])

"""What is not chat, by the official client with strict validation, through the running stack."""

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai import OpenAI
from stack import Stack

pytestmark = pytest.mark.stack


@pytest.fixture
def client(stack: Stack) -> Iterator[OpenAI]:
    options = {"_strict_response_validation": True, "max_retries": 0}
    with OpenAI(base_url=stack.api_url, api_key=stack.keys["main"], **options) as made:
        yield made


def test_embeddings_are_the_same_in_either_encoding_and_paid_by_token(client: OpenAI, stack: Stack) -> None:
    asked = {"input": ["one", "two"], "dimensions": 8}
    raw = client.embeddings.with_raw_response.create(model="auto", encoding_format="float", **asked)
    answer = raw.parse()
    lax = client.with_options(_extra_kwargs={"_strict_response_validation": False})  # it is strict too early
    assert lax.embeddings.create(model="embed", **asked).data == answer.data
    assert (len(answer.data), answer.model, answer.usage.prompt_tokens) == (2, "embed", 2)
    row = stack.request_row(raw.headers["x-request-id"])
    assert (row["operation"], row["outcome"], row["rule"]) == ("embeddings", "succeeded", "vectors")
    assert row["cost_nano"] == 2 * 1000


def test_tokens_are_embedded_and_counted(client: OpenAI) -> None:
    answer = client.embeddings.create(model="embed", input=[[101, 200_000], [3]], encoding_format="float")
    assert (len(answer.data), answer.usage.total_tokens) == (2, 3)


def test_moderation_flags_by_category(client: OpenAI) -> None:
    answer = client.moderations.create(input=["I will kill you", "Good morning"])
    assert [result.flagged for result in answer.results] == [True, False]
    assert answer.results[0].categories.violence
    assert answer.model == "judge"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"model": "echo"}, "policy_denied"),
        ({"model": "embed", "input": []}, "invalid_request"),
        ({"model": "embed", "input": ["a", 1]}, "invalid_request"),
        ({"model": "embed", "input": "word " * 200_000}, "no_candidate"),
        ({"model": "embed", "extra_headers": {"x-signalbox-data-class": "restricted"}}, "data_class_denied"),
    ],
)
def test_embeddings_pass_the_same_gate(client: OpenAI, asked: dict[str, Any], code: str) -> None:
    with pytest.raises(openai.APIStatusError) as error:
        client.embeddings.create(**{"input": "hello", **asked})
    assert error.value.code == code

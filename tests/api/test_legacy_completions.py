"""OpenAI's official client, with the completions that came before chat, against the running stack."""

from collections.abc import Iterator

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


def test_tokens_for_a_prompt_are_refused_by_name(client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        client.completions.create(model="auto", prompt=[1, 2])
    assert (refused.value.code, refused.value.param) == ("unsupported_parameter", "prompt")

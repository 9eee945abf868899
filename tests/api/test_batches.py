"""Batches by the official client: files in, each line through the gate, answers in a file."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai import OpenAI
from stack import Stack, wait_until

pytestmark = pytest.mark.stack
HELLO = {"model": "auto", "messages": [{"role": "user", "content": "Hello"}]}
CHAT = "/v1/chat/completions"


@pytest.fixture
def client(stack: Stack) -> Iterator[OpenAI]:
    options = {"_strict_response_validation": True, "max_retries": 0}
    with OpenAI(base_url=stack.api_url, api_key=stack.keys["main"], **options) as made:
        yield made


def line(name: str, body: dict[str, Any], url: str = CHAT) -> dict[str, Any]:
    return {"custom_id": name, "method": "POST", "url": url, "body": body}


def stored(client: OpenAI, *lines: Any) -> str:
    data = "\n".join(json.dumps(each) for each in lines).encode()
    return client.files.create(file=("in.jsonl", data), purpose="batch").id


def begun(client: OpenAI, file: str, endpoint: Any = CHAT, **more: Any) -> str:
    return client.batches.create(input_file_id=file, endpoint=endpoint, completion_window="24h", **more).id


def ended(client: OpenAI, batch: str) -> Any:
    ends = ("completed", "failed", "cancelled", "expired")
    wait_until(lambda: client.batches.retrieve(batch).status in ends, f"{batch} to end")
    return client.batches.retrieve(batch)


def answers(client: OpenAI, file: str | None) -> dict[str, Any]:
    assert file is not None
    said = [json.loads(each) for each in client.files.content(file).text.splitlines()]
    return {each["custom_id"]: each["response"] for each in said}


def test_each_line_is_a_request_of_its_own(client: OpenAI, stack: Stack) -> None:
    label = uuid.uuid4().hex
    asked = [line(f"n{at}", {**HELLO, "metadata": {"demo": f"label={label}"}}) for at in range(3)]
    file = stored(
        client, *asked, line("bad", {**HELLO, "n": 100}), line("none", {**HELLO, "model": "nobody"})
    )
    batch = ended(client, begun(client, file, metadata={"for": "tests"}))
    assert (batch.status, batch.metadata, batch.errors) == ("completed", {"for": "tests"}, None)
    assert (batch.request_counts.total, batch.request_counts.completed, batch.request_counts.failed) == (
        5,
        3,
        2,
    )
    good, bad = answers(client, batch.output_file_id), answers(client, batch.error_file_id)
    assert list(good) == ["n0", "n1", "n2"]
    assert {name: said["body"]["error"]["code"] for name, said in bad.items()} == {
        "bad": "invalid_request",
        "none": "model_not_found",
    }
    row = stack.request_row(good["n0"]["request_id"])
    assert (row["outcome"], row["model"]) == ("succeeded", "echo")
    assert stack.provider_labels()[label] == 3


def test_embeddings_are_batched_under_the_labels_of_the_batch(client: OpenAI, stack: Stack) -> None:
    asked = line("a", {"model": "embed", "input": "Hello"}, "/v1/embeddings")
    labels = {"x-signalbox-data-class": "confidential", "x-signalbox-task": "index"}
    batch = ended(client, begun(client, stored(client, asked), "/v1/embeddings", extra_headers=labels))
    row = stack.request_row(answers(client, batch.output_file_id)["a"]["request_id"])
    assert (row["operation"], row["data_class"], row["task"]) == ("embeddings", "confidential", "index")


def test_a_line_is_answered_in_the_words_of_its_endpoint(client: OpenAI) -> None:
    asked = line("a", {"model": "auto", "input": "Hello"}, "/v1/responses")
    batch = ended(client, begun(client, stored(client, asked), "/v1/responses"))
    assert answers(client, batch.output_file_id)["a"]["body"]["object"] == "response"


@pytest.mark.parametrize(
    "lines",
    [
        ({"custom_id": "a"},),
        (line("a", HELLO), line("a", HELLO)),
        (line("a", HELLO, "/v1/embeddings"),),
        (line("a", {**HELLO, "stream": True}),),
    ],
)
def test_an_input_that_can_not_be_run_fails_as_a_whole(client: OpenAI, lines: tuple[Any, ...]) -> None:
    batch = ended(client, begun(client, stored(client, *lines)))
    assert batch.status == "failed"
    assert batch.errors.data[0].line == len(lines)


def test_files_and_batches_are_listed_and_deleted(client: OpenAI) -> None:
    file = stored(client, line("a", HELLO))
    batch = begun(client, file)
    assert file in {each.id for each in client.files.list(purpose="batch", limit=100)}
    assert batch in {each.id for each in client.batches.list(limit=5).data}
    ended(client, batch)
    assert client.files.delete(file).deleted
    with pytest.raises(openai.NotFoundError):
        client.files.retrieve(file)


@pytest.mark.parametrize(
    ("asked", "param"),
    [
        ({"input_file_id": "file-1"}, "input_file_id"),
        ({"endpoint": "/v1/images/generations"}, "endpoint"),
        ({"completion_window": "1h"}, "completion_window"),
    ],
)
def test_a_batch_that_is_asked_for_wrongly_is_refused(
    client: OpenAI, asked: dict[str, Any], param: str
) -> None:
    given = {"input_file_id": "file-" + "0" * 32, "endpoint": CHAT, "completion_window": "24h"}
    with pytest.raises(openai.BadRequestError) as error:
        client.batches.create(**{**given, **asked})
    assert error.value.param == param

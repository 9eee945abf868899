"""Each family of models behind Bedrock is asked for embeddings, and read, in its own words."""

import json
from typing import Any

import pytest

from routing.adapters import operation
from routing.adapters.bedrock_embeddings import BedrockEmbeddings
from routing.adapters.contract import PreparedRequest, Target

NOVA, COHERE_3, COHERE_4 = (
    "amazon.nova-2-multimodal-embeddings-v1:0",
    "cohere.embed-multilingual-v3",
    "eu.cohere.embed-v4:0",
)
TITAN_1, TITAN_2 = "amazon.titan-embed-text-v1", "amazon.titan-embed-text-v2:0"
COUNTED = {"x-amzn-bedrock-input-token-count": "5"}


def of_nova(purpose: str, **more: Any) -> dict[str, Any]:
    text = {"truncationMode": "NONE", "value": "a"}
    return {
        "taskType": "SINGLE_EMBEDDING",
        "singleEmbeddingParams": {"embeddingPurpose": purpose, "text": text, **more},
    }


def asked(model: str, request: dict[str, Any]) -> list[PreparedRequest]:
    found = operation("bedrock", "embeddings")
    assert isinstance(found, BedrockEmbeddings)
    return list(found.prepare({"model": "m", **request}, Target("https://p.test", model, 0)))


@pytest.mark.parametrize(
    ("model", "request_", "body", "unsupported"),
    [
        (TITAN_2, {"dimensions": 256}, {"inputText": "a", "dimensions": 256}, ()),
        (TITAN_1, {"dimensions": 256}, {"inputText": "a"}, ("dimensions",)),
        (NOVA, {}, of_nova("GENERIC_INDEX"), ()),
        (
            NOVA,
            {"dimensions": 256, "input_type": "search_query"},
            of_nova("GENERIC_RETRIEVAL", embeddingDimension=256),
            (),
        ),
        (NOVA, {"input_type": "image"}, of_nova("GENERIC_INDEX"), ("input_type",)),
        (
            COHERE_3,
            {"dimensions": 256},
            {"texts": ["a"], "input_type": "search_document", "truncate": "NONE"},
            ("dimensions",),
        ),
        (
            COHERE_4,
            {"dimensions": 256, "input_type": "search_query"},
            {"texts": ["a"], "input_type": "search_query", "truncate": "NONE", "output_dimension": 256},
            (),
        ),
    ],
)
def test_a_family_is_asked_in_its_own_words(
    model: str, request_: dict[str, Any], body: dict[str, Any], unsupported: tuple[str, ...]
) -> None:
    (prepared,) = asked(model, {"input": "a", **request_})
    assert json.loads(prepared.body) == body
    assert prepared.unsupported == unsupported


@pytest.mark.parametrize(("model", "calls"), [(NOVA, 2), (TITAN_2, 2), (COHERE_4, 1)])
def test_a_family_takes_as_many_texts_at_once_as_it_can(model: str, calls: int) -> None:
    assert len(asked(model, {"input": ["a", "b"]})) == calls


@pytest.mark.parametrize(
    "answer",
    [
        {"embeddings": [{"embeddingType": "TEXT", "embedding": [0.5]}]},
        {"embeddings": [[0.5]], "response_type": "embeddings_floats"},
        {"embeddings": {"float": [[0.5]]}, "response_type": "embeddings_by_type"},
        {"embedding": [0.5], "embeddingsByType": {"float": [0.5]}, "inputTextTokenCount": 5},
    ],
)
def test_whatever_a_family_answers_is_read(answer: dict[str, Any]) -> None:
    found = operation("bedrock", "embeddings")
    assert found is not None
    result = found.parse({"input": "a"}, 200, COUNTED, json.dumps(answer).encode())
    assert result.value is not None
    assert [one["embedding"] for one in result.value["data"]] == [[0.5]]
    assert result.usage.input_tokens == 5

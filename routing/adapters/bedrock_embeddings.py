"""Embeddings at Bedrock, by InvokeModel: each family of models has its own words there.

Titan's and Nova's take one text a call, Cohere's ninety-six. A text that is too long is an error, never cut.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from routing.adapters import bedrock, bedrock_errors
from routing.adapters.cohere_embeddings import DOCUMENT
from routing.adapters.contract import Operation, PreparedRequest, ProviderError, Target
from routing.adapters.counts import count
from routing.adapters.fields import Fields
from routing.adapters.text_embeddings import TextEmbeddings

COHERE = "cohere."
NOVA = "amazon.nova"
TOKENS_HEADER = "x-amzn-bedrock-input-token-count"
_ONE_SIZE = re.compile(r"titan-embed-(?:text-v1|g1|image)|cohere\.embed-(?:english|multilingual)-")
# Cohere's word for what a text is, as Nova's for what its vector is for.
_PURPOSES = {
    DOCUMENT: "GENERIC_INDEX",
    "search_query": "GENERIC_RETRIEVAL",
    "classification": "CLASSIFICATION",
    "clustering": "CLUSTERING",
}


class BedrockEmbeddings(TextEmbeddings):
    """Bedrock does not report which model answered."""

    most = 96

    def most_of(self, target: Target) -> int:
        return self.most if COHERE in target.upstream_id else 1

    def ask(self, texts: list[str], fields: Fields, target: Target) -> PreparedRequest:
        size = None if _ONE_SIZE.search(target.upstream_id) else fields.take("dimensions")
        if COHERE in target.upstream_id:
            kind = fields.take("input_type") or DOCUMENT
            body: dict[str, Any] = {"texts": texts, "input_type": kind, "truncate": "NONE"}
            named = "output_dimension"
        elif NOVA in target.upstream_id:
            return bedrock.asked(target, "invoke", _of_nova(texts[0], size, fields))
        else:
            body, named = {"inputText": texts[0]}, "dimensions"
        return bedrock.asked(target, "invoke", {**body, **({named: size} if size else {})})

    def read(
        self, answer: dict[str, Any], headers: Mapping[str, str]
    ) -> tuple[Sequence[Any], int | None, str]:
        said = headers.get(TOKENS_HEADER, "")
        tokens = count(answer.get("inputTextTokenCount"))
        if tokens is None and said.isdecimal():
            tokens = count(int(said[:15]))
        return _vectors(answer), tokens, ""

    def parse_error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        return bedrock_errors.parse_error(status, headers, body)


def _of_nova(text: str, size: Any, fields: Fields) -> dict[str, Any]:
    purpose = _PURPOSES.get(fields.take("input_type") or DOCUMENT)
    if purpose is None:
        fields.refuse("input_type")
    asked: dict[str, Any] = {
        "embeddingPurpose": purpose or _PURPOSES[DOCUMENT],
        "text": {"truncationMode": "NONE", "value": text},
    }
    if size:
        asked["embeddingDimension"] = size
    return {"taskType": "SINGLE_EMBEDDING", "singleEmbeddingParams": asked}


def _vectors(answer: Mapping[str, Any]) -> list[Any]:
    """Titan's one; Nova's, each with its kind; Cohere's, by the kind of number where it is the fourth."""
    if "embeddings" not in answer:
        return [answer["embedding"]]
    found = answer["embeddings"]
    if isinstance(found, Mapping):
        found = found["float"]
    return [one["embedding"] if isinstance(one, Mapping) else one for one in found]


OPERATIONS: Mapping[str, Operation] = {"embeddings": BedrockEmbeddings()}

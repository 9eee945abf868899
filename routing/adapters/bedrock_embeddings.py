"""Embeddings at Bedrock, by InvokeModel: each family of models has its own words there.

Titan's take one text a call, Cohere's ninety-six.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from routing.adapters import bedrock, bedrock_errors
from routing.adapters.cohere_embeddings import DOCUMENT
from routing.adapters.contract import Operation, PreparedRequest, ProviderError, Target
from routing.adapters.counts import count
from routing.adapters.fields import Fields
from routing.adapters.text_embeddings import TextEmbeddings

COHERE = "cohere."
TOKENS_HEADER = "x-amzn-bedrock-input-token-count"


class BedrockEmbeddings(TextEmbeddings):
    """Bedrock does not report which model answered."""

    most = 96

    def most_of(self, target: Target) -> int:
        return self.most if COHERE in target.upstream_id else 1

    def ask(self, texts: list[str], fields: Fields, target: Target) -> PreparedRequest:
        if COHERE in target.upstream_id:
            kind = fields.take("input_type") or DOCUMENT
            body: dict[str, Any] = {"texts": texts, "input_type": kind, "truncate": "NONE"}
        else:
            size = fields.take("dimensions")
            body = {"inputText": texts[0], **({"dimensions": size} if size else {})}
        return bedrock.asked(target, "invoke", body)

    def read(
        self, answer: dict[str, Any], headers: Mapping[str, str]
    ) -> tuple[Sequence[Any], int | None, str]:
        said = headers.get(TOKENS_HEADER, "")
        tokens = count(answer.get("inputTextTokenCount"))
        if tokens is None and said.isdecimal():
            tokens = count(int(said[:15]))
        return answer["embeddings"] if "embeddings" in answer else [answer["embedding"]], tokens, ""

    def parse_error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        return bedrock_errors.parse_error(status, headers, body)


OPERATIONS: Mapping[str, Operation] = {"embeddings": BedrockEmbeddings()}

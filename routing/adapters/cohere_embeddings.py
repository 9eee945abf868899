"""Cohere's embed, version 2: texts, each as a document unless the request says what it is."""

from collections.abc import Mapping, Sequence
from typing import Any

from routing.adapters import cohere
from routing.adapters.contract import Operation, PreparedRequest, ProviderError, Target
from routing.adapters.counts import count, part
from routing.adapters.fields import Fields
from routing.adapters.text_embeddings import TextEmbeddings

DOCUMENT = "search_document"


class CohereEmbeddings(TextEmbeddings):
    """`input_type` (`search_query` …) passes. Cohere does not report which model answered."""

    most = 96

    def ask(self, texts: list[str], fields: Fields, target: Target) -> PreparedRequest:
        size = fields.take("dimensions")
        body = {
            "model": target.upstream_id,
            "texts": texts,
            "input_type": fields.take("input_type") or DOCUMENT,
            "embedding_types": ["float"],
            "truncate": "NONE",  # a text that is too long is an error, never cut
            **({"output_dimension": size} if size else {}),
        }
        return cohere.asked(target, "embed", body)

    def read(
        self, answer: dict[str, Any], headers: Mapping[str, str]
    ) -> tuple[Sequence[Any], int | None, str]:
        billed = part(part(answer, "meta"), "billed_units")
        return answer["embeddings"]["float"], count(billed.get("input_tokens")), ""

    def parse_error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        return cohere.DIALECT.parse_error(status, headers, body)


OPERATIONS: Mapping[str, Operation] = {"embeddings": CohereEmbeddings()}

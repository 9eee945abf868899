"""Ollama's embed, `/api/embed`."""

from collections.abc import Mapping, Sequence
from typing import Any

from routing.adapters import ollama
from routing.adapters.contract import Operation, PreparedRequest, ProviderError, Target
from routing.adapters.counts import count, word
from routing.adapters.fields import Fields
from routing.adapters.text_embeddings import TextEmbeddings


class OllamaEmbeddings(TextEmbeddings):
    """A text that is too long is an error, never cut."""

    most = 512

    def ask(self, texts: list[str], fields: Fields, target: Target) -> PreparedRequest:
        size = fields.take("dimensions")
        body = {
            "model": target.upstream_id,
            "input": texts,
            "truncate": False,
            **({"dimensions": size} if size else {}),
        }
        return ollama.asked(target, "embed", body)

    def read(
        self, answer: dict[str, Any], headers: Mapping[str, str]
    ) -> tuple[Sequence[Any], int | None, str]:
        return answer["embeddings"], count(answer.get("prompt_eval_count")), word(answer.get("model"))

    def parse_error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        return ollama.DIALECT.parse_error(status, headers, body)


OPERATIONS: Mapping[str, Operation] = {"embeddings": OllamaEmbeddings()}

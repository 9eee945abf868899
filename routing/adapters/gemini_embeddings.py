"""Embeddings at Google: Gemini's batchEmbedContents, and Vertex AI's predict."""

from collections.abc import Mapping, Sequence
from typing import Any

from routing.adapters import gemini, vertex
from routing.adapters.contract import Operation, PreparedRequest, ProviderError, Target
from routing.adapters.counts import count, part
from routing.adapters.fields import Fields
from routing.adapters.text_embeddings import TextEmbeddings

ONE_BY_ONE = "gemini-embedding"  # Vertex AI takes one text at once for these
UNTASKED = "gemini-embedding-2"  # wants its task in words, within the text
# Cohere's word for what a text is, and Google's.
_TASKS: Mapping[str, str] = {
    "search_query": "RETRIEVAL_QUERY",
    "search_document": "RETRIEVAL_DOCUMENT",
    "classification": "CLASSIFICATION",
    "clustering": "CLUSTERING",
}


class GeminiEmbeddings(TextEmbeddings):
    """Older models tell no usage."""

    most = 100

    def ask(self, texts: list[str], fields: Fields, target: Target) -> PreparedRequest:
        size = fields.take("dimensions")
        same = {
            "model": f"models/{target.upstream_id}",
            **_task("taskType", fields, target),
            **({"outputDimensionality": size} if size else {}),
        }
        body = {"requests": [{**same, "content": {"parts": [{"text": text}]}} for text in texts]}
        return gemini.asked(target, "batchEmbedContents", body, bearer=gemini.by_bearer(target))

    def read(
        self, answer: dict[str, Any], headers: Mapping[str, str]
    ) -> tuple[Sequence[Any], int | None, str]:
        tokens = count(part(answer, "usageMetadata").get("promptTokenCount"))
        return [vector["values"] for vector in answer["embeddings"]], tokens or None, ""

    def parse_error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        return gemini.DIALECT.parse_error(status, headers, body)


class VertexEmbeddings(GeminiEmbeddings):
    """A text that is too long is refused, never cut."""

    most = 250
    most_bytes = 20_000  # as many tokens are the most of one request, and none is shorter than a byte

    def most_of(self, target: Target) -> int:
        return 1 if target.upstream_id.startswith(ONE_BY_ONE) else self.most

    def ask(self, texts: list[str], fields: Fields, target: Target) -> PreparedRequest:
        size = fields.take("dimensions")
        parameters = {"autoTruncate": False, **({"outputDimensionality": size} if size else {})}
        task = _task("task_type", fields, target)
        body = {"instances": [{"content": text, **task} for text in texts], "parameters": parameters}
        return gemini.asked(target, "predict", body, bearer=vertex.by_bearer(target))

    def read(
        self, answer: dict[str, Any], headers: Mapping[str, str]
    ) -> tuple[Sequence[Any], int | None, str]:
        found = [prediction["embeddings"] for prediction in answer["predictions"]]
        counts = [count(part(vector, "statistics").get("token_count")) for vector in found]
        known = [tokens for tokens in counts if tokens is not None]
        tokens = sum(known) if len(known) == len(counts) else None
        return [vector["values"] for vector in found], tokens, ""


def _task(name: str, fields: Fields, target: Target) -> dict[str, str]:
    """`input_type` in Google's words, listed where it has none."""
    said = fields.take("input_type")
    if said is None:
        return {}
    if said in _TASKS and not target.upstream_id.startswith(UNTASKED):
        return {name: _TASKS[said]}
    fields.refuse("input_type")
    return {}


GEMINI: Mapping[str, Operation] = {"embeddings": GeminiEmbeddings()}
VERTEX: Mapping[str, Operation] = {"embeddings": VertexEmbeddings()}

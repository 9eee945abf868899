"""Provider adapters: one module per wire dialect, found by name.

`get(dialect)` answers the adapter, `operation(dialect, name)` what the dialect does beside chat,
`batches(dialect, name)` how its providers do either in batches; `names()` all that there are;
`quirks(dialect)` how its endpoints may differ. A new dialect is one module with a `DIALECT` and its `QUIRKS`,
and one entry here.
"""

from collections.abc import Callable, Mapping

from routing.adapters import (
    anthropic,
    anthropic_batches,
    any_llm,
    bedrock,
    bedrock_embeddings,
    bedrock_pictures,
    cohere,
    cohere_embeddings,
    completions,
    gemini,
    gemini_batches,
    gemini_embeddings,
    gemini_pictures,
    gemini_speech,
    mistral,
    mistral_batches,
    mistral_operations,
    ollama,
    ollama_embeddings,
    openai,
    openai_batches,
    openai_operations,
    responses,
    vertex,
)
from routing.adapters.batch_contract import BatchService
from routing.adapters.contract import Adapter, Operation
from routing.core import batching, telling

_DIALECTS = (
    openai,
    responses,
    anthropic,
    gemini,
    vertex,
    bedrock,
    mistral,
    cohere,
    ollama,
    completions,
    any_llm,
)
_BATCHES: dict[str, Mapping[str, BatchService]] = {
    "openai": openai_batches.BATCHES,
    "anthropic": anthropic_batches.BATCHES,
    "mistral": mistral_batches.BATCHES,
    "gemini": gemini_batches.BATCHES,
}
# What is done before a dialect has the request (routing.core.telling), and by which of its doors it goes
# (routing.core.batching).
_QUIRKS: dict[str, Mapping[str, str]] = {
    module.DIALECT.name: {
        **module.QUIRKS,
        **telling.QUIRKS,
        **(batching.QUIRKS if module.DIALECT.name in _BATCHES else {}),
    }
    for module in _DIALECTS
}
# Of the dialects whose answers, too, depend on the endpoint.
_BY_QUIRKS: dict[str, Callable[[frozenset[str]], Adapter]] = {openai.DIALECT.name: openai.with_quirks}
_OPERATIONS: dict[str, Mapping[str, Operation]] = {
    "openai": openai_operations.OPERATIONS,
    "gemini": {**gemini_embeddings.GEMINI, **gemini_pictures.GEMINI, **gemini_speech.GEMINI},
    "vertex": {**gemini_embeddings.VERTEX, **gemini_pictures.VERTEX, **gemini_speech.VERTEX},
    "bedrock": {**bedrock_embeddings.OPERATIONS, **bedrock_pictures.OPERATIONS},
    "mistral": mistral_operations.OPERATIONS,
    "cohere": cohere_embeddings.OPERATIONS,
    "ollama": ollama_embeddings.OPERATIONS,
}
_ADAPTERS: dict[str, Adapter] = {module.DIALECT.name: module.DIALECT for module in _DIALECTS}


def get(dialect: str, quirks: frozenset[str] = frozenset()) -> Adapter:
    """The adapter of `dialect`, for an endpoint with `quirks`. Raises KeyError where there is none."""
    made = _BY_QUIRKS.get(dialect)
    return made(quirks) if made and quirks else _ADAPTERS[dialect]


def operation(dialect: str, name: str) -> Operation | None:
    """How `dialect` does what is not chat; None where it does not."""
    return _OPERATIONS.get(dialect, {}).get(name)


def batches(dialect: str, name: str) -> BatchService | None:
    """The batch service that providers of `dialect` have for the operation; None where none is known."""
    return _BATCHES.get(dialect, {}).get(name)


def names() -> tuple[str, ...]:
    return tuple(_ADAPTERS)


def quirks(dialect: str) -> Mapping[str, str]:
    """Name → meaning of each way in which an endpoint of `dialect` may depart from it."""
    return _QUIRKS[dialect]

"""What operations of all dialects share: lists of embeddings, and the parts of a large request."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from routing.adapters.contract import ProviderError, Result, Usage
from routing.adapters.vectors import as_asked

MAX_PARTS = 256  # of one request


def embeddings(
    request: Mapping[str, Any], vectors: Sequence[Any], usage: Usage, reported_model: str
) -> Result:
    """Vectors in the order of the inputs. Raises ValueError or TypeError for what is no vector."""
    data = [
        {"object": "embedding", "index": place, "embedding": as_asked(vector, request)}
        for place, vector in enumerate(vectors)
    ]
    return Result(usage, reported_model, {"object": "list", "data": data})


def joined(results: Sequence[Result]) -> Result:
    """The results of a request's parts as one; only lists are ever asked for in parts."""
    if len(results) == 1:
        return results[0]
    items = [item for result in results for item in (result.value or {}).get("data", ())]
    data = [{**item, "index": place} for place, item in enumerate(items)]
    first = results[0]
    return Result(
        total(result.usage for result in results), first.reported_model, {**(first.value or {}), "data": data}
    )


def total(usages: Iterator[Usage] | Sequence[Usage]) -> Usage:
    """The sum; a count that one of them does not tell is not known, nor is a name on which they differ."""
    known = list(usages)
    sums: dict[str, Any] = {}
    for name in Usage.__struct_fields__:
        counts = [getattr(usage, name) for usage in known]
        if all(isinstance(count, int) for count in counts):
            sums[name] = sum(counts)
        elif all(isinstance(each, str) for each in counts) and len(set(counts)) == 1:
            sums[name] = counts[0]
    return Usage(**sums)


def in_parts(items: Sequence[Any], *, most: int, most_bytes: int | None = None) -> list[list[Any]]:
    """The items in order, `most` at once and of no more than `most_bytes`, save one that is longer itself.

    Raises ProviderError where that is more than MAX_PARTS.
    """
    parts: list[list[Any]] = [[]]
    size = 0
    for item in items:
        length = len(item.encode()) if isinstance(item, str) else len(item)
        full = len(parts[-1]) >= most or (most_bytes is not None and size + length > most_bytes)
        if parts[-1] and full:
            parts.append([])
            size = 0
        parts[-1].append(item)
        size += length
    if len(parts) > MAX_PARTS:
        message = f"The input takes {len(parts)} calls of this provider; {MAX_PARTS} is the most."
        raise ProviderError(message, kind="invalid_request", retryable=False)
    return parts

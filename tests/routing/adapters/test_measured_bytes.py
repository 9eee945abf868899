"""What `python -m bench adapters` measures is read in full, by the adapters and by the providers' clients."""

import pytest

from bench.adapter_bytes import ANSWERS, CHUNKS, DIMENSIONS, HEADERS, TEXT, TEXTS, VECTORS
from bench.adapters import ASKED, times_cheaper
from bench.clients import CLIENTS, client, installed
from routing import adapters

INSTALLED = [dialect for dialect, (package, *_) in CLIENTS.items() if installed(package)]


@pytest.mark.parametrize("dialect", ANSWERS)
def test_an_adapter_reads_all_that_is_measured(dialect: str) -> None:
    answer, adapter = ANSWERS[dialect](), adapters.get(dialect)
    whole = adapter.parse(200, HEADERS, answer.whole)
    assert whole.choices[0]["message"]["content"] == TEXT
    parser = adapter.stream()
    deltas = [delta for piece in answer.stream for delta in parser.feed(piece)] + parser.close()
    assert deltas[-1].done
    assert "".join(c["delta"].get("content") or "" for delta in deltas for c in delta.choices) == TEXT
    assert deltas[-1].usage == whole.usage


@pytest.mark.parametrize("dialect", VECTORS)
def test_an_adapter_reads_all_the_vectors_that_are_measured(dialect: str) -> None:
    operation = adapters.operation(dialect, "embeddings")
    assert operation is not None
    read = operation.parse({"model": "m", "input": ["text"] * TEXTS}, 200, HEADERS, VECTORS[dialect]())
    assert read.value is not None
    assert [len(item["embedding"]) for item in read.value["data"]] == [DIMENSIONS] * TEXTS


@pytest.mark.parametrize("dialect", INSTALLED)
def test_a_providers_client_reads_all_that_is_measured(dialect: str) -> None:
    answer, theirs = ANSWERS[dialect](), client(dialect, ASKED)
    assert theirs is not None
    assert TEXT in str(theirs.whole(answer.whole))
    assert theirs.stream(answer.stream) >= CHUNKS
    assert "the train left the station" in str(theirs.prepare())


@pytest.mark.parametrize(
    ("ours", "theirs", "ratios"),
    [([2, 3, 4], [20, 15, 40], [7, 5, 10]), ([2], [5], [2.5])],
    ids=["a request and its answer", "an answer alone"],
)
def test_a_request_counts_with_its_answer(
    ours: list[float], theirs: list[float], ratios: list[float]
) -> None:
    assert times_cheaper(ours, theirs) == ratios

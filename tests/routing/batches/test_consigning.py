"""Which lines may stand in a provider's batch, and how many of them in one."""

from typing import Any

import pytest

from routing.adapters.batch_contract import MAX_BYTES, MAX_INPUTS, MAX_LINES
from routing.batches.consigning import Group, is_one_line
from routing.models import ProviderBatch
from tests.routing.core.builders import deployment


@pytest.mark.parametrize(
    ("taken", "has_room"),
    [
        ({}, True),
        ({"lines": MAX_LINES}, False),
        ({"bytes": MAX_BYTES - 9}, False),
        ({"inputs": MAX_INPUTS - 2}, True),
        ({"inputs": MAX_INPUTS - 1}, False),
    ],
)
def test_a_group_takes_no_more_than_a_provider_does(taken: dict[str, int], has_room: bool) -> None:
    assert Group(ProviderBatch(), **taken).has_room(10, inputs=2) is has_room


@pytest.mark.parametrize(
    ("dialect", "operation", "given", "is_one"),
    [
        ("openai", "embeddings", ["one", "two"], True),
        ("openai", "embeddings", ["one"] * 257, False),
        ("openai", "embeddings", ["x" * 2000] * 256, False),
        ("mistral", "embeddings", ["one"] * 64, True),
        ("mistral", "embeddings", ["one"] * 65, False),
        ("gemini", "embeddings", "one", True),
        ("gemini", "embeddings", ["one", "two"], False),
        ("gemini", "embeddings", [1, 2], False),
        ("gemini", "moderations", "one", False),
        ("mistral", "moderations", "one", True),
        ("anthropic", "chat", "one", True),
    ],
)
def test_what_takes_several_calls_is_no_line(dialect: str, operation: str, given: Any, is_one: bool) -> None:
    made = deployment("a", dialect=dialect)
    assert is_one_line(made, operation, {"model": "m", "input": given}) is is_one

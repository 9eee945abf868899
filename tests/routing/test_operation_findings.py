"""A deployment that is said to do what its dialect has not is told of when it is published."""

from typing import Any

import pytest

from routing.operation_findings import validate_operations


@pytest.mark.parametrize(
    ("dialect", "capabilities", "enabled", "told"),
    [
        ("openai", ["embeddings", "speech"], True, 0),
        ("anthropic", ["tools"], True, 0),
        ("anthropic", ["embeddings", "speech"], True, 2),
        ("gemini", ["embeddings", "transcriptions"], True, 1),
        ("anthropic", ["embeddings"], False, 0),
    ],
)
def test_what_a_dialect_has_not(dialect: str, capabilities: list[str], enabled: bool, told: int) -> None:
    row = {"name": "a", "dialect": dialect, "capabilities": capabilities, "enabled": enabled, "prices": []}
    found = list(validate_operations({"deployments": [row]}, 0))
    assert [(each.code, each.severity) for each in found] == [("operation_unspoken", "warning")] * told


@pytest.mark.parametrize(
    ("name", "sold", "told"),
    [
        ("embeddings", {"input_nano_per_mtok": 1}, []),
        ("images", {"input_nano_per_mtok": 1}, ["Its price says nothing of picture, so images are refused."]),
        ("images", {"pictures": [{"size": "", "quality": "", "nano": 1}]}, []),
        ("transcriptions", {"audio_nano_per_hour": 1}, []),
    ],
)
def test_what_a_price_does_not_say(name: str, sold: dict[str, Any], told: list[str]) -> None:
    price = {"id": "p", "sha256": "", "valid_from_us": 0, "valid_to_us": None}
    unsold = {"input_nano_per_mtok": None, "output_nano_per_mtok": None}
    row = {"name": "a", "dialect": "openai", "capabilities": [name], "enabled": True}
    document = {"deployments": [{**row, "prices": [{**price, **unsold, **sold}]}]}
    assert [each.message for each in validate_operations(document, 1)] == told

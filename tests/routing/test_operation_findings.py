"""A deployment that is said to do what its dialect has not is told of when it is published."""

import pytest

from routing.operation_findings import validate_operations


@pytest.mark.parametrize(
    ("dialect", "capabilities", "enabled", "told"),
    [
        ("openai", ["embeddings", "speech"], True, 0),
        ("anthropic", ["tools"], True, 0),
        ("anthropic", ["embeddings", "speech"], True, 2),
        ("gemini", ["embeddings", "images"], True, 1),
        ("anthropic", ["embeddings"], False, 0),
    ],
)
def test_what_a_dialect_has_not(dialect: str, capabilities: list[str], enabled: bool, told: int) -> None:
    row = {"name": "a", "dialect": dialect, "capabilities": capabilities, "enabled": enabled}
    found = list(validate_operations({"deployments": [row]}, 0))
    assert [(each.code, each.severity) for each in found] == [("operation_unspoken", "warning")] * told

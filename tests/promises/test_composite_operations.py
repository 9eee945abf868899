"""What is not chat through nodes of several calls, on real processes: the answer, and its record."""

from typing import Any

import httpx
import pytest

from tests.stack import Stack

pytestmark = pytest.mark.stack


@pytest.mark.parametrize(
    ("path", "asked", "deployment", "begins"),
    [
        ("embeddings", {"input": "hello"}, "embed-eu", b'{"object":"list"'),
        ("moderations", {"input": "I will kill it"}, "judge-eu", b'{"id":"modr'),
        ("audio/speech", {"input": "Mind the gap", "voice": "alloy"}, "mouth-eu", b"RIFF"),
    ],
)
def test_an_operation_goes_by_rules_and_experiments(
    stack: Stack, path: str, asked: dict[str, Any], deployment: str, begins: bytes
) -> None:
    body = {"model": "sorted-out", **asked}
    answer = httpx.post(f"{stack.api_url}/{path}", headers=stack.headers(), json=body, timeout=30)
    assert answer.content.startswith(begins), answer.text
    assert answer.headers["x-signalbox-deployment"] == deployment
    row = stack.request_row(answer.headers["x-request-id"])
    assert (row["outcome"], row["deployment"], row["attempts"]) == ("succeeded", deployment, 1)
    assert row["cost_nano"] > 0

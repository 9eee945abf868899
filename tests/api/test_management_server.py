"""The management API on the real server: beside the data plane, and with keys of its own."""

import httpx
import pytest
from stack import Stack

pytestmark = pytest.mark.stack


def test_the_description_is_served(stack: Stack) -> None:
    answer = httpx.get(stack.url + "/api/openapi.json", timeout=30)
    assert "/api/proposals/{number}/approve" in answer.json()["paths"]


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/api/proposals", "invalid_token"),
        ("POST", "/api/suspensions", "invalid_token"),
        ("GET", "/api/nothing/here", "not_found"),
    ],
)
def test_a_key_of_an_application_opens_no_door_of_people(
    stack: Stack, method: str, path: str, code: str
) -> None:
    answer = httpx.request(method, stack.url + path, headers=stack.headers(), timeout=30)
    assert answer.json()["error"]["code"] == code

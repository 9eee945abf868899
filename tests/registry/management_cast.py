"""People at the door of the management API: each with a token of their own."""

import json
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from registry.models import TokenScope, User
from registry.services import access_tokens


class Person:
    """`user` at the API, by a token with `scopes`."""

    def __init__(self, user: User, scopes: tuple[str, ...] = tuple(TokenScope.values)) -> None:
        ends = timezone.now() + timedelta(days=1)
        made = access_tokens.create(user=user, name="tests", scopes=list(scopes), expires_at=ends)
        self.token = made.text
        self.client = Client(raise_request_exception=True)

    def call(self, method: str, path: str, body: Any = None) -> HttpResponse:
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self.client.generic(
            method,
            f"/api/{path}",
            content,
            content_type="application/json",
            headers={"authorization": f"Bearer {self.token}"},
        )

    def get(self, path: str) -> Any:
        """The answer to a GET that works."""
        answer = self.call("GET", path)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def post(self, path: str, status: int = 200, **body: Any) -> Any:
        """The answer to a POST that works."""
        answer = self.call("POST", path, body)
        assert answer.status_code == status, answer.content
        return answer.json()

    def refused(self, method: str, path: str, body: Any = None) -> str:
        return code_of(self.call(method, path, body))


def code_of(answer: HttpResponse) -> str:
    """The code of an error, after its shape was checked."""
    from registry.api.errors import CODES

    error = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    row = CODES[error["code"]]
    assert (answer.status_code, error["type"]) == (row.status, row.type)
    return str(error["code"])

"""Requests that make several calls, so slow that a part of the stack can be killed in the middle of them."""

import threading
import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.stack import Stack, wait_until

CLIENT_TIMEOUT_S = 60.0
REACHED_TIMEOUT_S = 20.0


@dataclass
class Slow:
    """One request to a route of tests/stack_patterns.py. The model `at` takes `delay_ms`, where it is named,
    else all do; `reached` calls are with the provider then, and the last is in flight."""

    route: str
    reached: int
    text: str = ""
    at: str = ""
    delay_ms: int = 600_000
    label: str = field(default_factory=lambda: uuid.uuid4().hex)
    answer: httpx.Response | None = None
    _asking: threading.Thread | None = None

    @property
    def body(self) -> dict[str, Any]:
        fault = f"delay_ms={self.delay_ms},label={self.label}"
        fault += f",fail_model={self.at}-1" if self.at else ""
        said = {"role": "user", "content": f"{self.text} Go on. [[demo:{fault}]]"}
        return {"model": self.route, "messages": [said], "metadata": {"demo": fault}}

    def ask(self, stack: Stack) -> None:
        """Returns when the provider has as many calls as are awaited."""
        self._asking = threading.Thread(target=self._ask, args=(stack,))
        self._asking.start()
        wait_until(lambda: self.calls(stack) >= self.reached, f"{self.route} to be called", REACHED_TIMEOUT_S)

    def calls(self, stack: Stack) -> int:
        return stack.provider_labels().get(self.label, 0)

    def told(self) -> str:
        """What the client got, in bounded time: `answered`, a code, or `lost` where the connection broke."""
        assert self._asking is not None
        self._asking.join()
        if self.answer is None:
            return "lost"
        return str(self.answer.json()["error"]["code"]) if self.answer.is_error else "answered"

    def request_id(self, stack: Stack) -> str:
        wanted = f'["{self.label}"]'
        (row,) = stack.rows("SELECT id FROM audit_request WHERE tags = %s", wanted)
        return str(row["id"])

    def _ask(self, stack: Stack) -> None:
        headers = stack.headers(**{"x-signalbox-tags": self.label})
        url = f"{stack.api_url}/chat/completions"
        try:
            self.answer = httpx.post(url, json=self.body, headers=headers, timeout=CLIENT_TIMEOUT_S)
        except httpx.RemoteProtocolError:
            self.answer = None

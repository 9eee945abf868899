"""Never a silent downgrade: every surface, whole or streamed, says who answers, and that it stands in."""

import re
from typing import Any

import httpx
import pytest

from tests.promises.told import CLIENT_TIMEOUT_S, forget_health
from tests.stack import Stack

pytestmark = pytest.mark.stack
FAILS = "one two three [[demo:status=500,fail_model=frail-1]]"
TURN = {"messages": [{"role": "user", "content": FAILS}], "max_tokens": 40}
SURFACES: dict[str, dict[str, Any]] = {
    "chat/completions": TURN,
    "completions": {"prompt": FAILS, "max_tokens": 40},
    "messages": TURN,
    "responses": {"input": FAILS, "store": False},
}
NAMED = re.compile(r'"model": ?"([^"]*)"')


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("surface", SURFACES)
def test_who_answers_instead_is_named(stack: Stack, surface: str, stream: bool) -> None:
    forget_health(stack)
    answer = httpx.post(
        f"{stack.api_url}/{surface}",
        headers=stack.headers(),
        json={"model": "sheltered", "stream": stream, **SURFACES[surface]},
        timeout=CLIENT_TIMEOUT_S,
    )
    assert answer.status_code == 200, answer.text
    told = [answer.headers[f"x-signalbox-{name}"] for name in ("model", "deployment", "fallback", "attempts")]
    assert told == ["spare", "spare-eu", "true", "2"]
    assert set(NAMED.findall(answer.text)) == {"spare"}
    row = stack.request_row(answer.headers["x-request-id"])
    assert (row["model"], row["answer_path"], bool(row["fallback_used"])) == ("spare", "0.1", True)


def test_the_first_choice_is_no_fallback(stack: Stack) -> None:
    forget_health(stack)
    answer = httpx.post(
        f"{stack.api_url}/chat/completions",
        headers=stack.headers(),
        json={"model": "sheltered", "messages": [{"role": "user", "content": "hello"}]},
        timeout=CLIENT_TIMEOUT_S,
    )
    assert answer.headers["x-signalbox-model"] == "frail"
    assert "x-signalbox-fallback" not in answer.headers

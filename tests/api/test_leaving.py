"""Clients that leave: their call ends upstream, and what it used is settled."""

import socket

import httpx
import pytest
from stack import Stack, wait_until

pytestmark = pytest.mark.stack
ENDLESS = "[[demo:chunks=2000,chunk_ms=20]]"
LONG = "[[demo:delay_ms=60000]]"


def asked(text: str, stream: bool) -> dict:
    return {"model": "faulty-8", "stream": stream, "messages": [{"role": "user", "content": text}]}


def test_a_stream_whose_client_leaves_is_cancelled_upstream_and_settled(stack: Stack) -> None:
    cancelled = stack.provider_stats()["cancelled"]
    url, body = stack.api_url + "/chat/completions", asked(ENDLESS, stream=True)
    with httpx.stream("POST", url, headers=stack.headers(), json=body, timeout=10) as response:
        request_id = response.headers["x-request-id"]
        for number, _ in enumerate(response.iter_lines()):
            if number > 10:
                break
    wait_until(lambda: stack.provider_stats()["cancelled"] > cancelled, "the call to be cancelled", 5)
    row = stack.request_row(request_id)
    assert row["outcome"] == "cancelled"
    assert row["cost_nano"] > 0


def test_a_client_that_leaves_while_it_waits_is_noticed(stack: Stack) -> None:
    before = stack.provider_stats()["cancelled"]
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(
            stack.api_url + "/chat/completions", headers=stack.headers(), json=asked(LONG, False), timeout=0.5
        )
    wait_until(lambda: stack.provider_stats()["cancelled"] > before, "the call to be cancelled", 5)


def test_a_client_that_leaves_in_its_own_body_does_no_harm(stack: Stack) -> None:
    with socket.create_connection(("127.0.0.1", stack.web_port)) as client:
        client.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{")
    assert httpx.get(stack.url + "/livez").status_code == 200


def test_a_stream_that_breaks_upstream_ends_with_an_error_and_without_done(stack: Stack) -> None:
    body = asked("[[demo:chunks=10,cut_after=4]]", stream=True)
    response = httpx.post(stack.api_url + "/chat/completions", headers=stack.headers(), json=body, timeout=20)
    events = [line for line in response.text.splitlines() if line.startswith("data: ")]
    assert '"error"' in events[-1]
    assert "upstream_error" in events[-1]
    assert "[DONE]" not in response.text

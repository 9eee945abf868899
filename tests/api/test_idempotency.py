"""`Idempotency-Key`: run once, given again, whoever asks and whenever."""

import asyncio
import uuid
from typing import Any

import httpx
import pytest
from stack import Stack, wait_until

pytestmark = pytest.mark.stack
SLOW = "[[demo:delay_ms=1200]] Hello"


def key() -> str:
    return uuid.uuid4().hex


def asked(text: str = "Hello", **more: Any) -> dict[str, Any]:
    return {"model": "auto", "messages": [{"role": "user", "content": text}], **more}


def post(
    stack: Stack, idempotency_key: str, body: dict[str, Any], by: str = "main", **headers: str
) -> httpx.Response:
    sent = stack.headers(by, **{"idempotency-key": idempotency_key, **headers})
    return httpx.post(stack.api_url + "/chat/completions", headers=sent, json=body, timeout=30)


@pytest.mark.parametrize("stream", [False, True])
def test_the_first_result_is_given_again(stack: Stack, stream: bool) -> None:
    name, calls = key(), stack.provider_stats()["requests"]
    first = post(stack, name, asked(stream=stream))
    wait_until(lambda: post(stack, name, asked(stream=stream)).status_code == 200, "the stream to be kept", 5)
    again = post(stack, name, asked(stream=stream))
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["x-request-id"] == first.headers["x-request-id"]
    assert again.headers["content-type"] == first.headers["content-type"]
    assert stack.provider_stats()["requests"] == calls + 1


def test_another_body_under_the_same_key_is_refused(stack: Stack) -> None:
    name = key()
    post(stack, name, asked())
    answer = post(stack, name, asked("Something else"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "idempotency_mismatch")


def test_other_labels_under_the_same_key_are_refused(stack: Stack) -> None:
    name = key()
    post(stack, name, asked())
    assert post(stack, name, asked(), **{"x-signalbox-data-class": "internal"}).status_code == 422


async def test_of_concurrent_requests_one_runs_and_the_others_are_told(stack: Stack) -> None:
    headers, calls = stack.headers(**{"idempotency-key": key()}), stack.provider_stats()["requests"]
    async with httpx.AsyncClient(timeout=30) as client:
        url = stack.api_url + "/chat/completions"
        answers = await asyncio.gather(
            *(client.post(url, headers=headers, json=asked(SLOW)) for _ in range(8))
        )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    told = {a.json()["error"]["code"] for a in answers if a.status_code == 409}
    assert told == {"idempotency_in_progress"}
    assert stack.provider_stats()["requests"] == calls + 1


def test_a_client_that_left_comes_back_for_its_result(stack: Stack) -> None:
    name, calls = key(), stack.provider_stats()["requests"]
    headers = stack.headers(**{"idempotency-key": name})
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(stack.api_url + "/chat/completions", headers=headers, json=asked(SLOW), timeout=0.4)
    wait_until(lambda: post(stack, name, asked(SLOW)).status_code == 200, "the result", 10)
    assert stack.provider_stats()["requests"] == calls + 1


def test_an_error_of_the_provider_is_a_result(stack: Stack) -> None:
    name, body = key(), asked("[[demo:status=400]]", model="faulty-7")
    first, again = post(stack, name, body), post(stack, name, body)
    assert (first.status_code, again.status_code) == (400, 400)
    assert again.headers["idempotent-replayed"] == "true"


def test_a_refusal_is_no_result(stack: Stack) -> None:
    name = key()
    first, again = post(stack, name, asked(), "poor"), post(stack, name, asked(), "poor")
    assert (first.status_code, again.status_code) == (429, 429)
    assert "idempotent-replayed" not in again.headers
    assert again.headers["x-request-id"] != first.headers["x-request-id"]


def test_keys_of_two_applications_do_not_meet(stack: Stack) -> None:
    name = key()
    mine, theirs = post(stack, name, asked()), post(stack, name, asked(), "other")
    assert mine.headers["x-request-id"] != theirs.headers["x-request-id"]


def test_what_is_kept_can_not_be_read_in_valkey(stack: Stack) -> None:
    import redis

    name = key()
    post(stack, name, asked("a very particular sentence"))
    with redis.Redis.from_url(stack.environment["REDIS_URL"]) as client:
        kept = [client.get(found) or b"" for found in client.scan_iter("sb:idempotency:*", count=1000)]
    assert kept
    assert not any(b"particular" in value or name.encode() in value for value in kept)

"""Everything a provider can do wrong: the right fallback or error, each attempt recorded, no cut looks whole.

`sheltered` tries `frail` once and then `spare`; `exposed` has nobody but `frail`, which is given up after a
second of silence.
"""

from typing import Any

import httpx
import openai
import pytest
from openai import OpenAI

from tests.promises.told import attempts_of, entries_of, forget_health, post
from tests.stack import Stack

pytestmark = pytest.mark.stack

FRAIL = "fail_model=frail-1"
# Before its first word a stream can still be replaced, as a whole answer can.
BEFORE: dict[str, tuple[str, str, str]] = {  # how → (directive, kind on record, code where nobody is left)
    "rate limit": ("status=429,retry_after=7", "rate_limit", "upstream_rate_limited"),
    "500": ("status=500", "error", "upstream_error"),
    "503": ("status=503", "error", "upstream_error"),
    "bad credential": ("status=401", "authentication", "upstream_error"),
    "no such model": ("status=404", "not_found", "upstream_error"),
    "silence": ("delay_ms=4000", "timeout", "upstream_timeout"),
    "proxy's page": ("html", "error", "upstream_error"),
    "page under 200": ("html,status=200", "error", "upstream_error"),
    "error under 200": ("error200", "error", "upstream_error"),
}
WHOLE = {
    **BEFORE,
    "empty": ("empty", "error", "upstream_error"),
    "garbage": ("garbage", "error", "upstream_error"),
    "cut in mid-body": ("cut_after=2", "error", "upstream_error"),
    "stall in mid-body": ("stall", "timeout", "upstream_timeout"),
}
STREAMED = {
    **BEFORE,
    "empty": ("empty", "stream_cut", "upstream_error"),
    "cut before a word": ("cut_after=0", "stream_cut", "upstream_error"),
    "error before a word": ("error_after=0", "error", "upstream_error"),
}
BROKEN = {  # after words were given out nothing can be replaced
    "cut": ("cut_after=4,chunk_ms=60", {"stream_cut", "error"}),
    "error event": ("error_after=4,chunk_ms=60", {"error"}),
    "garbage": ("garbage,chunk_ms=60", {"error"}),
    "stall": ("stall,cut_after=4,chunk_ms=60", {"timeout"}),
}
SHAPES = [(False, how, *told) for how, told in WHOLE.items()] + [
    (True, how, *told) for how, told in STREAMED.items()
]
EACH = pytest.mark.parametrize(
    ("stream", "directive", "kind", "code"),
    [(stream, *told) for stream, _, *told in SHAPES],
    ids=[f"{'streamed' if stream else 'whole'}: {how}" for stream, how, *_ in SHAPES],
)


@pytest.fixture(autouse=True)
def _healthy(stack: Stack) -> None:
    forget_health(stack)


def faulty(stack: Stack, policy: str, directive: str, **more: Any) -> httpx.Response:
    return post(stack, f"one two three four five six [[demo:{directive},{FRAIL}]]", model=policy, **more)


@EACH
def test_a_fallback_answers_and_both_attempts_are_on_record(
    stack: Stack, stream: bool, directive: str, kind: str, code: str
) -> None:
    answer = faulty(stack, "sheltered", directive, stream=stream)
    assert answer.status_code == 200, answer.text
    assert answer.headers["x-signalbox-model"] == "spare"
    assert answer.text.endswith("data: [DONE]\n\n") is stream
    request_id = answer.headers["x-request-id"]
    tried = attempts_of(stack, request_id)
    assert [(a["model"], a["outcome"], a["error_kind"]) for a in tried] == [
        ("frail", "failed", kind),
        ("spare", "ok", ""),
    ]
    assert entries_of(stack, request_id) == [
        "request.accepted",
        *("attempt.started", "attempt.finished") * 2,
        "request.finished",
    ]


@EACH
def test_without_a_fallback_the_client_gets_a_clear_error(
    stack: Stack, stream: bool, directive: str, kind: str, code: str
) -> None:
    answer = faulty(stack, "exposed", directive, stream=stream)
    assert answer.is_error
    assert answer.json()["error"]["code"] == code
    status, _, named = answer.headers["x-signalbox-upstream"].rpartition(" ")
    assert named == kind
    assert status in directive or not directive.startswith("status=")
    assert "[DONE]" not in answer.text
    (tried,) = attempts_of(stack, answer.headers["x-request-id"])
    assert (tried["outcome"], tried["error_kind"]) == ("failed", kind)


def test_a_rate_limit_without_a_fallback_says_when_to_come_back(stack: Stack) -> None:
    answer = faulty(stack, "exposed", "status=429,retry_after=7")
    assert answer.headers["retry-after"] == "7"
    assert answer.headers["x-should-retry"] == "true"


@pytest.mark.parametrize(("directive", "kinds"), BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("policy", ["sheltered", "exposed"])
def test_a_stream_that_broke_never_looks_complete(
    stack: Stack, policy: str, directive: str, kinds: set[str]
) -> None:
    answer = faulty(stack, policy, directive, stream=True, stream_options={"include_usage": True})
    *words, last = [event for event in answer.text.split("\n\n") if event.startswith("data: ")]
    assert words
    assert '"error"' in last
    assert "[DONE]" not in answer.text
    assert '"finish_reason":"' not in answer.text
    assert '"prompt_tokens"' not in answer.text
    (tried,) = attempts_of(stack, answer.headers["x-request-id"])
    assert tried["outcome"] == "failed"
    assert tried["error_kind"] in kinds
    assert tried["usage_unknown"]
    row = stack.request_row(answer.headers["x-request-id"])
    assert (row["outcome"], row["cost_nano"] > 0) == ("failed", True)


@pytest.mark.parametrize("directive", [told[0] for told in BROKEN.values()], ids=BROKEN)
def test_the_official_client_raises_when_a_stream_breaks(stack: Stack, directive: str) -> None:
    said: list[str] = []
    with OpenAI(base_url=stack.api_url, api_key=stack.keys["main"], max_retries=0) as client:
        stream = client.chat.completions.create(
            model="exposed",
            messages=[{"role": "user", "content": f"one two three four [[demo:{directive},{FRAIL}]]"}],
            stream=True,
        )
        with pytest.raises(openai.APIError):
            said.extend(chunk.choices[0].delta.content or "" for chunk in stream)
    assert said


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_without_usage_costs_the_worst_case(stack: Stack, stream: bool) -> None:
    answer = faulty(stack, "exposed", "no_usage", stream=stream)
    assert answer.status_code == 200
    row = stack.request_row(answer.headers["x-request-id"])
    (tried,) = attempts_of(stack, answer.headers["x-request-id"])
    assert (bool(tried["usage_unknown"]), row["cost_nano"]) == (True, row["worst_case_nano"])


def test_what_the_provider_calls_wrong_is_not_tried_elsewhere(stack: Stack) -> None:
    answer = faulty(stack, "sheltered", "status=400")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "upstream_rejected")
    assert len(attempts_of(stack, answer.headers["x-request-id"])) == 1

"""What goes wrong at a provider, and what it is called here: tables."""

import json
from typing import Any

import pytest

from routing.adapters import get, names
from routing.adapters.contract import Delta, ProviderError
from routing.core.execution import FailureKind

JSON = {"content-type": "application/json"}


def openai_error(code: str | None = None, kind: str = "invalid_request_error", message: str = "No.") -> str:
    return json.dumps({"error": {"message": message, "type": kind, "param": None, "code": code}})


def anthropic_error(kind: str, message: str = "No.") -> str:
    return json.dumps({"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"})


def gemini_error(code: int, status: str, message: str = "No.", *details: Any) -> str:
    error = {"code": code, "message": message, "status": status, "details": list(details)}
    return json.dumps({"error": error})


def openrouter_error(code: int, **metadata: Any) -> str:
    return json.dumps({"error": {"code": code, "message": "Provider returned error", "metadata": metadata}})


def azure_filtered() -> str:
    inner = {"code": "ResponsibleAIPolicyViolation", "content_filter_result": {}}
    return json.dumps({"error": {"code": "content_filter", "message": "No.", "innererror": inner}})


def response_error(status: str, *, code: str | None = None) -> str:
    error = {"code": code, "message": "No."} if code else None
    return json.dumps({"id": "r", "model": "m", "status": status, "error": error, "output": []})


TOO_LONG = "This model's maximum context length is 8192 tokens. Please reduce the length of the messages."
FAILURES = [
    ("openai", 400, openai_error(), "invalid_request", False),
    ("openai", 400, openai_error("context_length_exceeded"), "context_overflow", False),
    ("openai", 400, openai_error(None, message=TOO_LONG), "context_overflow", False),
    ("openai", 400, openai_error("content_filter"), "content_filter", False),
    ("openai", 400, openai_error("unsupported_parameter"), "unsupported", False),
    ("openai", 401, openai_error("invalid_api_key"), "authentication", False),
    ("openai", 403, openai_error("unsupported_country_region_territory"), "authentication", False),
    ("openai", 404, openai_error("model_not_found"), "not_found", False),
    ("openai", 408, openai_error(None), "timeout", True),
    ("openai", 413, "", "context_overflow", False),
    ("openai", 422, '{"detail": [{"msg": "field required"}]}', "invalid_request", False),
    ("openai", 429, openai_error("rate_limit_exceeded", "tokens"), "rate_limit", True),
    ("openai", 429, openai_error("insufficient_quota", "insufficient_quota"), "rate_limit", False),
    ("openai", 429, openai_error(None, "requests"), "rate_limit", True),
    ("openai", 500, openai_error(None, "server_error"), "error", True),
    ("openai", 502, "<html>Bad Gateway</html>", "error", True),
    ("openai", 503, '{"error": "overloaded"}', "error", True),
    ("openai", 504, "", "timeout", True),
    ("openai", 301, "", "error", False),
    (
        "openai",
        400,
        '{"object": "error", "message": "No.", "type": "BadRequestError"}',
        "invalid_request",
        False,
    ),
    ("openai", 400, openai_error(kind="exceed_context_size_error"), "context_overflow", False),
    ("openai", 400, openrouter_error(400, raw=openai_error(message=TOO_LONG)), "context_overflow", False),
    ("openai", 403, openrouter_error(403, reasons=["hate"], flagged_input="a"), "content_filter", False),
    ("openai", 200, openrouter_error(502, raw="busy"), "error", True),
    ("openai", 200, '{"choices": [{"finish_reason": "error", "message": {}}]}', "error", True),
    (
        "openai",
        200,
        '{"choices": [{"finish_reason": "error", "error": {"code": 429, "message": "Later."}}]}',
        "rate_limit",
        True,
    ),
    ("openai", 400, azure_filtered(), "content_filter", False),
    ("openai", 401, '{"statusCode": 401, "message": "Unauthorized."}', "authentication", False),
    ("openai", 200, '{"error": {"message": "Upstream is busy", "code": 429}}', "rate_limit", True),
    ("openai", 200, openai_error("server_error", "server_error"), "error", True),
    ("openai", 200, "<html>Welcome</html>", "error", True),
    ("openai", 200, "", "error", True),
    ("openai", 200, "{}", "error", True),
    ("openai", 200, "[]", "error", True),
    ("openai", 200, "null", "error", True),
    ("openai", 200, '{"choices": []}', "error", True),
    ("openai", 200, '{"choices": [{"index": 0}]}', "error", True),
    ("openai", 200, '{"choices": [{"message": 3}]}', "error", True),
    ("openai", 200, '{"choices": [{"mess', "error", True),
    ("openai", 200, "[" * 5000, "error", True),
    ("responses", 400, openai_error("context_length_exceeded"), "context_overflow", False),
    ("responses", 429, openai_error("rate_limit_exceeded"), "rate_limit", True),
    ("responses", 200, response_error("failed", code="rate_limit_exceeded"), "rate_limit", True),
    ("responses", 200, response_error("failed", code="server_error"), "error", True),
    ("responses", 200, response_error("failed", code="invalid_prompt"), "invalid_request", False),
    (
        "responses",
        200,
        response_error("failed", code="image_content_policy_violation"),
        "content_filter",
        False,
    ),
    ("responses", 200, response_error("queued"), "error", True),
    ("responses", 200, '{"status": "completed"}', "error", True),
    ("responses", 200, '{"status": "completed", "output": [{"type": "message"}]}', "error", True),
    ("responses", 200, "<html>", "error", True),
    ("responses", 200, "", "error", True),
    ("anthropic", 400, anthropic_error("invalid_request_error"), "invalid_request", False),
    (
        "anthropic",
        400,
        anthropic_error("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
        "context_overflow",
        False,
    ),
    (
        "anthropic",
        400,
        anthropic_error("invalid_request_error", "input length and `max_tokens` exceed context limit: 9 > 8"),
        "context_overflow",
        False,
    ),
    ("anthropic", 401, anthropic_error("authentication_error"), "authentication", False),
    ("anthropic", 402, anthropic_error("billing_error"), "rate_limit", False),
    ("anthropic", 403, anthropic_error("permission_error"), "authentication", False),
    ("anthropic", 404, anthropic_error("not_found_error"), "not_found", False),
    ("anthropic", 413, anthropic_error("request_too_large"), "context_overflow", False),
    ("anthropic", 429, anthropic_error("rate_limit_error"), "rate_limit", True),
    ("anthropic", 500, anthropic_error("api_error"), "error", True),
    ("anthropic", 504, anthropic_error("timeout_error"), "timeout", True),
    ("anthropic", 529, anthropic_error("overloaded_error"), "error", True),
    ("anthropic", 200, anthropic_error("overloaded_error"), "error", True),
    ("anthropic", 200, '{"content": [{"type": "text"}]}', "error", True),
    ("anthropic", 200, "", "error", True),
    ("gemini", 400, gemini_error(400, "INVALID_ARGUMENT"), "invalid_request", False),
    (
        "gemini",
        400,
        gemini_error(
            400, "INVALID_ARGUMENT", "The input token count (9) exceeds the maximum number of tokens"
        ),
        "context_overflow",
        False,
    ),
    ("gemini", 403, gemini_error(403, "PERMISSION_DENIED"), "authentication", False),
    ("gemini", 404, gemini_error(404, "NOT_FOUND"), "not_found", False),
    ("gemini", 429, gemini_error(429, "RESOURCE_EXHAUSTED"), "rate_limit", True),
    ("gemini", 503, gemini_error(503, "UNAVAILABLE"), "error", True),
    ("gemini", 504, gemini_error(504, "DEADLINE_EXCEEDED"), "timeout", True),
    ("gemini", 429, "[" + gemini_error(429, "RESOURCE_EXHAUSTED") + "]", "rate_limit", True),
    ("gemini", 200, gemini_error(429, "RESOURCE_EXHAUSTED"), "rate_limit", True),
    ("gemini", 200, "{}", "error", True),
    ("vertex", 401, gemini_error(401, "UNAUTHENTICATED"), "authentication", False),
    ("vertex", 404, "<html>Not Found</html>", "not_found", False),
    ("vertex", 429, "[" + gemini_error(429, "RESOURCE_EXHAUSTED") + "]", "rate_limit", True),
    ("vertex", 200, gemini_error(503, "UNAVAILABLE"), "error", True),
    ("gemini", 200, '{"candidates": [{"content": {"parts": [{"text": "cut"}]}}]}', "error", True),
    ("gemini", 200, '{"candidates": [{"finishReason": "MALFORMED_FUNCTION_CALL"}]}', "error", True),
    ("gemini", 200, "", "error", True),
]


@pytest.mark.parametrize(("dialect", "status", "body", "kind", "retryable"), FAILURES)
def test_a_failure_gets_its_kind(dialect: str, status: int, body: str, kind: str, retryable: bool) -> None:
    with pytest.raises(ProviderError) as caught:
        get(dialect).parse(status, JSON, body.encode())
    assert (caught.value.kind, caught.value.retryable) == (kind, retryable)
    assert FailureKind(caught.value.kind)
    assert str(caught.value)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "2"}, 2.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "inf"}, 86_400.0),
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"x-ms-retry-after-ms": "1500"}, 1.5),
        (
            {"retry-after": "Wed, 21 Oct 2026 07:28:30 GMT", "date": "Wed, 21 Oct 2026 07:28:00 GMT"},
            30.0,
        ),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT", "date": "Wed, 21 Oct 2026 07:28:30 GMT"}, 0.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "6m0.5s"}, 360.5),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "20ms"}, 0.02),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "7"}, 7.0),
        ({"x-ratelimit-remaining-requests": "3", "x-ratelimit-reset-requests": "7"}, None),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "soon"}, None),
        ({"x-ratelimit-remaining-requests": "0"}, None),
        ({"retry-after": "2", "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "9s"}, 2.0),
        ({"retry-after": "Wed, 99 Oct 2026 07:28:00 GMT", "date": "x"}, None),
    ],
)
@pytest.mark.parametrize("dialect", names())
def test_the_wait_is_read_from_the_headers(
    dialect: str, headers: dict[str, str], seconds: float | None
) -> None:
    assert get(dialect).parse_error(429, headers, b"{}").retry_after_s == seconds


@pytest.mark.parametrize(("delay", "seconds"), [("35s", 35.0), ("0.5s", 0.5), ("", None), ("xs", None)])
def test_gemini_says_its_wait_in_the_body(delay: str, seconds: float | None) -> None:
    detail = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}
    body = gemini_error(429, "RESOURCE_EXHAUSTED", "Later.", detail)
    assert get("gemini").parse_error(429, {}, body.encode()).retry_after_s == seconds


@pytest.mark.parametrize(("said", "retryable"), [("true", True), ("false", False), ("maybe", True)])
def test_the_provider_may_rule_on_retrying(said: str, retryable: bool) -> None:
    assert get("openai").parse_error(429, {"x-should-retry": said}, b"").retryable is retryable


@pytest.mark.parametrize("dialect", names())
@pytest.mark.parametrize("header", ["x-request-id", "request-id", "apim-request-id"])
def test_the_provider_s_own_request_id_is_kept(dialect: str, header: str) -> None:
    assert get(dialect).parse_error(500, {header: "req_1"}, b"").request_id == "req_1"


def test_a_message_is_cut() -> None:
    assert len(str(get("openai").parse_error(400, {}, openai_error(message="x" * 9000).encode()))) == 500


CHUNK = (
    'data: {"id":"1","model":"m","choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}]}\n\n'
)
END = 'data: {"id":"1","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
MESSAGE = 'data: {"type":"message_start","message":{"id":"1","model":"m","usage":{"input_tokens":1}}}\n\n'
BEGUN = 'data: {"type":"response.created","response":{"id":"1","model":"m"}}\n\n'
FAILED = response_error("failed", code="server_error")
STEP = 'data: {"candidates":[{"content":{"parts":[{"text":"a"}]}}]}\n\n'


def play(dialect: str, text: str) -> list[Delta]:
    parser = get(dialect).stream()
    return parser.feed(text.encode()) + parser.close()


@pytest.mark.parametrize(
    ("dialect", "stream", "kind"),
    [
        ("openai", CHUNK + f"data: {openai_error('rate_limit_exceeded')}\n\n", "rate_limit"),
        ("openai", CHUNK + "event: error\ndata: " + '{"message": "gone"}\n\n', "error"),
        ("openai", CHUNK + 'data: {"error": {"message": "busy", "code": 502}, "choices": []}\n\n', "error"),
        ("openai", CHUNK + 'data: {"object": "error", "message": "No.", "code": 400}\n\n', "invalid_request"),
        (
            "openai",
            CHUNK + 'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "error"}]}\n\n',
            "error",
        ),
        ("openai", CHUNK + "data: [DONE]\n\n", "stream_cut"),
        ("openai", "data: [DONE]\n\n", "stream_cut"),
        ("openai", CHUNK + END, "stream_cut"),
        ("openai", "", "stream_cut"),
        ("openai", openai_error("rate_limit_exceeded"), "rate_limit"),
        ("openai", "<html>\n<h1>Bad gateway</h1>\n</html>", "error"),
        ("openai", CHUNK + "<html>\n", "stream_cut"),
        ("openai", 'data: {"choices": [7]}\n\n', "error"),
        ("openai", 'data: {"choices": {"a": 1}}\n\n', "error"),
        ("responses", BEGUN, "stream_cut"),
        ("responses", BEGUN + "data: [DONE]\n\n", "stream_cut"),
        (
            "responses",
            BEGUN + f'data: {{"type":"response.failed","response":{FAILED}}}\n\n',
            "error",
        ),
        ("responses", BEGUN + 'data: {"type":"response.cancelled","response":{}}\n\n', "error"),
        (
            "responses",
            BEGUN + 'data: {"type":"error","code":"rate_limit_exceeded","message":"Later."}\n\n',
            "rate_limit",
        ),
        ("responses", BEGUN + 'data: {"type":"error"}\n\n', "error"),
        (
            "responses",
            BEGUN
            + 'data: {"type":"response.function_call_arguments.delta","output_index":3,"delta":"{"}\n\n',
            "error",
        ),
        ("responses", openai_error("rate_limit_exceeded"), "rate_limit"),
        ("anthropic", MESSAGE + f"event: error\ndata: {anthropic_error('overloaded_error')}\n\n", "error"),
        ("anthropic", MESSAGE + 'data: {"type":"message_stop"}\n\n', "stream_cut"),
        ("anthropic", anthropic_error("rate_limit_error"), "rate_limit"),
        ("anthropic", 'data: {"no": "type"}\n\n', "error"),
        ("anthropic", "", "stream_cut"),
        ("gemini", STEP, "stream_cut"),
        ("gemini", STEP + f"data: {gemini_error(429, 'RESOURCE_EXHAUSTED')}\n\n", "rate_limit"),
        ("gemini", gemini_error(429, "RESOURCE_EXHAUSTED"), "rate_limit"),
        ("gemini", 'data: {"candidates": [{"content": 5}]}\n\n', "error"),
        ("gemini", "", "stream_cut"),
    ],
)
def test_a_stream_that_fails_raises(dialect: str, stream: str, kind: str) -> None:
    with pytest.raises(ProviderError) as caught:
        play(dialect, stream)
    assert caught.value.kind == kind

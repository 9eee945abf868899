"""What goes wrong at Bedrock, Mistral, Cohere and Ollama, and what it is called here: tables."""

import json
from typing import Any

import pytest

from routing.adapters import get
from routing.adapters.contract import Delta, ProviderError
from routing.core.execution import FailureKind
from tests.routing.adapters.wires import event, frame


def message(text: str = "No.") -> str:
    return json.dumps({"message": text})


def answer(**said: Any) -> str:
    body = {"output": {"message": {"content": [{"text": "a"}]}}, "stopReason": "end_turn", "usage": {}}
    return json.dumps({**body, **said})


def mistral_error(status: int, kind: str, text: Any = "No.", code: str = "1000") -> tuple[str, int, str]:
    error = {"object": "error", "message": text, "type": kind, "param": None, "code": code}
    return ("mistral", status, json.dumps(error))


FORBIDDEN = {"detail": [{"type": "extra_forbidden", "loc": ["body", "x"], "msg": "Extra inputs"}]}
COHERE_MESSAGE = {"role": "assistant", "content": [{"type": "text", "text": "a"}]}
COHERE_CALL = {"function": {"name": "f"}}
FAILURES = [
    (("bedrock", 400, message()), "invalid_request", False),
    (("bedrock", 400, message("Input is too long for requested model.")), "context_overflow", False),
    (("bedrock", 400, message("Input Tokens Exceeded: number of input tokens …")), "context_overflow", False),
    (("bedrock", 403, message()), "authentication", False),
    (("bedrock", 404, message("This model version has reached the end of its life.")), "not_found", False),
    (("bedrock", 408, message()), "timeout", True),
    (("bedrock", 429, message("Too many tokens, please wait before trying again.")), "rate_limit", True),
    (("bedrock", 500, '{"Message": "No."}'), "error", True),
    (("bedrock", 503, "<html>"), "error", True),
    (("bedrock", 502, '{"error": {"message": "gateway"}}'), "error", True),
    (("bedrock", 400, '{"__type": "com.amazon#ThrottlingException"}'), "rate_limit", True),
    (("bedrock", 200, '{"message": "Not here."}'), "error", True),
    (("bedrock", 200, answer(stopReason="malformed_tool_use")), "error", True),
    (("bedrock", 200, answer(stopReason="malformed_model_output")), "error", True),
    (("bedrock", 200, answer(stopReason=["x"])), "error", True),
    (("bedrock", 200, answer(output={})), "error", True),
    (("bedrock", 200, '{"output": {"message": {"content": [{"text": "cut"}]}}}'), "error", True),
    (("bedrock", 200, ""), "error", True),
    (mistral_error(401, "unauthorized"), "authentication", False),
    (mistral_error(422, "invalid_request_error", FORBIDDEN), "invalid_request", False),
    (mistral_error(400, "invalid_request_message_order", code="3230"), "invalid_request", False),
    (mistral_error(429, "service_tier_capacity_exceeded", code="3505"), "rate_limit", True),
    (("mistral", 429, message("Requests rate limit exceeded")), "rate_limit", True),
    (("mistral", 200, '{"choices": [{"message": {}, "finish_reason": "error"}]}'), "error", True),
    (("mistral", 200, "null"), "error", True),
    (("cohere", 400, message("too many tokens: total number of tokens")), "context_overflow", False),
    (("cohere", 401, message("invalid api token")), "authentication", False),
    (("cohere", 422, message()), "invalid_request", False),
    (("cohere", 429, message("You are using a Trial key")), "rate_limit", True),
    (("cohere", 498, message("invalid token")), "authentication", False),
    (("cohere", 501, message()), "error", False),
    (("cohere", 504, ""), "timeout", True),
    (("cohere", 200, message("an error, not a message")), "error", True),
    (("cohere", 200, json.dumps({"message": COHERE_MESSAGE, "finish_reason": "ERROR"})), "error", True),
    (("cohere", 200, json.dumps({"message": COHERE_MESSAGE, "finish_reason": "TIMEOUT"})), "timeout", True),
    (
        ("cohere", 200, json.dumps({"message": COHERE_MESSAGE, "finish_reason": "ERROR_LIMIT"})),
        "context_overflow",
        False,
    ),
    (("cohere", 200, json.dumps({"message": COHERE_MESSAGE})), "error", True),
    (("cohere", 200, json.dumps({"message": {"tool_calls": [COHERE_CALL]}})), "error", True),
    (("cohere", 200, "<html>"), "error", True),
    (("ollama", 400, '{"error": "the input length exceeds the context length"}'), "context_overflow", False),
    (("ollama", 400, '{"error": "\\"gemma\\" does not support tools"}'), "invalid_request", False),
    (("ollama", 401, '{"error": "unauthorized"}'), "authentication", False),
    (("ollama", 404, '{"error": "model \\"x\\" not found"}'), "not_found", False),
    (("ollama", 503, '{"error": "server busy"}'), "error", True),
    (("ollama", 200, '{"error": "out of memory"}'), "error", True),
    (("ollama", 200, '{"model": "m", "message": {"content": "cut"}, "done": false}'), "error", True),
    (("ollama", 200, '{"message": {"content": 7}, "done": true}'), "error", True),
    (("ollama", 200, "[]"), "error", True),
]


@pytest.mark.parametrize(("failure", "kind", "retryable"), FAILURES)
def test_a_failure_gets_its_kind(failure: tuple[str, int, str], kind: str, retryable: bool) -> None:
    dialect, status, body = failure
    with pytest.raises(ProviderError) as caught:
        get(dialect).parse(status, {}, body.encode())
    assert (caught.value.kind, caught.value.retryable) == (kind, retryable)
    assert FailureKind(caught.value.kind)
    assert caught.value.status in (status, 0)
    assert str(caught.value)


@pytest.mark.parametrize(
    ("name", "status", "kind", "retryable"),
    [
        ("ThrottlingException", 429, "rate_limit", True),
        ("ThrottlingException:http://internal.amazon.com/coral/", 400, "rate_limit", True),
        ("ServiceQuotaExceededException", 400, "rate_limit", False),
        ("AccessDeniedException", 403, "authentication", False),
        ("ExpiredTokenException", 400, "authentication", False),
        ("UnrecognizedClientException", 403, "authentication", False),
        ("ResourceNotFoundException", 404, "not_found", False),
        ("ModelTimeoutException", 408, "timeout", True),
        ("ModelErrorException", 424, "error", True),
        ("ModelNotReadyException", 429, "error", True),
        ("ServiceUnavailableException", 503, "error", True),
        ("ValidationException", 400, "invalid_request", False),
    ],
)
def test_aws_names_its_exceptions_in_a_header(name: str, status: int, kind: str, retryable: bool) -> None:
    headers = {"x-amzn-errortype": name, "x-amzn-requestid": "r-1"}
    error = get("bedrock").parse_error(status, headers, b"")
    assert (error.kind, error.retryable, error.status) == (kind, retryable, status)
    assert (error.code, error.request_id) == (name.partition(":")[0], "r-1")


@pytest.mark.parametrize(
    ("dialect", "header"),
    [
        ("bedrock", "x-amzn-requestid"),
        ("cohere", "x-debug-trace-id"),
        ("mistral", "mistral-correlation-id"),
    ],
)
def test_each_provider_has_a_header_of_its_own_for_the_id(dialect: str, header: str) -> None:
    assert get(dialect).parse_error(500, {header: "id-1"}, b"").request_id == "id-1"


BEGIN = event("messageStart", b'{"role":"assistant"}')
WORD = event("contentBlockDelta", b'{"contentBlockIndex":0,"delta":{"text":"a"}}')
STOP = event("messageStop", b'{"stopReason":"end_turn"}')
COST = event("metadata", b'{"usage":{"inputTokens":1,"outputTokens":1}}')
COHERE_BEGIN = b'data: {"type":"message-start","id":"1"}\n\n'
OLLAMA_BEGIN = b'{"model":"m","message":{"content":"a"},"done":false}\n'


def exception(name: str) -> bytes:
    return frame(message().encode(), message_type="exception", exception_type=name)


@pytest.mark.parametrize(
    ("dialect", "stream", "kind"),
    [
        ("bedrock", BEGIN + WORD + exception("throttlingException"), "rate_limit"),
        ("bedrock", BEGIN + WORD + exception("modelStreamErrorException"), "error"),
        ("bedrock", BEGIN + exception("internalServerException"), "error"),
        ("bedrock", exception("validationException"), "invalid_request"),
        (
            "bedrock",
            BEGIN + frame(b"", message_type="error", error_code="InternalError", error_message="No."),
            "error",
        ),
        ("bedrock", BEGIN + event("messageStop", b'{"stopReason":"malformed_tool_use"}'), "error"),
        ("bedrock", BEGIN + event("messageStop", b"{}"), "error"),
        ("bedrock", BEGIN + WORD + STOP, "stream_cut"),
        ("bedrock", BEGIN + WORD + COST, "stream_cut"),
        ("bedrock", BEGIN + WORD[:30], "stream_cut"),
        ("bedrock", BEGIN[:9], "stream_cut"),
        ("bedrock", message("Not a stream.").encode(), "error"),
        ("cohere", COHERE_BEGIN + b'data: {"message":"internal"}\n\n', "error"),
        (
            "cohere",
            COHERE_BEGIN + b'data: {"type":"message-end","delta":{"finish_reason":"ERROR","error":"x"}}\n\n',
            "error",
        ),
        (
            "cohere",
            COHERE_BEGIN + b'data: {"type":"message-end","delta":{"finish_reason":"TIMEOUT"}}\n\n',
            "timeout",
        ),
        (
            "cohere",
            COHERE_BEGIN + b'data: {"type":"message-end","delta":{"finish_reason":"NEWS"}}\n\n',
            "error",
        ),
        ("cohere", COHERE_BEGIN + b"data: [DONE]\n\n", "error"),
        ("cohere", COHERE_BEGIN, "stream_cut"),
        ("cohere", message("invalid api token").encode(), "error"),
        ("ollama", OLLAMA_BEGIN + b'{"error":"CUDA error"}\n', "error"),
        ("ollama", OLLAMA_BEGIN + b'{"model":"m","mess', "stream_cut"),
        ("ollama", OLLAMA_BEGIN, "stream_cut"),
        ("ollama", b"<html>\n<h1>Bad gateway</h1>\n", "error"),
        ("ollama", b'{"error":"model not found"}', "error"),
        (
            "mistral",
            b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"error"}]}\n\ndata: [DONE]\n\n',
            "error",
        ),
    ],
)
def test_a_stream_that_fails_raises(dialect: str, stream: bytes, kind: str) -> None:
    with pytest.raises(ProviderError) as caught:
        play(dialect, stream)
    assert caught.value.kind == kind


def play(dialect: str, stream: bytes) -> list[Delta]:
    parser = get(dialect).stream()
    return parser.feed(stream) + parser.close()

"""The demo provider's answers as bytes: whole, and as a stream of events."""

import time
from collections.abc import Iterator
from typing import Any

import msgspec

from signalbox.demo_provider.chat import Answer, ChatIn
from signalbox.demo_provider.faults import Faults

FINGERPRINT = "fp_demo"
DONE = b"data: [DONE]\n\n"
HTML = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
GARBAGE = b'{"id": "chatcmpl-demo", "choices": [{"index": 0, "mess\x00\xff\xfe'
_encode = msgspec.json.Encoder().encode
_ERRORS = {
    400: ("invalid_request_error", "bad_request", "The demo provider was told to refuse this request."),
    401: ("invalid_request_error", "invalid_api_key", "Incorrect API key provided."),
    404: ("invalid_request_error", "model_not_found", "The model does not exist."),
    413: (
        "invalid_request_error",
        "context_length_exceeded",
        "This model's maximum context length is 8 tokens.",
    ),
    429: ("requests", "rate_limit_exceeded", "Rate limit reached."),
    503: ("server_error", "overloaded", "The demo provider was told to be overloaded."),
}


def error_body(status: int, message: str = "") -> bytes:
    kind, code, words = _ERRORS.get(
        status, ("server_error", "server_error", "The demo provider was told to fail.")
    )
    return _encode({"error": {"message": message or words, "type": kind, "param": None, "code": code}})


def completion_body(answer: Answer, request: ChatIn, number: int, faults: Faults) -> bytes:
    message: dict[str, Any] = {"role": "assistant", "content": answer.content, "refusal": None}
    if answer.reasoning:
        message["reasoning_content"] = answer.reasoning
    if answer.tool_calls:
        message["tool_calls"] = answer.tool_calls
    choices = request.n or 1
    body: dict[str, Any] = {
        "id": f"chatcmpl-demo-{number}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": answer.model,
        "choices": [
            {"index": index, "message": message, "logprobs": None, "finish_reason": answer.finish_reason}
            for index in range(choices)
        ],
        "system_fingerprint": FINGERPRINT,
    }
    if not faults.no_usage:
        body["usage"] = answer.usage(choices)
    return _encode(body)


def stream_events(answer: Answer, request: ChatIn, number: int, faults: Faults) -> Iterator[bytes]:
    """The events up to, not including, `[DONE]`. What is the same in all of them is encoded once."""
    same = {
        "id": f"chatcmpl-demo-{number}",
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": answer.model,
        "system_fingerprint": FINGERPRINT,
    }
    head = b"data: " + _encode(same)[:-1] + b","
    wants_usage = request.include_usage and not faults.no_usage
    tail = b',"usage":null}\n\n' if wants_usage else b"}\n\n"
    for index in range(request.n or 1):
        for delta in _deltas(answer):
            yield head + _choice(index, _encode(delta), b"null") + tail
        yield head + _choice(index, b"{}", b'"' + answer.finish_reason.encode() + b'"') + tail
    if wants_usage:
        yield head + b'"choices":[],"usage":' + _encode(answer.usage(request.n or 1)) + b"}\n\n"


def _choice(index: int, delta: bytes, finish: bytes) -> bytes:
    return b'"choices":[{"index":%d,"delta":%b,"logprobs":null,"finish_reason":%b}]' % (index, delta, finish)


def _deltas(answer: Answer) -> Iterator[dict[str, Any]]:
    yield {"role": "assistant", "content": None if answer.tool_calls else ""}
    if answer.reasoning:
        yield {"reasoning_content": answer.reasoning}
    for index, call in enumerate(answer.tool_calls):
        function = call["function"]
        begun = {**call, "index": index, "function": {**function, "arguments": ""}}
        yield {"tool_calls": [begun]}
        half = len(function["arguments"]) // 2
        for part in (function["arguments"][:half], function["arguments"][half:]):
            yield {"tool_calls": [{"index": index, "function": {"arguments": part}}]}
    for place, word in enumerate(answer.content.split(" ") if answer.content else ()):
        yield {"content": " " + word if place else word}

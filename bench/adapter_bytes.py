"""One answer, whole and streamed, and some embeddings, as each dialect's provider would send them: the bytes
that adapters read."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.routing.adapters.wires import event as frame

CHUNKS = 200
WORD = "platform "
TEXT = WORD * CHUNKS
MODEL = "model-2026-01-01"
HEADERS = {
    "content-type": "application/json",
    "date": "Thu, 01 Jan 2026 00:00:00 GMT",
    "x-amzn-requestid": "r1",
}
DIMENSIONS = 1024
VECTOR = [round((-1) ** place / (place + 7), 9) for place in range(DIMENSIONS)]
TEXTS = 4


@dataclass(frozen=True, slots=True)
class Answer:
    """`stream` in the pieces in which it arrives, one event each."""

    whole: bytes
    stream: list[bytes]


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _sse(value: Any, *, named: bool = False) -> bytes:
    name = f"event: {value['type']}\n".encode() if named else b""
    return name + b"data: " + _json(value) + b"\n\n"


def openai() -> Answer:
    usage = {"prompt_tokens": 20, "completion_tokens": CHUNKS, "total_tokens": CHUNKS + 20}
    named = {"id": "chatcmpl-1", "created": 1_760_000_000, "model": MODEL, "system_fingerprint": "fp_1"}
    message = {"role": "assistant", "content": TEXT, "refusal": None, "annotations": []}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}

    def chunk(delta: dict[str, Any], reason: str | None = None) -> bytes:
        part = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return _sse({**named, "object": "chat.completion.chunk", "choices": [part], "usage": None})

    end = _sse({**named, "object": "chat.completion.chunk", "choices": [], "usage": usage})
    return Answer(
        _json({**named, "object": "chat.completion", "choices": [choice], "usage": usage}),
        [*(chunk({"content": WORD}) for _ in range(CHUNKS)), chunk({}, "stop"), end, b"data: [DONE]\n\n"],
    )


def completions() -> Answer:
    usage = {"prompt_tokens": 20, "completion_tokens": CHUNKS, "total_tokens": CHUNKS + 20}

    def answer(text: str, reason: str | None = None) -> dict[str, Any]:
        choice = {"text": text, "index": 0, "logprobs": None, "finish_reason": reason}
        named = {"id": "cmpl-1", "object": "text_completion", "created": 1_760_000_000, "model": MODEL}
        return {**named, "choices": [choice], "usage": None}

    end = _sse({**answer(""), "choices": [], "usage": usage})
    words = [_sse(answer(WORD)) for _ in range(CHUNKS)]
    whole = _json({**answer(TEXT, "stop"), "usage": usage})
    return Answer(whole, [*words, _sse(answer("", "stop")), end, b"data: [DONE]\n\n"])


def responses() -> Answer:
    text = {"type": "output_text", "annotations": [], "logprobs": [], "text": TEXT}
    item = {"id": "m", "type": "message", "status": "completed", "role": "assistant", "content": [text]}
    usage = {
        "input_tokens": 20,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": CHUNKS,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": CHUNKS + 20,
    }
    answer = {
        "id": "resp_1",
        "object": "response",
        "created_at": 1_760_000_000,
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "model": MODEL,
        "output": [item],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": usage,
    }
    begun = {**answer, "status": "in_progress", "output": [], "usage": None}
    place = {"item_id": "m", "output_index": 0}
    delta = {"type": "response.output_text.delta", **place, "content_index": 0, "delta": WORD, "logprobs": []}
    return Answer(
        _json(answer),
        [
            _sse({"type": "response.created", "sequence_number": 0, "response": begun}, named=True),
            *(_sse({**delta, "sequence_number": number + 1}, named=True) for number in range(CHUNKS)),
            _sse({"type": "response.completed", "sequence_number": 999, "response": answer}, named=True),
        ],
    )


def anthropic() -> Answer:
    usage = {"input_tokens": 20, "output_tokens": CHUNKS}
    answer = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": MODEL,
        "content": [{"type": "text", "text": TEXT}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": usage,
    }
    begun = {**answer, "content": [], "stop_reason": None}
    block = {"type": "text", "text": ""}
    delta = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": WORD}}
    ended = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": usage}
    events = [
        {"type": "message_start", "message": begun},
        {"type": "content_block_start", "index": 0, "content_block": block},
        *([delta] * CHUNKS),
        {"type": "content_block_stop", "index": 0},
        ended,
        {"type": "message_stop"},
    ]
    return Answer(_json(answer), [_sse(event, named=True) for event in events])


def gemini() -> Answer:
    usage = {"promptTokenCount": 20, "candidatesTokenCount": CHUNKS, "totalTokenCount": CHUNKS + 20}

    def step(text: str, **more: str) -> dict[str, Any]:
        candidate = {"content": {"role": "model", "parts": [{"text": text}]}, "index": 0, **more}
        named = {"modelVersion": MODEL, "responseId": "r1"}
        return {"candidates": [candidate], "usageMetadata": usage, **named}

    steps = [step(WORD) for _ in range(CHUNKS - 1)] + [step(WORD, finishReason="STOP")]
    return Answer(_json(step(TEXT, finishReason="STOP")), [_sse(one) for one in steps])


def bedrock() -> Answer:
    usage = {"inputTokens": 20, "outputTokens": CHUNKS, "totalTokens": CHUNKS + 20}
    message = {"role": "assistant", "content": [{"text": TEXT}]}
    metrics = {"latencyMs": 100}
    answer = {"output": {"message": message}, "stopReason": "end_turn", "usage": usage, "metrics": metrics}
    delta = _json({"contentBlockIndex": 0, "delta": {"text": WORD}})
    return Answer(
        _json(answer),
        [
            frame("messageStart", _json({"role": "assistant"})),
            *([frame("contentBlockDelta", delta)] * CHUNKS),
            frame("contentBlockStop", _json({"contentBlockIndex": 0})),
            frame("messageStop", _json({"stopReason": "end_turn"})),
            frame("metadata", _json({"usage": usage, "metrics": metrics})),
        ],
    )


def cohere() -> Answer:
    usage = {"tokens": {"input_tokens": 20, "output_tokens": CHUNKS}}
    message = {"role": "assistant", "content": [{"type": "text", "text": TEXT}]}
    answer = {"id": "c1", "finish_reason": "COMPLETE", "message": message, "usage": usage}
    grown = {"message": {"content": {"text": WORD}}}
    begun = {"message": {"role": "assistant", "content": []}}
    empty = {"message": {"content": {"type": "text", "text": ""}}}
    events = [
        {"id": "c1", "type": "message-start", "delta": begun},
        {"type": "content-start", "index": 0, "delta": empty},
        *([{"type": "content-delta", "index": 0, "delta": grown}] * CHUNKS),
        {"type": "content-end", "index": 0},
        {"type": "message-end", "delta": {"finish_reason": "COMPLETE", "usage": usage}},
    ]
    return Answer(_json(answer), [_sse(event, named=True) for event in events])


def ollama() -> Answer:
    counted = {"done_reason": "stop", "prompt_eval_count": 20, "eval_count": CHUNKS}

    def line(text: str, *, done: bool) -> dict[str, Any]:
        message = {"role": "assistant", "content": text}
        named = {"model": MODEL, "created_at": "2026-01-01T00:00:00Z"}
        return {**named, "message": message, "done": done, **(counted if done else {})}

    lines = [_json(line(WORD, done=False)) + b"\n" for _ in range(CHUNKS)]
    return Answer(_json(line(TEXT, done=True)), [*lines, _json(line("", done=True)) + b"\n"])


ANSWERS: dict[str, Callable[[], Answer]] = {
    "openai": openai,
    "responses": responses,
    "completions": completions,
    "anthropic": anthropic,
    "gemini": gemini,
    "vertex": gemini,
    "bedrock": bedrock,
    "mistral": openai,
    "cohere": cohere,
    "ollama": ollama,
}


def _openai_vectors() -> bytes:
    data = [{"object": "embedding", "index": place, "embedding": VECTOR} for place in range(TEXTS)]
    usage = {"prompt_tokens": 20, "completion_tokens": 0, "total_tokens": 20}
    return _json({"id": "e1", "object": "list", "data": data, "model": MODEL, "usage": usage})


def _gemini_vectors() -> bytes:
    return _json({"embeddings": [{"values": VECTOR}] * TEXTS})


def _vertex_vectors() -> bytes:
    told = {"values": VECTOR, "statistics": {"truncated": False, "token_count": 5}}
    return _json({"predictions": [{"embeddings": told}] * TEXTS})


def _cohere_vectors() -> bytes:
    answer = {"id": "e1", "texts": ["text"] * TEXTS, "embeddings": {"float": [VECTOR] * TEXTS}}
    meta = {"api_version": {"version": "2"}, "billed_units": {"input_tokens": 20}}
    return _json({**answer, "response_type": "embeddings_by_type", "meta": meta})


def _ollama_vectors() -> bytes:
    return _json({"model": MODEL, "embeddings": [VECTOR] * TEXTS, "prompt_eval_count": 20})


VECTORS: dict[str, Callable[[], bytes]] = {
    "openai": _openai_vectors,
    "gemini": _gemini_vectors,
    "vertex": _vertex_vectors,
    "mistral": _openai_vectors,
    "cohere": _cohere_vectors,
    "ollama": _ollama_vectors,
}

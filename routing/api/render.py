"""Answers in OpenAI's exact shape, whatever dialect they came from, as its client checks it strictly."""

from collections.abc import Mapping
from typing import Any

import msgspec

from routing.adapters.contract import Completion, Delta, Result, Usage

_encode = msgspec.json.Encoder().encode


def completion_id(request_id: str) -> str:
    """The id that every part of one answer carries."""
    return "chatcmpl-" + request_id.replace("-", "")


def render_completion(completion: Completion, *, request_id: str, created: int, model: str) -> bytes:
    """A whole answer. `created` is in seconds since the epoch; `model` is the name the application knows."""
    answer: dict[str, Any] = {
        "id": completion_id(request_id),
        "object": "chat.completion",
        "created": created,
        "model": model,
        "choices": [_choice(choice) for choice in completion.choices],
        "system_fingerprint": completion.fingerprint,
    }
    if completion.usage.known:
        answer["usage"] = render_usage(completion.usage)
    _add_extra(answer, completion.extra)
    return _encode(answer)


def render_chunk(
    delta: Delta,
    *,
    request_id: str,
    created: int,
    model: str,
    include_usage: bool = False,
    told: Mapping[str, Any] | None = None,
) -> bytes:
    """One chunk object, without `data: `; empty where `delta` has nothing for the application: no choice, no
    usage that was asked for, and no further field.

    With `include_usage` every chunk has `usage`, null until the last, which has no choices, as at OpenAI.
    That one also has `told` as `signalbox`: what a stream's headers come too early to say.
    """
    tells_usage = include_usage and delta.usage is not None and delta.usage.known
    if not (delta.choices or delta.extra or tells_usage):
        return b""
    chunk: dict[str, Any] = {
        "id": completion_id(request_id),
        "object": "chat.completion.chunk",
        "created": created,
        "model": model,
        "choices": delta.choices,
        "system_fingerprint": delta.fingerprint,
    }
    if include_usage:
        usage = delta.usage
        is_last = usage is not None and usage.known and not delta.choices
        chunk["usage"] = render_usage(usage) if usage is not None and is_last else None
        if is_last and told:
            chunk["signalbox"] = told
    _add_extra(chunk, delta.extra)
    return _encode(chunk)


def render_result(result: Result, *, model: str, created: int) -> bytes:
    """The answer of an operation other than chat, with the names and counts as the application knows them.

    `created`, in seconds since the epoch, is for pictures of providers that tell no time.
    """
    if result.value is None:
        return result.content
    answer = dict(result.value)
    if "model" in answer or answer.get("object") == "list":
        answer["model"] = model
    if "object" not in answer and "data" in answer:
        answer.setdefault("created", created)
    tokens = result.usage.input_tokens
    if answer.get("object") == "list" and tokens is not None:
        answer["usage"] = {"prompt_tokens": tokens, "total_tokens": tokens}
    return _encode(answer)


def render_usage(usage: Usage) -> dict[str, Any]:
    """OpenAI's usage. A detail that is not known is left out: it is not zero."""
    prompt = usage.input_tokens or 0
    completion = usage.output_tokens or 0
    value: dict[str, Any] = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }
    details = {
        "prompt_tokens_details": {
            "cached_tokens": usage.cache_read_tokens,
            "cache_write_tokens": usage.cache_write_tokens,
            "audio_tokens": usage.input_audio_tokens,
        },
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning_tokens,
            "audio_tokens": usage.output_audio_tokens,
        },
    }
    for name, counts in details.items():
        known = {part: count for part, count in counts.items() if count is not None}
        if known:
            value[name] = known
    return value


def _choice(choice: Mapping[str, Any]) -> dict[str, Any]:
    message: Mapping[str, Any] = choice["message"]
    return {
        "logprobs": None,
        **choice,
        "message": {
            **message,
            "role": "assistant",
            "content": message.get("content"),
            "refusal": message.get("refusal"),
        },
    }


def _add_extra(answer: dict[str, Any], extra: Mapping[str, Any]) -> None:
    """The provider's further fields, which never replace ours."""
    for name, value in extra.items():
        answer.setdefault(name, value)

"""Cohere's answers in OpenAI's terms: the parts that a whole answer and a stream share, and the whole one."""

from collections.abc import Mapping
from typing import Any

from routing.adapters.contract import Completion, ProviderError, Usage
from routing.adapters.counts import count, part, word

_FINISH_REASONS = {
    "COMPLETE": "stop",
    "STOP_SEQUENCE": "stop",
    "MAX_TOKENS": "length",
    "TOOL_CALL": "tool_calls",
    "ERROR_TOXIC": "content_filter",
}
_FAILURES = {
    "TIMEOUT": ("timeout", True),
    "ERROR": ("error", True),
    "ERROR_LIMIT": ("context_overflow", False),
    "USER_CANCEL": ("error", True),
}


def finish_reason(said: Any, error: Any = None) -> str:
    """One of OpenAI's. Raises ProviderError where the reason is a failure, or there is none."""
    if said in _FINISH_REASONS and not error:
        return _FINISH_REASONS[said]
    kind, retryable = _FAILURES.get(said, ("error", True)) if isinstance(said, str) else ("error", True)
    if kind == "error" and not error and said not in _FAILURES:
        message = "The provider's answer has no reason to end that is known."
    else:
        message = word(error) or f"The provider ended the answer: {said}."
    raise ProviderError(message, kind=kind, retryable=retryable, status=200, code=word(said))


def read_usage(usage: Mapping[str, Any]) -> Usage:
    """`tokens` counts what the model read and wrote; what Cohere bills (`billed_units`) is never more."""
    tokens = part(usage, "tokens") or part(usage, "billed_units")
    return Usage(
        input_tokens=_whole(tokens.get("input_tokens")),
        output_tokens=_whole(tokens.get("output_tokens")),
        cache_read_tokens=_whole(usage.get("cached_tokens")),
    )


def _whole(value: Any) -> int | None:
    """Cohere writes its counts as numbers with or without a fraction."""
    return count(int(value) if isinstance(value, float) and value.is_integer() else value)


def read_logprobs(item: Any) -> list[dict[str, Any]]:
    """OpenAI's tokens, from a text with the probabilities of its tokens. Cohere names tokens by number, so a
    text of several stands with the first, and the others are empty."""
    texts = [item.get("text") or ""] + [""] * (len(item.get("logprobs") or ()) - 1)
    return [
        {"token": text, "logprob": logprob, "bytes": list(text.encode()), "top_logprobs": []}
        for text, logprob in zip(texts, item.get("logprobs") or (), strict=False)
    ]


def completion(answer: Mapping[str, Any], request_id: str = "") -> Completion:
    """Raises KeyError or TypeError where `answer` is none, ProviderError where its end is a failure."""
    said = answer["message"]
    reason = finish_reason(answer.get("finish_reason"), answer.get("error"))
    logprobs = [token for item in answer.get("logprobs") or () for token in read_logprobs(item)]
    choice = {
        "index": 0,
        "message": _message(said),
        "logprobs": {"content": logprobs, "refusal": None} if logprobs else None,
        "finish_reason": reason,
    }
    return Completion(
        choices=(choice,),
        usage=read_usage(part(answer, "usage")),
        reported_model="",  # Cohere does not say
        response_id=word(answer.get("id")),
        request_id=request_id,
    )


def _message(said: Mapping[str, Any]) -> dict[str, Any]:
    blocks = said.get("content") or ()
    text = "".join(block["text"] for block in blocks if block["type"] == "text")
    thought = "".join(block["thinking"] for block in blocks if block["type"] == "thinking")
    message: dict[str, Any] = {"role": "assistant", "content": text or None, "refusal": None}
    if thought:
        message["reasoning_content"] = thought
    for name in ("tool_plan", "citations"):
        if said.get(name):
            message[name] = said[name]
    calls = [_call(call) for call in said.get("tool_calls") or ()]
    if calls:
        message["tool_calls"] = calls
    return message


def _call(call: Mapping[str, Any]) -> dict[str, Any]:
    function = call["function"]
    return {
        "id": call["id"],
        "type": "function",
        "function": {"name": function["name"], "arguments": function.get("arguments") or "{}"},
    }

"""What OpenAI-compatible providers answer, brought to OpenAI's own terms.

Most of an answer passes as it came. Changed are the places where providers differ from OpenAI: how
reasoning is called, content as a list of parts, reasons to finish, tool calls without index or arguments,
and usage.
"""

from typing import Any

import msgspec

from routing.adapters.contract import ProviderError, Usage
from routing.adapters.counts import count, part

_FINISH_REASONS = frozenset(("stop", "length", "tool_calls", "content_filter", "function_call"))
_FINISH_ALIASES = {
    "eos": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_length": "length",
    "tool_use": "tool_calls",
    "safety": "content_filter",
    "recitation": "content_filter",
}


# Where one of these has no text, and no ids, it says nothing.
_HOLD_TEXT = (None, "text", "output_text", "reference")


def finish_reason(said: Any, *, calls_tools: bool = False) -> str:
    """One of OpenAI's reasons. An unknown one means that the model stopped. Raises ProviderError for `error`,
    as Mistral and OpenRouter call an answer that broke off."""
    if said == "error":
        raise ProviderError("The provider's answer broke off.", kind="error", retryable=True, status=200)
    if said in _FINISH_REASONS:
        return str(said)
    if isinstance(said, str) and said.lower() in _FINISH_ALIASES:
        return _FINISH_ALIASES[said.lower()]
    return "tool_calls" if calls_tools else "stop"


def normal_message(message: dict[str, Any]) -> dict[str, Any]:
    """`message` (or a delta), in place, with reasoning as `reasoning_content` and content as text."""
    content = message.get("content")
    if isinstance(content, list):
        _flatten(message, content)
    if "reasoning" in message:
        reasoning = message.pop("reasoning")
        if isinstance(reasoning, str) and reasoning and not message.get("reasoning_content"):
            message["reasoning_content"] = reasoning
    return message


def _flatten(message: dict[str, Any], parts: list[Any]) -> None:
    """Mistral's parts: `thinking` parts hold text parts of their own. What is neither is kept in `references`
    each with the number of characters of the text before it."""
    text, thinking = "", ""
    references: list[dict[str, Any]] = []
    for piece in parts:
        if isinstance(piece, str):
            text += piece
        elif not isinstance(piece, dict):
            continue
        elif piece.get("type") == "thinking":
            inner = piece.get("thinking")
            thinking += "".join(_texts(inner)) if isinstance(inner, list) else str(inner or "")
        elif isinstance(piece.get("text"), str):
            text += piece["text"]
        elif piece.get("reference_ids") or piece.get("type") not in _HOLD_TEXT:
            references.append({**piece, "at": len(text)})
    message["content"] = text
    if thinking:
        message["reasoning_content"] = thinking
    if references:
        message["references"] = references


def _texts(parts: list[Any]) -> list[str]:
    return [
        piece["text"] for piece in parts if isinstance(piece, dict) and isinstance(piece.get("text"), str)
    ]


def normal_choice(choice: dict[str, Any], position: int) -> dict[str, Any]:
    """One choice of a whole answer, in OpenAI's shape. Raises TypeError or KeyError where it has none."""
    message = normal_message(dict(_message(choice)))
    calls = message.get("tool_calls")
    if calls:
        message["tool_calls"] = [_whole_call(call, place) for place, call in enumerate(calls)]
    elif "tool_calls" in message:
        del message["tool_calls"]
    said = choice.get("finish_reason")
    answer = {**choice, "message": message, "finish_reason": finish_reason(said, calls_tools=bool(calls))}
    answer.setdefault("index", position)
    return answer


def _message(choice: dict[str, Any]) -> dict[str, Any]:
    """What Azure filtered comes without a message."""
    if "message" not in choice and choice.get("finish_reason") == "content_filter":
        return {"role": "assistant", "content": None}
    message: dict[str, Any] = choice["message"]
    return message


def as_text(arguments: Any) -> str:
    """The arguments of a call. Some servers give the object itself, or nothing for a tool that takes none."""
    if isinstance(arguments, str):
        return arguments
    return msgspec.json.encode(arguments).decode() if isinstance(arguments, dict) else "{}"


def _whole_call(call: dict[str, Any], place: int) -> dict[str, Any]:
    function = call.get("function")
    if isinstance(function, dict):
        function = {**function, "arguments": as_text(function.get("arguments"))}
        call = {**call, "type": "function", "function": function}
    call.pop("index", None)
    if not call.get("id"):
        call["id"] = f"call_{place}"
    return call


def read_usage(usage: Any) -> Usage | None:
    """Tokens as billed, or None where `usage` is none."""
    if not isinstance(usage, dict):
        return None
    prompt = count(usage.get("prompt_tokens"))
    completion = count(usage.get("completion_tokens"))
    total = count(usage.get("total_tokens"))
    if prompt is None and completion is None:
        return None
    if prompt is not None and completion is not None and total is not None:
        # Some count reasoning beside `completion_tokens` and inside `total_tokens`; all of it is billed.
        completion = max(completion, total - prompt)
    prompt_details = part(usage, "prompt_tokens_details") or usage
    completion_details = part(usage, "completion_tokens_details")
    cached = count(prompt_details.get("cached_tokens"))
    return Usage(
        input_tokens=prompt,
        output_tokens=completion,
        cache_read_tokens=count(usage.get("prompt_cache_hit_tokens")) if cached is None else cached,
        cache_write_tokens=count(prompt_details.get("cache_write_tokens")),
        reasoning_tokens=count(completion_details.get("reasoning_tokens")),
        input_audio_tokens=count(prompt_details.get("audio_tokens")),
        output_audio_tokens=count(completion_details.get("audio_tokens")),
        input_image_tokens=count(prompt_details.get("image_tokens")),
        output_image_tokens=count(completion_details.get("image_tokens")),
    )

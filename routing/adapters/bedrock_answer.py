"""Converse's whole answer, in OpenAI's terms."""

from collections.abc import Mapping
from typing import Any

import msgspec

from routing.adapters.anthropic_request import JSON_TOOL
from routing.adapters.contract import Completion, ProviderError, Usage
from routing.adapters.counts import count, part, word

_FINISH_REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "content_filtered": "content_filter",
    "guardrail_intervened": "content_filter",
}
_BROKEN = frozenset(("malformed_model_output", "malformed_tool_use"))


def finish_reason(said: Any, *, is_json: bool) -> str:
    """One of OpenAI's. Raises ProviderError where the model's output was broken."""
    if said in _BROKEN:
        message = f"The model's output was broken: {said}."
        raise ProviderError(message, kind="error", retryable=True, status=200, code=str(said))
    if is_json and said == "tool_use":
        return "stop"
    return _FINISH_REASONS.get(said, "stop")


def read_usage(usage: Mapping[str, Any]) -> Usage:
    """Bedrock counts what a cache gave and took beside `inputTokens`; both are input."""
    read, written = count(usage.get("cacheReadInputTokens")), count(usage.get("cacheWriteInputTokens"))
    fresh = count(usage.get("inputTokens"))
    return Usage(
        input_tokens=None if fresh is None else fresh + (read or 0) + (written or 0),
        output_tokens=count(usage.get("outputTokens")),
        cache_read_tokens=read,
        cache_write_tokens=written,
        cache_write_1h_tokens=_kept_for_an_hour(usage.get("cacheDetails")),
    )


def _kept_for_an_hour(details: Any) -> int | None:
    """Of what a cache took; None where Bedrock does not tell for how long."""
    for one in details if isinstance(details, list) else ():
        if isinstance(one, dict) and one.get("ttl") == "1h":
            return count(one.get("inputTokens"))
    return None


def reported_model(answer: Mapping[str, Any]) -> str:
    """Bedrock names the model only where a prompt router chose it."""
    return word(part(part(answer, "trace"), "promptRouter").get("invokedModelId"))


def completion(answer: Mapping[str, Any], request_id: str = "") -> Completion:
    """Raises KeyError or TypeError where `answer` is none, ProviderError where its output was broken."""
    message, is_json = _message(answer["output"]["message"]["content"])
    reason = finish_reason(answer["stopReason"], is_json=is_json)
    return Completion(
        choices=({"index": 0, "message": message, "logprobs": None, "finish_reason": reason},),
        usage=read_usage(part(answer, "usage")),
        reported_model=reported_model(answer),
        request_id=request_id,
    )


def _message(blocks: list[dict[str, Any]]) -> tuple[dict[str, Any], bool]:
    """(OpenAI's message, whether the answer is the input of our own tool)."""
    text: list[str] = []
    thinking: list[dict[str, Any]] = []
    calls: list[dict[str, Any]] = []
    answer_as_json = None
    for block in blocks:
        if "text" in block:
            text.append(block["text"])
        elif "reasoningContent" in block:
            thinking.append(thinking_block(block["reasoningContent"]))
        elif "citationsContent" in block:
            text.extend(piece["text"] for piece in block["citationsContent"].get("content") or ())
        elif "toolUse" in block and block["toolUse"]["name"] == JSON_TOOL:
            answer_as_json = msgspec.json.encode(block["toolUse"]["input"]).decode()
        elif "toolUse" in block:
            calls.append(_call(block["toolUse"]))
    content = "".join(text) if answer_as_json is None else answer_as_json
    message: dict[str, Any] = {"role": "assistant", "content": content or None, "refusal": None}
    if thinking:
        message.update(_told(thinking))
    if calls:
        message["tool_calls"] = calls
    return message, answer_as_json is not None


def _told(thinking: list[dict[str, Any]]) -> dict[str, Any]:
    """The text of thoughts, and their blocks where the provider wants one of them back."""
    told: dict[str, Any] = {}
    reasoning = "".join(block.get("thinking") or "" for block in thinking)
    if reasoning:
        told["reasoning_content"] = reasoning
    if any(is_verified(block) for block in thinking):
        told["thinking_blocks"] = thinking
    return told


def thinking_block(content: Mapping[str, Any]) -> dict[str, Any]:
    """A block of thinking in the words of the `anthropic` dialect, so that either takes it back."""
    if content.get("redactedContent"):
        return {"type": "redacted_thinking", "data": content["redactedContent"]}
    text = content["reasoningText"]
    block = {"type": "thinking", "thinking": text.get("text") or ""}
    if text.get("signature"):
        block["signature"] = text["signature"]
    return block


def is_verified(block: Mapping[str, Any]) -> bool:
    """Whether the provider wants the block back as it was."""
    return "signature" in block or "data" in block


def _call(use: Mapping[str, Any]) -> dict[str, Any]:
    arguments = msgspec.json.encode(use.get("input") or {}).decode()
    return {
        "id": use["toolUseId"],
        "type": "function",
        "function": {"name": use["name"], "arguments": arguments},
    }

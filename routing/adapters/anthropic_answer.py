"""Anthropic's whole answer, in OpenAI's terms."""

from collections.abc import Mapping
from typing import Any

import msgspec

from routing.adapters.anthropic_request import JSON_TOOL
from routing.adapters.contract import Completion, Usage
from routing.adapters.counts import count, part, word

PRIORITY = "priority"
_FINISH_REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}


def finish_reason(said: Any) -> str:
    return _FINISH_REASONS.get(said, "stop")


def read_usage(usage: Mapping[str, Any]) -> Usage:
    """Anthropic counts what a cache gave and took beside `input_tokens`; both are input."""
    read, written = (
        count(usage.get("cache_read_input_tokens")),
        count(usage.get("cache_creation_input_tokens")),
    )
    fresh = count(usage.get("input_tokens"))
    return Usage(
        input_tokens=None if fresh is None else fresh + (read or 0) + (written or 0),
        output_tokens=count(usage.get("output_tokens")),
        cache_read_tokens=read,
        cache_write_tokens=written,
        cache_write_1h_tokens=count(part(usage, "cache_creation").get("ephemeral_1h_input_tokens")),
        reasoning_tokens=count(part(usage, "output_tokens_details").get("thinking_tokens")),
    )


def further(said: Mapping[str, Any], usage: Mapping[str, Any]) -> dict[str, Any]:
    """What else an answer tells: the text that stopped it, why it was refused, a tier not the usual one."""
    found: dict[str, Any] = {name: said[name] for name in ("stop_sequence", "stop_details") if said.get(name)}
    if usage.get("service_tier") == PRIORITY:
        found["service_tier"] = PRIORITY
    return found


def completion(answer: Mapping[str, Any], request_id: str = "") -> Completion:
    """Raises KeyError or TypeError where `answer` is none."""
    message, is_json = _message(answer["content"])
    said = answer.get("stop_reason")
    reason = "stop" if is_json and said == "tool_use" else finish_reason(said)
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reason}
    usage = part(answer, "usage")
    return Completion(
        choices=(choice,),
        usage=read_usage(usage),
        reported_model=word(answer.get("model")),
        response_id=word(answer.get("id")),
        extra=further(answer, usage),
        request_id=request_id,
    )


def _message(blocks: list[dict[str, Any]]) -> tuple[dict[str, Any], bool]:
    """(OpenAI's message, whether the answer is the input of our own tool)."""
    text: list[str] = []
    thinking: list[dict[str, Any]] = []
    calls: list[dict[str, Any]] = []
    is_json = False
    for block in blocks:
        match block["type"]:
            case "text":
                text.append(block["text"])
            case "thinking" | "redacted_thinking":
                thinking.append(block)
            case "tool_use" if block["name"] == JSON_TOOL:
                is_json = True
                text = [msgspec.json.encode(block["input"]).decode()]
            case "tool_use":
                calls.append(_call(block))
    message: dict[str, Any] = {"role": "assistant", "content": "".join(text) or None, "refusal": None}
    reasoning = "".join(block.get("thinking") or "" for block in thinking)
    if reasoning:
        message["reasoning_content"] = reasoning
    if thinking:
        message["thinking_blocks"] = thinking
    if calls:
        message["tool_calls"] = calls
    return message, is_json


def _call(block: Mapping[str, Any]) -> dict[str, Any]:
    arguments = msgspec.json.encode(block.get("input") or {}).decode()
    return {
        "id": block["id"],
        "type": "function",
        "function": {"name": block["name"], "arguments": arguments},
    }

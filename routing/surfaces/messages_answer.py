"""Chat's answer as Anthropic's message."""

from collections.abc import Mapping
from typing import Any

from routing.adapters.fields import object_of
from routing.surfaces.blocks import Block, Kind, blocks_of
from routing.surfaces.seals import packed

_STOP_REASONS = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "function_call": "tool_use",
    "content_filter": "refusal",
}
OF_END = ("stop_sequence", "stop_details", "service_tier")
_OF_CHAT = frozenset(("id", "object", "created", "model", "choices", "usage", "system_fingerprint", *OF_END))


# What Anthropic says of its own servers: unknown here, and said to be.
_NOT_TOLD: dict[str, Any] = {
    "cache_creation_input_tokens": None,
    "cache_read_input_tokens": None,
    "cache_creation": None,
    "inference_geo": None,
    "output_tokens_details": None,
    "server_tool_use": None,
    "service_tier": None,
}


def message_id(chat_id: str) -> str:
    return "msg_" + chat_id.removeprefix("chatcmpl-")


def message(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The whole message."""
    choice = answer["choices"][0]
    said = head(answer)
    said["content"] = [block_value(block) for block in blocks_of(choice["message"])]
    said.update(stop_of(choice.get("finish_reason"), answer))
    said["usage"] = {**usage_of(answer.get("usage")), "service_tier": answer.get("service_tier")}
    return {**further(answer), **said}


def head(answer: Mapping[str, Any]) -> dict[str, Any]:
    """A message of which nothing was said yet."""
    return {
        "id": message_id(answer["id"]),
        "type": "message",
        "role": "assistant",
        "model": answer["model"],
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "stop_details": None,
        "container": None,
        "usage": usage_of(None),
    }


def further(answer: Mapping[str, Any]) -> dict[str, Any]:
    """What a provider says beside, under its own names."""
    return {name: value for name, value in answer.items() if name not in _OF_CHAT}


def stop_of(finish_reason: str | None, answer: Mapping[str, Any]) -> dict[str, Any]:
    """Why it stopped, and what the provider says of that."""
    sequence = answer.get("stop_sequence")
    reason = "stop_sequence" if sequence else _STOP_REASONS.get(finish_reason or "stop", "end_turn")
    return {
        "stop_reason": reason,
        "stop_sequence": sequence,
        "stop_details": answer.get("stop_details"),
    }


def usage_of(usage: Mapping[str, Any] | None) -> dict[str, Any]:
    """Anthropic counts what a cache gave and took beside `input_tokens`.

    This form has no unknown totals: where the provider told none they are 0; the record has what was settled.
    """
    if not usage:
        return {**_NOT_TOLD, "input_tokens": 0, "output_tokens": 0}
    read, written = (
        (usage.get("prompt_tokens_details") or {}).get(name)
        for name in ("cached_tokens", "cache_write_tokens")
    )
    value: dict[str, Any] = {
        **_NOT_TOLD,
        "input_tokens": max(0, usage["prompt_tokens"] - (read or 0) - (written or 0)),
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": written,
        "output_tokens": usage["completion_tokens"],
    }
    thought = (usage.get("completion_tokens_details") or {}).get("reasoning_tokens")
    if thought is not None:
        value["output_tokens_details"] = {"thinking_tokens": thought}
    return value


def block_value(block: Block) -> dict[str, Any]:
    """One block, whole."""
    if block.kind is Kind.THOUGHT:
        return _thought(block)
    if block.kind in (Kind.CALL, Kind.CUSTOM):
        said = object_of(block.text) if block.kind is Kind.CALL else {"input": block.text}
        call = {"type": "tool_use", "id": block.call_id, "name": block.name, "input": said}
        return {**call, "caller": {"type": "direct"}, **block.extra}
    return {"type": "text", "text": block.text, "citations": []}


def _thought(block: Block) -> dict[str, Any]:
    native = block.seal.get("thinking_blocks")
    if native is not None and native.get("type") == "redacted_thinking":
        return dict(native)
    return {"type": "thinking", "thinking": block.text, "signature": signature_of(block)}


def signature_of(block: Block) -> str:
    """What the client sends back with the thought; "" where its provider wants none."""
    native = block.seal.get("thinking_blocks")
    if native is not None:
        return str(native.get("signature") or "")
    return packed(block.seal) if block.seal else ""

"""Chat's chunks as the events of Anthropic's stream: a message starts, its blocks start, grow and stop.

The counts come once, with the reason to stop, in `message_delta`; the start has none yet. Chat sends usage in
a chunk of its own after the reason, so `message_delta` waits for the end.
"""

from typing import Any

import msgspec

from routing.surfaces.blocks import Block, Blocks, Kind, Step, What
from routing.surfaces.contract import Chunk, Fault, server_event
from routing.surfaces.messages_answer import (
    OF_END,
    block_value,
    further,
    head,
    signature_of,
    stop_of,
    usage_of,
)
from routing.surfaces.messages_errors import error_value

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


def event(kind: str, /, **values: Any) -> bytes:
    return server_event(kind, _encode({"type": kind, **values}))


class MessagesEvents:
    """Events of the surface `messages`."""

    def __init__(self) -> None:
        self._blocks = Blocks()
        self._begun = False
        self._finish: str | None = None
        self._of_end: dict[str, Any] = {}
        self._usage: Any = None
        self._further: dict[str, Any] = {}

    def chunk(self, payload: bytes) -> bytes:
        chunk: Chunk = _decode(payload)
        parts = [] if self._begun else [self._start(chunk)]
        self._usage = chunk.get("usage") or self._usage
        self._of_end.update((name, chunk[name]) for name in OF_END if chunk.get(name))
        self._further.update(further(chunk))
        for choice in chunk["choices"][:1]:
            self._finish = choice.get("finish_reason") or self._finish
            parts += map(self._step, self._blocks.feed(choice.get("delta") or {}))
        return b"".join(parts)

    def end(self) -> bytes:
        parts = [*map(self._step, self._blocks.finish())]
        tier = self._of_end.get("service_tier")
        usage = {**usage_of(self._usage), "service_tier": tier}
        said = {"delta": stop_of(self._finish, self._of_end), "usage": usage}
        parts.append(event("message_delta", **{**self._further, **said}))
        return b"".join((*parts, event("message_stop")))

    def fault(self, fault: Fault) -> bytes:
        return server_event("error", _encode(error_value(fault)))

    def _start(self, chunk: Chunk) -> bytes:
        self._begun = True
        return event("message_start", message=head(chunk))

    def _step(self, step: Step) -> bytes:
        block = step.block
        match step.what:
            case What.OPEN:
                return event("content_block_start", index=block.index, content_block=_empty(step))
            case What.GROW if block.kind is not Kind.CUSTOM:
                return event("content_block_delta", index=block.index, delta=_delta(step))
            case What.CLOSE:
                last = _last_delta(block)
                grown = event("content_block_delta", index=block.index, delta=last) if last else b""
                return grown + event("content_block_stop", index=block.index)
        return b""  # notes have no place of their own


def _empty(step: Step) -> dict[str, Any]:
    """A block as it starts. A thought that is not shown starts as all that it is."""
    value = block_value(step.block)
    if value["type"] == "thinking":
        return {**value, "thinking": "", "signature": ""}
    if value["type"] == "tool_use":
        return {**value, "input": {}}
    return {**value, "text": ""} if value["type"] == "text" else value


def _delta(step: Step) -> dict[str, Any]:
    match step.block.kind:
        case Kind.THOUGHT:
            return {"type": "thinking_delta", "thinking": step.text}
        case Kind.CALL:
            return {"type": "input_json_delta", "partial_json": step.text}
    return {"type": "text_delta", "text": step.text}


def _last_delta(block: Block) -> dict[str, Any] | None:
    """What can only be said once the block is over: the seal of a thought, and text as an object."""
    if block.kind is Kind.CUSTOM:
        return {"type": "input_json_delta", "partial_json": _encode({"input": block.text}).decode()}
    signature = signature_of(block) if block.kind is Kind.THOUGHT else ""
    return {"type": "signature_delta", "signature": signature} if signature else None

"""Chat's chunks as the typed events of OpenAI's Responses.

A response is created; its items are added, grow and are done; it ends as `response.completed` or
`response.incomplete`, with the usage. A stream that broke ends with `error` and `response.failed`.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from routing.surfaces.blocks import Block, Blocks, Kind, Step, What
from routing.surfaces.contract import Chunk, Fault, server_event
from routing.surfaces.responses_answer import (
    base_of,
    finished,
    further,
    head,
    item_id,
    item_of,
    note_of,
    part_of,
    status_of,
    tier_of,
)

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
# By kind of block: the event of a growth, and of its end with the field that then holds all of it.
_GROWTH = {
    Kind.TEXT: ("output_text", "text"),
    Kind.REFUSAL: ("refusal", "refusal"),
    Kind.CALL: ("function_call_arguments", "arguments"),
    Kind.CUSTOM: ("custom_tool_call_input", "input"),
    Kind.THOUGHT: ("reasoning_summary_text", "text"),
}
_RATE_LIMITED = ("rate_limit_exceeded", "upstream_rate_limited")


class ResponsesEvents:
    """Events of the surface `responses`. `asked` is what the response repeats of its request."""

    def __init__(self, asked: Mapping[str, Any]) -> None:
        self._blocks = Blocks()
        self._asked = asked
        self._further: dict[str, Any] = {}
        self._thinking: Block | None = None
        self._base = ""
        self._begun: dict[str, Any] = {}
        self._sequence = 0
        self._finish: str | None = None
        self._usage: Mapping[str, Any] | None = None

    def chunk(self, payload: bytes) -> bytes:
        chunk: Chunk = _decode(payload)
        parts = [] if self._begun else self._start(chunk)
        self._usage = chunk.get("usage") or self._usage
        self._further.update(further(chunk))
        for choice in chunk["choices"][:1]:
            self._finish = choice.get("finish_reason") or self._finish
            for step in self._blocks.feed(choice.get("delta") or {}, choice.get("logprobs")):
                parts += self._step(step)
        return b"".join(parts)

    def end(self) -> bytes:
        parts = [event for step in self._blocks.finish() for event in self._step(step)]
        begun = {**self._further, **self._begun, **tier_of(self._further)}
        response = finished(begun, self._blocks.all, self._finish, self._usage)
        parts.append(self._event(f"response.{response['status']}", response=response))
        return b"".join(parts)

    def fault(self, fault: Fault) -> bytes:
        """OpenAI's clients look for `error` within the event, and others for its fields beside the type."""
        said = {"code": fault.code, "message": fault.message, "param": fault.param}
        parts = [self._event("error", **said, error={**said, "type": fault.type})]
        if self._begun:
            code = "rate_limit_exceeded" if fault.code in _RATE_LIMITED else "server_error"
            failed = {**self._begun, "status": "failed", "error": {"code": code, "message": fault.message}}
            parts.append(self._event("response.failed", response=failed))
        return b"".join(parts)

    def _event(self, kind: str, /, **values: Any) -> bytes:
        number, self._sequence = self._sequence, self._sequence + 1
        return server_event(kind, _encode({"type": kind, "sequence_number": number, **values}))

    def _start(self, chunk: Chunk) -> list[bytes]:
        self._base = base_of(chunk["id"])
        self._begun = head(chunk, self._asked)
        return [
            self._event("response.created", response=self._begun),
            self._event("response.in_progress", response=self._begun),
        ]

    def _step(self, step: Step) -> list[bytes]:
        match step.what:
            case What.OPEN:
                return self._open(step.block)
            case What.GROW:
                return self._grow(step)
            case What.NOTE:
                index, note = step.extra
                said = {"annotation": note_of(note), "annotation_index": index}
                return [self._in(step.block, "output_text.annotation.added", **said)]
        return self._close(step.block)

    def _open(self, block: Block) -> list[bytes]:
        empty = Block(block.kind, block.index, block.call_id, block.name, phase=block.phase)
        item = item_of(empty, self._base, "in_progress")
        events = [self._event("response.output_item.added", output_index=block.index, item=item)]
        if block.kind in (Kind.TEXT, Kind.REFUSAL):
            events.append(self._in(block, "content_part.added", part=part_of(empty)))
        return events

    def _grow(self, step: Step) -> list[bytes]:
        block, (name, _) = step.block, _GROWTH[step.block.kind]
        events = []
        if block.kind is Kind.THOUGHT and block is not self._thinking:
            self._thinking = block
            part = {"type": "summary_text", "text": ""}
            events.append(self._in(block, "reasoning_summary_part.added", part=part))
        probable = {"logprobs": step.extra or []} if block.kind is Kind.TEXT else {}
        return [*events, self._in(block, name + ".delta", delta=step.text, **probable)]

    def _close(self, block: Block) -> list[bytes]:
        name, field = _GROWTH[block.kind]
        events = []
        if block.text or block.kind is not Kind.THOUGHT:
            said: dict[str, Any] = {field: block.text}
            if block.kind is Kind.TEXT:
                said["logprobs"] = block.logprobs
            elif block.kind is Kind.CALL:
                said["name"] = block.name
            events.append(self._in(block, name + ".done", **said))
        if block.kind is Kind.THOUGHT and block.text:
            part = {"type": "summary_text", "text": block.text}
            events.append(self._in(block, "reasoning_summary_part.done", part=part))
        elif block.kind in (Kind.TEXT, Kind.REFUSAL):
            events.append(self._in(block, "content_part.done", part=part_of(block)))
        item = item_of(
            block, self._base, status_of(self._finish)
        )  # the reason comes before the last is closed
        return [*events, self._event("response.output_item.done", output_index=block.index, item=item)]

    def _in(self, block: Block, kind: str, /, **values: Any) -> bytes:
        """An event within one item; what is said lies in its first part."""
        where: dict[str, Any] = {"item_id": item_id(block, self._base), "output_index": block.index}
        if block.kind in (Kind.TEXT, Kind.REFUSAL):
            where["content_index"] = 0
        elif block.kind is Kind.THOUGHT:
            where["summary_index"] = 0
        return self._event("response." + kind, **where, **values)

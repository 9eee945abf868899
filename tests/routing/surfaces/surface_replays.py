"""A provider's recorded answer, brought to an application by a surface."""

import json
from typing import Any

from routing.adapters import get
from routing.api.render import render_chunk, render_completion
from routing.surfaces.contract import Reply
from tests.routing.adapters.test_adapter_recordings import body_of, is_stream

NAMES: dict[str, Any] = {"request_id": "r-1", "created": 1, "model": "m"}


def chunks_of(recording: dict[str, Any], dialect: str) -> list[bytes]:
    """What the worker would send of a recorded stream."""
    parser = get(dialect).stream()
    deltas = [*parser.feed(body_of(recording)), *parser.close()]
    chunks = [render_chunk(delta, include_usage=True, **NAMES) for delta in deltas]
    return [chunk for chunk in chunks if chunk]


def replayed(recording: dict[str, Any], dialect: str, reply: Reply) -> bytes:
    """What the application gets."""
    if is_stream(recording):
        events = reply.events()
        said = b"".join(events.chunk(chunk) for chunk in chunks_of(recording, dialect))
        return said + events.end()
    completion = get(dialect).parse(200, {}, body_of(recording))
    return reply.whole(render_completion(completion, **NAMES))


def events_in(body: bytes) -> list[dict[str, Any]]:
    """The data of each event, in order; every event has its type for a name."""
    found = []
    for text in body.decode().replace("\r\n", "\n").strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in text.split("\n") if ": " in line)
        data = json.loads(lines["data"])
        assert lines["event"] == data["type"]
        found.append(data)
    return found


def theirs_in(body: bytes) -> list[dict[str, Any]]:
    """The data of each event of a provider, who may leave out its name, and put comments between."""
    lines = body.decode().splitlines()
    return [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: {")]


def folded(body: bytes) -> dict[str, Any]:
    """The message that a client of Anthropic's puts together."""
    message: dict[str, Any] = {"content": [], "usage": {}}
    for event in events_in(body):
        match event["type"]:
            case "message_start":
                message["usage"].update(event["message"]["usage"])
            case "content_block_start":
                message["content"].append({**event["content_block"], "input_json": ""})
            case "content_block_delta":
                _grow(message["content"][event["index"]], event["delta"])
            case "message_delta":
                message.update(event["delta"])
                message["usage"].update(event["usage"])
    for block in message["content"]:
        said = block.pop("input_json")
        if block["type"] == "tool_use":
            block["input"] = json.loads(said or "{}")
    return message


def _grow(block: dict[str, Any], delta: dict[str, Any]) -> None:
    names = {
        "text_delta": ("text", "text"),
        "thinking_delta": ("thinking", "thinking"),
        "signature_delta": ("signature", "signature"),
        "input_json_delta": ("input_json", "partial_json"),
    }
    where, name = names[delta["type"]]
    block[where] += delta[name]

"""Every recorded exchange of every dialect, given out by each surface: what a client makes of it is what the
recording says. Without the recordings these tests are skipped."""

import json
from typing import Any

import pytest

from routing.surfaces.messages import MESSAGES
from routing.surfaces.responses import RESPONSES
from tests.routing.adapters.test_adapter_recordings import DIALECTS, EXCEPTIONS, is_stream, recordings
from tests.routing.surfaces.surface_replays import events_in, folded, replayed

ANSWERS = [item for item in recordings() if item.values[0] is None or "error" not in item.values[0]["expect"]]
STOPS = {
    "stop": {"end_turn", "stop_sequence"},
    "length": {"max_tokens"},
    "tool_calls": {"tool_use"},
    "content_filter": {"refusal"},
    "function_call": {"tool_use"},
}
STATUSES = {"length": "max_output_tokens", "content_filter": "content_filter"}


@pytest.mark.parametrize("recording", ANSWERS)
def test_a_message_says_what_was_recorded(recording: dict[str, Any]) -> None:
    expect = {**recording["expect"], **EXCEPTIONS.get(recording["id"], {})}
    message = _message(recording)
    said = {
        kind: [b for b in message["content"] if b["type"] == kind]
        for kind in ("text", "tool_use", "thinking")
    }
    assert "".join(block["text"] for block in said["text"]) == expect["text"]
    calls = [{"name": block["name"], "arguments": block["input"]} for block in said["tool_use"]]
    assert calls == expect["tool_calls"]
    assert "".join(block["thinking"] for block in said["thinking"]) == expect.get("reasoning", "")
    assert message["stop_reason"] in STOPS[expect["finish_reason"]]
    if expect["usage"]:
        read = message["usage"].get("cache_read_input_tokens") or 0
        written = message["usage"].get("cache_creation_input_tokens") or 0
        assert message["usage"]["input_tokens"] + read + written == expect["usage"]["prompt_tokens"]
        assert message["usage"]["output_tokens"] == expect["usage"]["completion_tokens"]


@pytest.mark.parametrize("recording", ANSWERS)
def test_a_response_says_what_was_recorded(recording: dict[str, Any]) -> None:
    expect = {**recording["expect"], **EXCEPTIONS.get(recording["id"], {})}
    _, reply = RESPONSES.read(b'{"model": "m", "input": "Hello"}')
    body = replayed(recording, DIALECTS[recording["api"]], reply)
    response = events_in(body)[-1]["response"] if is_stream(recording) else json.loads(body)
    said = {
        kind: [i for i in response["output"] if i["type"] == kind] for kind in ("message", "function_call")
    }
    parts = [part for item in said["message"] for part in item["content"]]
    assert "".join(part.get("text", "") for part in parts) == expect["text"]
    calls = [{"name": i["name"], "arguments": json.loads(i["arguments"])} for i in said["function_call"]]
    assert calls == expect["tool_calls"]
    reason = (response["incomplete_details"] or {}).get("reason")
    assert reason == STATUSES.get(expect["finish_reason"])
    if expect["usage"]:
        assert response["usage"]["input_tokens"] == expect["usage"]["prompt_tokens"]
        assert response["usage"]["output_tokens"] == expect["usage"]["completion_tokens"]


def _message(recording: dict[str, Any]) -> dict[str, Any]:
    asked = {"model": "m", "max_tokens": 1, "messages": [{"role": "user", "content": "Hello"}]}
    _, reply = MESSAGES.read(json.dumps(asked).encode())
    body = replayed(recording, DIALECTS[recording["api"]], reply)
    return folded(body) if is_stream(recording) else dict(json.loads(body))

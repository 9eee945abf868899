"""What Anthropic says of the end of an answer reaches its clients: why it was refused, and at which tier."""

import json
from typing import Any

import pytest

from routing.surfaces.messages import MESSAGES
from tests.routing.surfaces.surface_replays import folded, replayed

REFUSED = {"type": "refusal", "category": "cyber", "explanation": "This was blocked."}
USAGE = {"input_tokens": 10, "output_tokens": 0, "service_tier": "priority"}
OPENING: dict[str, Any] = {"id": "msg_1", "model": "claude-x", "role": "assistant", "content": []}
END: dict[str, Any] = {"stop_reason": "refusal", "stop_sequence": None, "stop_details": REFUSED}
ASKED = b'{"model": "m", "max_tokens": 1, "messages": [{"role": "user", "content": "Hello"}]}'


def whole() -> dict[str, Any]:
    body = json.dumps({**OPENING, **END, "usage": USAGE})
    return {"status": 200, "headers": {"content-type": "application/json"}, "body": body}


def streamed() -> dict[str, Any]:
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": {**OPENING, "usage": USAGE}},
        {"type": "message_delta", "delta": END, "usage": {"output_tokens": 0}},
        {"type": "message_stop"},
    ]
    body = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
    return {"status": 200, "headers": {"content-type": "text/event-stream"}, "body": body}


@pytest.mark.parametrize("response", [whole(), streamed()], ids=["whole", "streamed"])
def test_a_refusal_keeps_its_reason_and_its_tier(response: dict[str, Any]) -> None:
    given = replayed({"response": response}, "anthropic", MESSAGES.read(ASKED)[1])
    message = folded(given) if "event-stream" in str(response["headers"]) else json.loads(given)
    assert (message["stop_reason"], message["stop_details"]) == ("refusal", REFUSED)
    assert message["usage"]["service_tier"] == "priority"

"""A client sends back what it got, and the provider gets back what it said: texts, calls, and thoughts with
their seals, through every surface. Without the recordings these tests are skipped."""

import json
from typing import Any

import pytest

from routing.adapters import get
from routing.surfaces.messages import MESSAGES
from routing.surfaces.responses import RESPONSES
from tests.routing.adapters.test_adapter_recordings import DIALECTS, body_of, is_stream, recordings
from tests.routing.surfaces.surface_replays import replayed

HELLO = {"role": "user", "content": "Hello"}
WHOLE = [
    item
    for item in recordings()
    if item.values[0] is None or ("error" not in item.values[0]["expect"] and not is_stream(item.values[0]))
]


def said_by_provider(recording: dict[str, Any]) -> dict[str, Any]:
    completion = get(DIALECTS[recording["api"]]).parse(200, {}, body_of(recording))
    return told(dict(completion.choices[0]["message"]))


def given_back(surface: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """The assistant's message in the chat request that `asked` becomes; nothing, where it said nothing."""
    messages = surface.read(json.dumps({"model": "m", **asked}).encode())[0].request["messages"]
    return told(next((message for message in messages if message["role"] == "assistant"), {}))


def told(message: dict[str, Any]) -> dict[str, Any]:
    """What a provider is told of its own turn. A seal says the thought, so that its words are not told."""
    calls = [
        {"id": c["id"], **c["function"], "arguments": json.loads(c["function"]["arguments"]), **_extra(c)}
        for c in message.get("tool_calls") or ()
    ]
    seals = {name: message.get(name) for name in ("thinking_blocks", "reasoning_items") if message.get(name)}
    words = {} if seals else {"thought": message.get("reasoning_content") or None}
    return {"content": message.get("content") or None, "calls": calls, **seals, **words}


def _extra(call: dict[str, Any]) -> dict[str, Any]:
    return {"extra": call["extra_content"]} if call.get("extra_content") else {}


@pytest.mark.parametrize("recording", WHOLE)
def test_a_message_goes_back_as_it_came(recording: dict[str, Any]) -> None:
    asked = {"max_tokens": 9, "messages": [HELLO]}
    _, reply = MESSAGES.read(json.dumps({"model": "m", **asked}).encode())
    content = json.loads(replayed(recording, DIALECTS[recording["api"]], reply))["content"]
    turns = [HELLO, {"role": "assistant", "content": content}, HELLO]
    assert given_back(MESSAGES, {**asked, "messages": turns}) == said_by_provider(recording)


@pytest.mark.parametrize("recording", WHOLE)
def test_a_response_goes_back_as_it_came(recording: dict[str, Any]) -> None:
    _, reply = RESPONSES.read(b'{"model": "m", "input": "Hello"}')
    output = json.loads(replayed(recording, DIALECTS[recording["api"]], reply))["output"]
    assert given_back(RESPONSES, {"input": [HELLO, *output, HELLO]}) == said_by_provider(recording)

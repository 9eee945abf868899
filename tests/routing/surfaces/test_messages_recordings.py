"""What Anthropic's clients sent and got, through the surface and back through the dialect of that name.

The two are each other's inverse: what a client asks of us is what we ask of Anthropic, and what that answers
is what the client gets. The recordings lie beside the repository; without them these tests are skipped.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from routing.adapters import get
from routing.adapters.contract import Target
from routing.api.messages import counted
from routing.core.tokens import estimate
from routing.surfaces.messages import COUNT_TOKENS, MESSAGES
from tests.routing.adapters.test_adapter_recordings import FOLDER, body_of, is_stream, recordings
from tests.routing.surfaces.surface_replays import events_in, folded, replayed

ANTHROPIC = [
    item for item in recordings() if item.values[0] is None or item.values[0]["api"] == "anthropic.messages"
]
ANSWERS = [
    item for item in ANTHROPIC if item.values[0] is None or item.values[0]["response"]["status"] == 200
]
# What is not sent as it was asked, and why.
CHANGED = {
    "anthropic-cache-read": {"messages", "system"},  # a turn of the system goes to the front, as from chat
    "anthropic-cache-write": {"messages", "system"},
    "anthropic-stream-prefill-stop": {"messages"},  # text alone needs no block
    "anthropic-thinking-stream": {"temperature"},  # the only one that goes with thinking, and so its default
    "anthropic-tool-result": {"messages"},  # `is_error: false` says nothing
    "anthropic-tools": {"tool_choice", "tools"},  # a default, and a description that says nothing
}
# Of an answer, what the platform does not keep: it says what we do not know, or nothing.
NOT_KEPT = ("cache_creation", "service_tier", "inference_geo", "server_tool_use")


@pytest.mark.parametrize("recording", ANTHROPIC)
def test_what_a_client_asks_of_us_is_what_we_ask_of_anthropic(recording: dict[str, Any]) -> None:
    asked = {name: value for name, value in recording["request"]["body"].items() if value is not False}
    body, _ = MESSAGES.read(json.dumps(asked).encode())
    target = Target("https://api.anthropic.com", asked["model"], asked["max_tokens"])
    prepared = get("anthropic").prepare(body.request, target, stream=body.stream)
    sent = json.loads(prepared.body)
    assert prepared.unsupported == ()
    for name in (sent.keys() | asked.keys()) - CHANGED.get(recording["id"], set()):
        assert sent.get(name) == asked.get(name), name


@pytest.mark.parametrize("recording", ANSWERS)
def test_what_anthropic_answers_is_what_the_client_gets(recording: dict[str, Any]) -> None:
    given = replayed(recording, "anthropic", _reply())
    real = body_of(recording)
    messages = [folded(body) if is_stream(recording) else json.loads(body) for body in (given, real)]
    got, wanted = (_told(message) for message in messages)
    assert got == wanted


@pytest.mark.parametrize("recording", [item for item in ANSWERS if item.values[0] is not None])
def test_the_events_come_in_anthropics_order(recording: dict[str, Any]) -> None:
    if not is_stream(recording):
        return
    given, real = (
        events_in(body) for body in (replayed(recording, "anthropic", _reply()), body_of(recording))
    )
    orders = [[(event["type"], event.get("index")) for event in events] for events in (given, real)]
    got, wanted = ([each for each in dict.fromkeys(order) if each[0] != "ping"] for order in orders)
    assert got == wanted


def test_what_is_only_counted_may_leave_out_the_length() -> None:
    body, _ = COUNT_TOKENS.read(b'{"model": "m", "messages": [{"role": "user", "content": "Hello"}]}')
    assert body.request["messages"] == [{"role": "user", "content": "Hello"}]


@pytest.mark.parametrize(
    "path", sorted(FOLDER.glob("anthropic-count-tokens*.json")), ids=lambda path: path.stem
)
def test_the_estimate_is_not_under_what_anthropic_counts_and_not_far_above(path: Path) -> None:
    recording = json.loads(path.read_text())
    body, _ = COUNT_TOKENS.read(json.dumps(recording["request"]["body"]).encode())
    said = counted(estimate(body.request).input_tokens, tools=False)
    assert 1 <= said / recording["expect"]["usage"]["prompt_tokens"] < 1.5


def _reply() -> Any:
    asked = {"model": "m", "max_tokens": 1, "messages": [{"role": "user", "content": "Hello"}]}
    return MESSAGES.read(json.dumps(asked).encode())[1]


def _told(message: dict[str, Any]) -> dict[str, Any]:
    content = [
        {name: value for name, value in block.items() if value and name != "caller"}
        for block in message["content"]
    ]
    usage = {name: count for name, count in message["usage"].items() if name not in NOT_KEPT}
    return {
        "content": content,
        "stop": (message["stop_reason"], message["stop_sequence"]),
        "usage": {name: count for name, count in usage.items() if count},
    }

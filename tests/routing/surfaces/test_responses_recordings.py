"""What Responses clients really sent and got, through the surface and back through the dialect of that name.

The recordings lie beside the repository; without them these tests are skipped.
"""

import json
from itertools import groupby
from typing import Any

import pytest

from routing.adapters import get
from routing.adapters.contract import Target
from routing.errors import InvalidRequest
from routing.surfaces.responses import RESPONSES
from tests.routing.adapters.test_adapter_recordings import body_of, is_stream, recordings
from tests.routing.surfaces.surface_replays import events_in, replayed, theirs_in

RECORDED = [
    item for item in recordings() if item.values[0] is None or item.values[0]["api"] == "openai.responses"
]
# Who leaves out events, and what they end in. What it says is compared in test_every_recording.py.
IN_FEWER_WORDS = "openrouter"
ANSWERS = [
    item
    for item in RECORDED
    if item.values[0] is None
    or (item.values[0]["response"]["status"] == 200 and item.values[0]["provider"] != IN_FEWER_WORDS)
]
# What is not sent as it was asked, and why.
CHANGED = {
    "deepseek-responses-cached": {"input"},  # thoughts without a seal are words, which nobody takes back
    "deepseek-responses-error-400": {"input"},  # one turn that speaks between its calls
}
# A thought comes as a summary, also from who gives all of it.
IN_FULL = "deepseek-responses-tools-stream"
ID_OF = {"message": "msg_", "reasoning": "rs_", "function_call": "fc_"}


@pytest.mark.parametrize("recording", RECORDED)
def test_what_a_client_asks_of_us_is_what_we_ask_of_the_provider(recording: dict[str, Any]) -> None:
    asked = {name: value for name, value in recording["request"]["body"].items() if value not in (False, [])}
    try:
        body, _ = RESPONSES.read(json.dumps(asked).encode())
    except InvalidRequest:
        assert recording["response"]["status"] == 400, "who else takes it?"
        return
    target = Target("https://api.openai.com/v1", asked["model"], asked.get("max_output_tokens", 4096))
    prepared = get("responses").prepare(body.request, target, stream=body.stream)
    sent, wanted = _plain(json.loads(prepared.body)), _plain(asked)
    assert prepared.unsupported == ()
    for name in (sent.keys() | wanted.keys()) - CHANGED.get(recording["id"], set()):
        assert sent.get(name) == wanted.get(name), name


@pytest.mark.parametrize("recording", ANSWERS)
def test_what_the_provider_answers_is_what_the_client_gets(recording: dict[str, Any]) -> None:
    _, reply = RESPONSES.read(json.dumps(recording["request"]["body"]).encode())
    given, real = replayed(recording, "responses", reply), body_of(recording)
    if is_stream(recording):
        got, wanted = events_in(given)[-1]["response"], theirs_in(real)[-1]["response"]
    else:
        got, wanted = json.loads(given), json.loads(real)
    assert [_said(item) for item in got["output"]] == [
        _said(item) for item in wanted["output"] if _said(item)
    ]
    assert all(item["id"].startswith(ID_OF[item["type"]]) for item in got["output"])
    assert _usage(got) == _usage(wanted)
    assert (got["status"], got["incomplete_details"]) == (wanted["status"], wanted["incomplete_details"])


@pytest.mark.parametrize("recording", [item for item in ANSWERS if item.values[0] is not None])
def test_the_events_come_in_openais_order(recording: dict[str, Any]) -> None:
    if not is_stream(recording) or recording["id"] == IN_FULL:
        return
    _, reply = RESPONSES.read(json.dumps(recording["request"]["body"]).encode())
    given, real = events_in(replayed(recording, "responses", reply)), theirs_in(body_of(recording))
    got, wanted = ([kind for kind, _ in groupby(event["type"] for event in each)] for each in (given, real))
    assert got == wanted
    assert [event["sequence_number"] for event in given] == list(range(len(given)))
    assert {event["response"]["id"] for event in given if "response" in event} == {"resp_r1"}


def _plain(body: dict[str, Any]) -> dict[str, Any]:
    """A request without what it says twice, or says although it is so anyway."""
    plain = {name: value for name, value in body.items() if name not in ("store", "max_output_tokens")}
    given = plain["input"]
    items = [{"role": "user", "content": given}] if isinstance(given, str) else given
    if plain.pop("instructions", None):
        items = [{"role": "system", "content": body["instructions"]}, *items]
    plain["input"] = [
        {name: value for name, value in item.items() if (name, value) != ("type", "message") and name != "id"}
        for item in items
    ]
    plain["tools"] = [{"strict": False, **{k: v for k, v in t.items() if v}} for t in body.get("tools", ())]
    if plain.get("tool_choice") == "auto":
        del plain["tool_choice"]
    if "reasoning" in plain:
        plain["reasoning"] = {name: value for name, value in plain["reasoning"].items() if value}
    return plain


def _said(item: dict[str, Any]) -> tuple[Any, ...]:
    """What an item says, by whatever id; () where it says nothing."""
    match item["type"]:
        case "message":
            return tuple((part["type"], part.get("text")) for part in item["content"])
        case "function_call":
            return (item["call_id"], item["name"], item["arguments"])
    words = tuple(piece["text"] for piece in item["summary"] or item.get("content") or ())
    return ("thought", *words) if words or item.get("encrypted_content") else ()


def _usage(response: dict[str, Any]) -> tuple[int, ...]:
    usage = response["usage"]
    details = (
        usage["input_tokens_details"]["cached_tokens"],
        usage["output_tokens_details"]["reasoning_tokens"],
    )
    return (usage["input_tokens"], usage["output_tokens"], usage["total_tokens"], *details)

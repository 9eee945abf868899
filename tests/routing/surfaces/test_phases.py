"""What a model says on the way to its answer stays apart from the answer, in every form and both ways."""

import json
from typing import Any

import pytest

from routing.adapters.fields import Fields
from routing.adapters.responses_answer import completion
from routing.adapters.responses_messages import conversation
from routing.adapters.responses_stream import ResponsesStream
from routing.core.phases import listed, pieces
from routing.surfaces.blocks import Blocks, blocks_of
from routing.surfaces.responses_answer import item_of
from routing.surfaces.responses_items import messages

PHASES = [{"phase": "commentary", "characters": 4}, {"phase": "final_answer", "characters": 2}]
SAID = [("commentary", "Look"), ("final_answer", "42")]


def item(phase: str, text: str) -> dict[str, Any]:
    content = [{"type": "output_text", "text": text, "annotations": []}]
    return {"type": "message", "id": "msg_1", "role": "assistant", "phase": phase, "content": content}


OUTPUT = [item(*said) for said in SAID]


@pytest.mark.parametrize(
    ("text", "phases", "expected"),
    [
        ("Look42", PHASES, SAID),
        ("Look43!", PHASES, [("final_answer", "Look43!")]),
        ("Look42", None, [("", "Look42")]),
        ("Look42", "final", [("", "Look42")]),
        ("", [{"phase": 3, "characters": -1}, None], [("", ""), ("", "")]),
    ],
)
def test_content_is_divided_as_it_was_said(text, phases, expected):
    assert pieces(text, phases) == expected


def test_what_has_no_phase_lists_none():
    assert listed([("", "Hello")]) == []
    assert listed(SAID) == PHASES


def test_an_answer_keeps_the_phases_of_its_messages():
    (choice,) = completion({"output": OUTPUT}).choices
    message = choice["message"]
    assert (message["content"], message["phases"]) == ("Look42", PHASES)
    items = [item_of(block, "base", "completed") for block in blocks_of(message)]
    assert [(each["phase"], each["content"][0]["text"]) for each in items] == SAID


def test_a_stream_tells_a_phase_with_the_first_words():
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": {"id": "r", "model": "m"}},
    ]
    for place, (phase, text) in enumerate(SAID):
        added = {**item(phase, ""), "content": []}
        events += [
            {"type": "response.output_item.added", "output_index": place, "item": added},
            {"type": "response.output_text.delta", "output_index": place, "delta": text[:1]},
            {"type": "response.output_text.delta", "output_index": place, "delta": text[1:]},
            {"type": "response.output_item.done", "output_index": place, "item": item(phase, text)},
        ]
    parser, blocks = ResponsesStream(), Blocks()
    for delta in parser.feed(b"".join(b"data: %s\n\n" % json.dumps(each).encode() for each in events)):
        blocks.feed(delta.choices[0]["delta"])
    assert [(block.phase, block.text) for block in blocks.all] == SAID


def test_phases_go_back_as_they_came():
    call = {"type": "function_call", "call_id": "c", "name": "look", "arguments": "{}"}
    (message,) = messages([OUTPUT[0], OUTPUT[1], call])
    request = {"messages": [message]}
    sent = conversation(request, Fields(request))
    assert [(each.get("phase"), each["content"]) for each in sent[:-1]] == SAID
    assert sent[-1]["call_id"] == "c"

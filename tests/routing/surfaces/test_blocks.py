"""Chat's deltas become blocks that follow each other, whatever the order in which they come."""

from typing import Any

import pytest

from routing.surfaces.blocks import Blocks, What, blocks_of

CALL = {"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": ""}}
SECOND = {"index": 1, "id": "b", "type": "function", "function": {"name": "g", "arguments": "{}"}}
SIGNED = {"type": "thinking", "thinking": "Hm.", "signature": "s"}
HIDDEN = {"type": "redacted_thinking", "data": "d"}


def grown(text: str, index: int = 0) -> dict[str, Any]:
    return {"tool_calls": [{"index": index, "function": {"arguments": text}}]}


def told(*deltas: dict[str, Any]) -> list[str]:
    """The steps in short: o(pen), g(row) and what, c(lose), each with the block's index."""
    blocks = Blocks()
    steps = [step for delta in deltas for step in blocks.feed(delta)] + blocks.finish()
    return [f"{step.what.value[0]}{step.block.index}{step.text and ':' + step.text}" for step in steps]


@pytest.mark.parametrize(
    ("deltas", "steps"),
    [
        ([{"content": "He"}, {"content": "llo"}], ["o0", "g0:He", "g0:llo", "c0"]),
        ([{"reasoning_content": "Hm."}, {"content": "Yes"}], ["o0", "g0:Hm.", "c0", "o1", "g1:Yes", "c1"]),
        ([{"content": "So"}, {"refusal": "No"}], ["o0", "g0:So", "c0", "o1", "g1:No", "c1"]),
        ([{"tool_calls": [CALL]}, grown("{}")], ["o0", "g0:{}", "c0"]),
        ([{"tool_calls": [CALL]}], ["o0", "g0:{}", "c0"]),
        ([{"tool_calls": [SECOND]}, {"content": "and"}], ["o0", "g0:{}", "c0", "o1", "g1:and", "c1"]),
        ([{"role": "assistant", "content": ""}, {}], []),
    ],
)
def test_what_follows_closes_what_was_open(deltas: list[dict[str, Any]], steps: list[str]) -> None:
    assert told(*deltas) == steps


def test_a_call_waits_for_the_rest_of_the_one_before_it() -> None:
    deltas = ({"tool_calls": [CALL]}, grown('{"a":'), {"tool_calls": [SECOND]}, grown("1}"))
    assert told(*deltas) == ["o0", 'g0:{"a":', "g0:1}", "c0", "o1", "g1:{}", "c1"]


def test_what_waited_comes_out_at_the_end() -> None:
    deltas = ({"tool_calls": [CALL]}, grown('{"a":'), {"tool_calls": [SECOND]}, {"content": "Done."})
    assert told(*deltas) == ["o0", 'g0:{"a":', "c0", "o1", "g1:{}", "c1", "o2", "g2:Done.", "c2"]


@pytest.mark.parametrize("whole", [False, True])
def test_a_thought_has_its_seal_and_a_hidden_one_is_nothing_else(whole: bool) -> None:
    if whole:
        found = blocks_of({"content": "Yes", "reasoning_content": "Hm.", "thinking_blocks": [SIGNED, HIDDEN]})
    else:
        blocks = Blocks()
        for delta in (
            {"reasoning_content": "Hm."},
            {"thinking_blocks": [SIGNED]},
            {"thinking_blocks": [HIDDEN]},
        ):
            blocks.feed(delta)
        blocks.feed({"content": "Yes"})
        found = blocks.all
    assert [(block.text, block.seal.get("thinking_blocks")) for block in found] == [
        ("Hm.", SIGNED),
        ("", HIDDEN),
        ("Yes", None),
    ]


def test_notes_have_their_place_in_the_text() -> None:
    steps = Blocks().feed({"content": "See", "annotations": ["first", "second"]})
    assert [step.extra for step in steps if step.what is What.NOTE] == [(0, "first"), (1, "second")]

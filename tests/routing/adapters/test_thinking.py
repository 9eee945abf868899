"""Thoughts in a text, whole and streamed at any split."""

import json

import pytest

from routing import adapters
from routing.adapters.thinking import TAGS, UNOPENED, Thoughts

TEXTS = [
    (TAGS, "<think>\nHm, <b>.\n</think>\n\nYes.", "\nHm, <b>.\n", "Yes."),
    (TAGS, "  <think></think>Yes", "", "Yes"),
    (TAGS, "<think>cut off </thi", "cut off </thi", ""),
    (TAGS, "Yes, <think> is a tag.</think>", "", "Yes, <think> is a tag.</think>"),
    (TAGS, "<thin", "", "<thin"),
    (TAGS, " Plain", "", " Plain"),
    (TAGS, "", "", ""),
    (TAGS, "<think>a</think>b</think>c", "a", "b</think>c"),
    (UNOPENED, "Hm.</think> Yes", "Hm.", "Yes"),
    (UNOPENED, "<think>Hm.</think> Yes", "Hm.", "Yes"),
    (UNOPENED, "never closed", "never closed", ""),
]
CASES = pytest.mark.parametrize(("quirk", "text", "thought", "said"), TEXTS)


@CASES
def test_a_thought_is_taken_out_of_a_whole_answer(quirk, text, thought, said):
    answer = {"id": "1", "model": "m", "choices": [{"message": {"content": text}, "finish_reason": "stop"}]}
    made = adapters.get("openai", frozenset([quirk])).parse(200, {}, json.dumps(answer).encode())
    message = made.choices[0]["message"]
    assert (message.get("reasoning_content", ""), message["content"]) == (thought, said)


@CASES
def test_a_split_makes_no_difference(quirk, text, thought, said):
    for at in range(len(text) + 1):
        thoughts = Thoughts(opened=quirk == UNOPENED)
        parts = [thoughts.feed(text[:at]), thoughts.feed(text[at:]), thoughts.close()]
        assert ("".join(part[0] for part in parts), "".join(part[1] for part in parts)) == (thought, said)
    by_character = Thoughts(opened=quirk == UNOPENED)
    parts = [*(by_character.feed(character) for character in text), by_character.close()]
    assert ("".join(part[0] for part in parts), "".join(part[1] for part in parts)) == (thought, said)


@CASES
def test_a_stream_gives_both_apart(quirk, text, thought, said):
    stream = adapters.get("openai", frozenset([quirk])).stream()
    pieces = [text[at : at + 3] for at in range(0, len(text), 3)]
    events = [{"delta": {"content": piece}} for piece in pieces] + [{"delta": {}, "finish_reason": "stop"}]
    body = b"".join(b"data: %s\n\n" % json.dumps({"choices": [event]}).encode() for event in events)
    deltas = [*stream.feed(body + b"data: [DONE]\n\n"), *stream.close()]
    found = [choice["delta"] for delta in deltas for choice in delta.choices]
    assert "".join(delta.get("reasoning_content", "") for delta in found) == thought
    assert "".join(delta.get("content", "") for delta in found) == said


def test_choices_of_one_stream_think_apart():
    stream = adapters.get("openai", frozenset([TAGS])).stream()
    event = [{"index": 0, "delta": {"content": "<think>a"}}, {"index": 1, "delta": {"content": "b"}}]
    (delta,) = stream.feed(b"data: %s\n\n" % json.dumps({"choices": event}).encode())
    assert [choice["delta"] for choice in delta.choices] == [
        {"content": "", "reasoning_content": "a"},
        {"content": "b"},
    ]


def test_without_the_quirk_a_tag_is_text():
    answer = {"choices": [{"message": {"content": "<think>a</think>b"}, "finish_reason": "stop"}]}
    made = adapters.get("openai").parse(200, {}, json.dumps(answer).encode())
    assert made.choices[0]["message"]["content"] == "<think>a</think>b"

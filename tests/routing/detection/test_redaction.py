"""Placeholders: put in, taken back, whole or in pieces, and the same for the same value."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.detection.catalogue import DETECTORS
from routing.detection.finding import SEPARATOR, TooMuch
from routing.detection.passage import Passage
from routing.detection.redaction import Placeholders, RestoringText, by_text
from routing.detection.request import rewritten, texts_of
from routing.detection.scanner import Scanner

EVERYTHING = Scanner(DETECTORS)
PIECES = st.sampled_from(
    [
        *("jane@example.com", "joe@example.org", "4111 1111 1111 1111", "DE89370400440532013000"),
        *("078-05-1120", "[EMAIL_1]", "[EMAIL_", "[", "]", "_1]", " and ", "\n", "“ü”", '"', "\\", "x"),
        'password="c0rrect-h0rse\\"',
    ]
)
TEXT = st.lists(PIECES | st.text(max_size=3), max_size=12).map("".join)


def redacted(text: str) -> tuple[Placeholders, str]:
    placeholders = Placeholders(text)
    return placeholders, placeholders.redact(text, EVERYTHING.scan(text))


@given(TEXT)
def test_what_was_replaced_comes_back(text: str) -> None:
    placeholders, sent = redacted(text)
    assert placeholders.restore(sent) == text


@given(TEXT, st.data())
def test_what_was_replaced_comes_back_in_any_pieces(text: str, data: st.DataObject) -> None:
    placeholders, sent = redacted(text)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(sent)), max_size=8)))
    restoring = RestoringText(placeholders, as_json=False)
    parts = [sent[start:end] for start, end in zip([0, *cuts], [*cuts, len(sent)], strict=True)]
    assert "".join([restoring.feed(part) for part in parts] + [restoring.feed("", last=True)]) == text


@pytest.mark.parametrize("size", range(1, 12))
def test_a_placeholder_is_restored_wherever_a_chunk_ends(size: int) -> None:
    placeholders, sent = redacted("Write to jane@example.com, [not] to joe@example.org.")
    assert "@" not in sent
    restoring = RestoringText(placeholders, as_json=False)
    parts = [restoring.feed(sent[at : at + size]) for at in range(0, len(sent), size)]
    restored = "".join([*parts, restoring.feed("", last=True)])
    assert restored == "Write to jane@example.com, [not] to joe@example.org."


def test_only_what_may_become_a_placeholder_waits() -> None:
    placeholders, _ = redacted("jane@example.com")
    restoring = RestoringText(placeholders, as_json=False)
    said = [restoring.feed(part) for part in ("Dear ", "[see", " below] ", "[EMAIL", "_1", "]!")]
    assert said == ["Dear ", "[see", " below] ", "", "", "jane@example.com!"]


def test_the_same_value_has_the_same_placeholder() -> None:
    _, sent = redacted("jane@example.com, joe@example.org, jane@example.com")
    assert sent == "[EMAIL_1], [EMAIL_2], [EMAIL_1]"


def test_a_placeholder_that_the_text_holds_already_is_not_given() -> None:
    placeholders, sent = redacted("[EMAIL_1] is jane@example.com")
    assert sent == "[EMAIL_1] is [EMAIL_2]"
    assert placeholders.restore(sent) == "[EMAIL_1] is jane@example.com"


def test_a_value_is_escaped_where_it_goes_into_json() -> None:
    placeholders = Placeholders("")
    placeholder = placeholders.of("SECRET", 'a"b\\c\nd')
    assert json.loads(placeholders.restore(f'{{"key": "{placeholder}"}}', as_json=True)) == {
        "key": 'a"b\\c\nd'
    }


def test_no_representation_shows_a_value() -> None:
    placeholders, _ = redacted("jane@example.com")
    assert "jane" not in repr(placeholders)


REQUEST = {
    "model": "auto",
    "seed": 4111111111111111,
    "user": "jane@example.com",
    "metadata": {"account": 4111111111111111, "jane@example.com": "x"},
    "messages": [
        {"role": "system", "content": "Ask jane@example.com."},
        {"role": "user", "name": "jane", "content": [
            {"type": "text", "text": "I am jane@example.com"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,amFuZUBleGFtcGxlLmNvbQ=="}},
            {"type": "file", "file": {"filename": "jane@example.com.pdf", "file_data": "data:x;base64,AA"}},
        ]},
        {"role": "assistant", "tool_calls": [{"id": "c1", "type": "function", "function": {
            "name": "mail", "arguments": '{"to": "jane\\u0040example.com", "card": 4111111111111111}'}}]},
        {"role": "tool", "tool_call_id": "c1", "content": "sent to jane@example.com"},
    ],
    "tools": [{"type": "function", "function": {"name": "mail", "description": "As jane@example.com does"}}],
}  # fmt: skip


def test_every_text_of_a_request_is_looked_at_and_replaced() -> None:
    texts = texts_of(REQUEST)
    joined = SEPARATOR.join(texts.texts)
    placeholders = Placeholders(joined)
    new = {
        texts.texts[index]: placeholders.redact(texts.texts[index], found)
        for index, found in by_text(texts.texts, EVERYTHING.scan(joined)).items()
    }
    sent = rewritten(REQUEST, new)
    said = json.dumps({**sent, "seed": None})
    assert "jane@" not in said
    assert "jane\\\\u0040" not in said
    assert "4111" not in said
    assert sent["seed"] == REQUEST["seed"]
    assert json.loads(sent["messages"][2]["tool_calls"][0]["function"]["arguments"])["to"] == "[EMAIL_1]"
    assert texts.unscannable == {"image": 1, "file": 1}


@pytest.mark.parametrize("name", ["data", "file_data", "model", "role", "url"])
def test_what_an_application_names_as_the_protocol_does_is_looked_at_all_the_same(name: str) -> None:
    said = "data:image/png, of jane@example.com"
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": json.dumps({name: said})}}
    schema = {"type": "object", "properties": {name: {"type": "string", "description": said}}}
    holders: list[dict[str, Any]] = [
        {"messages": [{"role": "assistant", "tool_calls": [call]}]},
        {"tools": [{"type": "function", "function": {"name": "f", "parameters": schema}}]},
        {"metadata": {name: said}},
        {"prompt": {"id": "p", "variables": {name: said}}},
    ]
    for request in holders:
        assert said in texts_of(request).texts
        assert "jane" not in json.dumps(rewritten(request, {said: "[EMAIL_1]"}))


@pytest.mark.parametrize(
    "arguments",
    [
        '{"to": "jane@example.com", "to": "nobody"}',
        '[{"to": {"x": "jane@example.com", "x": 1}}]',
        ' \n{"to": "jane\\u0040example.com"}',
        '{"to": "jane@example.com", "half": "\\ud83d"}',
    ],
)
def test_arguments_hide_nothing_in_how_they_are_written(arguments: str) -> None:
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": arguments}}
    request = {"messages": [{"role": "assistant", "tool_calls": [call]}]}
    assert "jane@example.com" in texts_of(request).texts
    sent = msgspec.json.encode(rewritten(request, {"jane@example.com": "[EMAIL_1]"}))
    assert b"[EMAIL_1]" in sent
    assert b"jane" not in sent


@pytest.mark.parametrize("levels", [60, 100, 20_000])
def test_what_is_nested_too_deep_in_arguments_is_not_passed_over(levels: int) -> None:
    arguments = "[" * levels + '"jane@example.com"' + "]" * levels
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": arguments}}
    with pytest.raises(TooMuch):
        texts_of({"messages": [{"role": "assistant", "tool_calls": [call]}]})


def test_nothing_is_changed_where_nothing_is_replaced() -> None:
    assert rewritten(REQUEST, {}) == REQUEST


def test_a_finding_does_not_reach_over_two_texts() -> None:
    texts = ("4111 1111", "1111 1111", "-----BEGIN PRIVATE KEY-----", "jane@example.com")
    found = by_text(texts, EVERYTHING.scan(SEPARATOR.join(texts)))
    assert {index: [each.detector for each in each_text] for index, each_text in found.items()} == {
        2: ["private_key"],
        3: ["email"],
    }


def test_a_choice_gives_all_its_texts_back_at_its_end() -> None:
    placeholders, _ = redacted("jane@example.com")
    passage = Passage(lambda is_json: RestoringText(placeholders, as_json=is_json))
    call = {"index": 1, "function": {"arguments": '{"to": "[EMAIL_1'}}
    first = passage.delta({"role": "assistant", "content": "To [EMAIL_1", "tool_calls": [call]})
    last = passage.delta({"tool_calls": [{"index": 1, "function": {"arguments": ']"}'}}]}, last=True)
    assert first["content"] == "To "
    assert last["content"] == "[EMAIL_1"  # never finished, so it is what the model said
    assert last["tool_calls"][0]["function"]["arguments"] == 'jane@example.com"}'

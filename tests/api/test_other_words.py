"""What clients of OpenAI's family write otherwise, read as what it means."""

import json
from typing import Any

import pytest

from routing.api.other_words import respell
from routing.api.wire import read_chat_request
from routing.errors import FieldUnsupported, InvalidRequest

ASKED = {"role": "user", "content": "Hello"}
TOOL = {"function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}
TYPED = {"type": "function", **TOOL}
CALL = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
PICTURE = "https://example.com/a.png"


def read(**fields: Any) -> dict[str, Any]:
    return read_chat_request(json.dumps({"model": "m", "messages": [ASKED], **fields}).encode()).request


def turn(**fields: Any) -> dict[str, Any]:
    return dict(read(messages=[ASKED, {"role": "assistant", "content": None, **fields}])["messages"][1])


def test_that_some_tool_must_be_called_is_said_as_openai_says_it() -> None:
    request = read(tools=[TOOL], tool_choice="any")
    assert (request["tools"], request["tool_choice"]) == ([TYPED], "required")


def test_an_effort_by_default_is_none_at_all() -> None:
    assert "reasoning_effort" not in read(reasoning_effort="default")


def test_a_picture_may_be_its_address_alone() -> None:
    part = {"type": "image_url", "image_url": PICTURE}
    (message,) = read(messages=[{"role": "user", "content": [part]}])["messages"]
    assert message["content"] == [{"type": "image_url", "image_url": {"url": PICTURE}}]


@pytest.mark.parametrize(
    ("given", "arguments"),
    [({"name": "f"}, "{}"), ({"name": "f", "arguments": {"a": 1}}, '{"a":1}')],
)
def test_a_call_may_leave_out_its_type_and_have_arguments_of_other_forms(
    given: dict[str, Any], arguments: str
) -> None:
    (call,) = turn(tool_calls=[{"id": "a", "function": given}])["tool_calls"]
    assert call == {**CALL, "function": {"name": "f", "arguments": arguments}}


def test_thoughts_that_are_a_part_of_the_content_are_thoughts() -> None:
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}
    message = turn(content=[thinking, {"type": "text", "text": "Yes"}])
    assert message["reasoning_content"] == "Hm."
    assert message["content"] == [{"type": "text", "text": "Yes"}]


def test_what_has_no_other_words_is_left_as_it_is() -> None:
    request = {"tools": ["f", {"type": "odd"}], "messages": [1, {"role": "assistant", "tool_calls": [2, {}]}]}
    before = json.dumps(request)
    assert not respell(request)
    assert json.dumps(request) == before


@pytest.mark.parametrize("fields", [{"tool_choice": "any"}, {"reasoning_effort": "default", "n": 0}])
def test_what_is_still_wrong_is_refused_by_its_name(fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read(**fields)
    assert caught.value.param in ("tool_choice", "n")


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"tools": [TOOL, {"type": "vendor:search", "parameters": {}}]}, "tools[1]"),
        ({"messages": [{"role": "user", "content": [{"type": "video_url"}]}]}, "messages[0].content[0]"),
    ],
)
def test_what_has_no_place_here_is_not_supported(fields: dict[str, Any], param: str) -> None:
    with pytest.raises(FieldUnsupported) as caught:
        read(**fields)
    assert caught.value.param == param

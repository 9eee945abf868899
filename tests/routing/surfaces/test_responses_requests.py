"""A Responses request in the words of chat: what has a place there, and what is refused by its name."""

import json
from typing import Any

import pytest

from routing.adapters import get
from routing.adapters.contract import Target
from routing.errors import FieldUnsupported, InvalidRequest, StateWanted
from routing.surfaces.responses import RESPONSES
from routing.surfaces.seals import packed

SIGNED = {"type": "thinking", "thinking": "Hm.", "signature": "s"}
CALL = {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"}
RESULT = {"type": "function_call_output", "call_id": "a", "output": "No."}


def read(given: Any = "Hello", **fields: Any) -> dict[str, Any]:
    return RESPONSES.read(json.dumps({"model": "m", "input": given, **fields}).encode())[0].request


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"max_output_tokens": 9}, {"max_completion_tokens": 9}),
        ({"reasoning": {"effort": "low", "summary": "auto"}}, {"reasoning_effort": "low"}),
        ({"text": {"verbosity": "low", "format": {"type": "json_object"}}}, {"verbosity": "low"}),
        (
            {"include": ["message.output_text.logprobs"], "top_logprobs": 3},
            {"logprobs": True, "top_logprobs": 3},
        ),
        (
            {"include": ["reasoning.encrypted_content"], "store": False},
            {"include": ["reasoning.encrypted_content"], "store": None},
        ),
        ({"store": True}, {"store": None}),
        ({"truncation": "auto", "max_tool_calls": 3}, {"truncation": None, "max_tool_calls": None}),
        ({"brand_new": 1}, {"brand_new": 1}),
    ],
)
def test_a_field_has_its_place_in_chat(fields: dict[str, Any], wanted: dict[str, Any]) -> None:
    request = read(**fields)
    assert {name: request.get(name) for name in wanted} == wanted


def test_a_text_and_instructions_are_a_conversation() -> None:
    assert read(instructions="Be brief.")["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hello"},
    ]


def test_a_prompt_needs_no_input() -> None:
    request = {"model": "m", "prompt": {"id": "summary", "version": "3", "variables": {"text": "Long."}}}
    body, _ = RESPONSES.read(json.dumps(request).encode())
    assert (body.prompt.name, body.prompt.version, body.request["messages"]) == ("summary", 3, [])


def test_what_one_turn_thought_said_and_did_is_one_message() -> None:
    thought = {"type": "reasoning", "summary": [], "encrypted_content": packed({"thinking_blocks": SIGNED})}
    spoken = {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "output_text", "text": "Let me see."}],
    }
    messages = read([{"role": "user", "content": "Hello"}, thought, spoken, CALL, RESULT])["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant", "tool"]
    assert (messages[1]["content"], messages[1]["thinking_blocks"]) == ("Let me see.", [SIGNED])
    assert messages[1]["tool_calls"][0]["id"] == messages[2]["tool_call_id"] == "a"


def test_messages_that_follow_each_other_stay_apart_where_nothing_was_called() -> None:
    said = [{"role": "assistant", "content": text} for text in ("One.", "Two.")]
    assert [message["content"] for message in read(said)["messages"]] == ["One.", "Two."]


def test_messages_of_one_turn_stay_apart_on_their_way_back() -> None:
    said = [{"role": "assistant", "content": text} for text in ("One.", "Two.")]
    request = read([*said, CALL, RESULT])
    target = Target("https://api.openai.com/v1", "m", 64)
    body = json.loads(get("responses").prepare(request, target, stream=False).body)
    assert [item.get("content") for item in body["input"]] == ["One.", "Two.", None, None]


def test_parts_of_all_kinds() -> None:
    parts = [
        {"type": "input_text", "text": "See"},
        {"type": "input_image", "image_url": "https://example.com/a.png", "detail": "low"},
        {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,AA=="},
    ]
    content = read([{"role": "user", "content": parts}])["messages"][0]["content"]
    assert [part["type"] for part in content] == ["text", "image_url", "file"]
    assert content[1]["image_url"] == {"url": "https://example.com/a.png", "detail": "low"}


def test_a_mark_of_what_is_cached_stays_on_its_part() -> None:
    part = {"type": "input_text", "text": "Long", "prompt_cache_breakpoint": {"mode": "explicit"}}
    (message,) = read([{"role": "user", "content": [part]}])["messages"]
    assert message["content"] == [{**part, "type": "text"}]


def test_tools_and_their_choice() -> None:
    grammar = {"type": "grammar", "syntax": "lark", "definition": 'start: "a"'}
    tools = [
        {"type": "function", "name": "f", "parameters": {"type": "object"}, "strict": True},
        {"type": "custom", "name": "g", "format": grammar},
    ]
    request = read(tools=tools, tool_choice={"type": "custom", "name": "g"})
    assert request["tools"][0]["function"] == {"name": "f", "parameters": {"type": "object"}, "strict": True}
    inner = {"syntax": "lark", "definition": 'start: "a"'}
    assert request["tools"][1]["custom"]["format"] == {"type": "grammar", "grammar": inner}
    assert request["tool_choice"] == {"type": "custom", "custom": {"name": "g"}}


@pytest.mark.parametrize(
    ("given", "fields", "raised", "param"),
    [
        ("Hi", {"previous_response_id": "resp_1"}, StateWanted, "previous_response_id"),
        ("Hi", {"conversation": "conv_1"}, StateWanted, "conversation"),
        ("Hi", {"background": True}, StateWanted, "background"),
        ([{"type": "item_reference", "id": "x"}], {}, StateWanted, "input[0]"),
        ([{"type": "computer_call", "id": "x"}], {}, FieldUnsupported, "input[0]"),
        ("Hi", {"tools": [{"type": "web_search"}]}, FieldUnsupported, "tools[0]"),
        ("Hi", {"include": ["web_search_call.results"]}, FieldUnsupported, "include[0]"),
        ("Hi", {"n": 2}, FieldUnsupported, "n"),
        ([], {}, InvalidRequest, "input"),
        ([{"type": "function_call", "name": "f"}], {}, InvalidRequest, "input[0]"),
        ("Hi", {"max_output_tokens": 0}, InvalidRequest, "max_output_tokens"),
    ],
)
def test_what_has_no_place_is_refused_by_its_name(
    given: Any, fields: dict[str, Any], raised: type[InvalidRequest], param: str
) -> None:
    with pytest.raises(raised) as refused:
        read(given, **fields)
    assert refused.value.param == param

"""Anthropic's request in the words of chat: what has a place there, what is refused, what travels twice."""

import json
from typing import Any

import pytest

from routing.errors import FieldUnsupported, InvalidRequest
from routing.surfaces.messages import MESSAGES
from routing.surfaces.seals import packed

ASKED = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hello"}]}
EPHEMERAL = {"type": "ephemeral"}
LINKED = {"type": "document", "source": {"type": "url", "url": "https://e.test/a.pdf"}}
SEARCHED = {"type": "tool_result", "tool_use_id": "a", "content": [{"type": "search_result"}]}
ITEM = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "e"}


def read(**fields: Any) -> dict[str, Any]:
    return MESSAGES.read(json.dumps({**ASKED, **fields}).encode())[0].request


def turn(*blocks: dict[str, Any], role: str = "user") -> list[dict[str, Any]]:
    """What chat makes of one turn of blocks."""
    return list(read(messages=[{"role": role, "content": list(blocks)}])["messages"])


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, {"max_completion_tokens": 9}),
        ({"stop_sequences": ["x"], "top_k": 3}, {"stop": ["x"], "top_k": 3}),
        ({"metadata": {"user_id": "anna"}}, {"user": "anna"}),
        ({"service_tier": "standard_only"}, {"service_tier": "default"}),
        ({"thinking": {"type": "enabled", "budget_tokens": 1024}}, {"reasoning_effort": "low"}),
        ({"thinking": {"type": "enabled", "budget_tokens": 9000}}, {"reasoning_effort": "high"}),
        ({"thinking": {"type": "adaptive"}}, {"thinking": {"type": "adaptive"}, "reasoning_effort": "high"}),
        (
            {"output_config": {"effort": "low"}},
            {"reasoning_effort": "low", "output_config": {"effort": "low"}},
        ),
        ({"brand_new": 1}, {"brand_new": 1}),
    ],
)
def test_a_field_has_its_place_in_chat(fields: dict[str, Any], wanted: dict[str, Any]) -> None:
    request = read(**fields)
    assert {name: request.get(name) for name in wanted} == wanted


def test_tools_and_their_choice() -> None:
    tool = {
        "name": "f",
        "description": "Does.",
        "input_schema": {"type": "object"},
        "cache_control": EPHEMERAL,
    }
    request = read(tools=[tool], tool_choice={"type": "tool", "name": "f", "disable_parallel_tool_use": True})
    function = {"name": "f", "description": "Does.", "parameters": {"type": "object"}}
    assert request["tools"] == [{"type": "function", "function": function, "cache_control": EPHEMERAL}]
    assert request["tool_choice"] == {"type": "function", "function": {"name": "f"}}
    assert request["parallel_tool_calls"] is False


@pytest.mark.parametrize("where", ["output_format", "output_config"])
def test_an_output_schema_is_strict(where: str) -> None:
    wanted = {"type": "json_schema", "schema": {"type": "object"}}
    found = read(**{where: wanted if where == "output_format" else {"format": wanted}})["response_format"]
    assert (found["json_schema"]["schema"], found["json_schema"]["strict"]) == ({"type": "object"}, True)


def test_results_of_tools_stand_before_what_the_user_says_to_them() -> None:
    result = {"type": "tool_result", "tool_use_id": "a", "content": "No.", "is_error": True}
    messages = turn(result, {"type": "text", "text": "Go on."})
    assert [message["role"] for message in messages] == ["tool", "user"]
    assert messages[0] == {"role": "tool", "tool_call_id": "a", "content": "No.", "is_error": True}


def test_a_document_of_text_is_said_as_text_and_any_other_is_a_file() -> None:
    text = {
        "type": "document",
        "title": "T",
        "source": {"type": "text", "media_type": "text/plain", "data": "x"},
    }
    pdf = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "AA=="}}
    parts = turn(text, pdf)[0]["content"]
    assert parts[0] == {"type": "text", "text": "T\n\nx"}
    assert parts[1] == {"type": "file", "file": {"file_data": "data:application/pdf;base64,AA=="}}


def test_a_tool_may_answer_with_a_document() -> None:
    pdf = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "AA=="}}
    message = turn({"type": "tool_result", "tool_use_id": "a", "content": [pdf]})[0]
    assert message["content"] == [{"type": "file", "file": {"file_data": "data:application/pdf;base64,AA=="}}]


def test_thoughts_go_back_as_their_providers_sealed_them() -> None:
    signed = {"type": "thinking", "thinking": "Hm.", "signature": "s"}
    carried = {"type": "thinking", "thinking": "", "signature": packed({"reasoning_items": ITEM})}
    plain = {"type": "thinking", "thinking": "Hm.", "signature": ""}
    message = turn(signed, carried, plain, {"type": "text", "text": "Yes"}, role="assistant")[0]
    assert message["thinking_blocks"] == [signed]
    assert message["reasoning_items"] == [ITEM]
    assert (message["reasoning_content"], message["content"]) == ("Hm.", "Yes")


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, "tools[0]"),
        ({"n": 2}, "n"),
        ({"tools": [{"name": "f", "input_schema": {}, "defer_loading": True}]}, "tools[0].defer_loading"),
        (
            {"messages": [{"role": "user", "content": [{"type": "text", "text": "x", "citations": [{}]}]}]},
            "messages[0].content[0].citations",
        ),
        (
            {"messages": [{"role": "assistant", "content": [{"type": "server_tool_use", "id": "x"}]}]},
            "messages[0].content[0]",
        ),
        (
            {"messages": [{"role": "user", "content": [SEARCHED]}]},
            "messages[0].content[0].content[0]",
        ),
        ({"messages": [{"role": "user", "content": [LINKED]}]}, "messages[0].content[0].source"),
    ],
)
def test_what_no_model_could_be_told_is_refused_by_name(fields: dict[str, Any], param: str) -> None:
    with pytest.raises(FieldUnsupported) as refused:
        read(**fields)
    assert (refused.value.code, refused.value.param) == ("unsupported_parameter", param)


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"max_tokens": 0}, "max_tokens"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages[0].content[0]"),
        ({"thinking": {"type": "enabled"}}, "thinking"),
    ],
)
def test_what_is_wrong_is_named_in_anthropics_words(fields: dict[str, Any], param: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read(**fields)
    assert refused.value.param == param

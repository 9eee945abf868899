"""What one dialect puts into a request, met by another: said in its own words, listed, or left out."""

import json
from typing import Any

import pytest

from routing.adapters import get
from routing.adapters.contract import PreparedRequest, Target

CALL = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
FAILED = {"role": "tool", "tool_call_id": "a", "content": "No such file.", "is_error": True}
TURNS: list[dict[str, Any]] = [
    {"role": "user", "content": "Hello"},
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
    FAILED,
]
MARKED = {"type": "text", "text": "Hello", "cache_control": {"type": "ephemeral"}}


def prepared(dialect: str, request: dict[str, Any], host: str = "llm.example.com") -> PreparedRequest:
    target = Target(f"https://{host}/v1", "claude-opus-4-6", 1000)
    return get(dialect).prepare({"model": "m", **request}, target, stream=False)


def sent(dialect: str, request: dict[str, Any]) -> dict[str, Any]:
    return dict(json.loads(prepared(dialect, request).body))


@pytest.mark.parametrize("dialect", ["openai", "responses", "gemini", "mistral", "cohere", "ollama"])
def test_a_failed_tool_is_told_in_words_where_there_is_no_mark_for_it(dialect: str) -> None:
    request = prepared(dialect, {"messages": TURNS})
    assert b"Error: No such file." in request.body
    assert b"is_error" not in request.body
    assert request.unsupported == ()


@pytest.mark.parametrize(
    "dialect", ["openai", "responses", "mistral", "anthropic", "bedrock", "gemini", "cohere", "ollama"]
)
def test_a_result_may_name_its_tool(dialect: str) -> None:
    result = {"role": "tool", "tool_call_id": "a", "content": "Sunny.", "name": "f"}
    assert prepared(dialect, {"messages": [*TURNS[:2], result]}).unsupported == ()


def test_a_failed_tool_is_marked_where_there_is_a_mark() -> None:
    result = sent("anthropic", {"messages": TURNS})["messages"][-1]["content"][0]
    assert (result["content"], result["is_error"]) == ("No such file.", True)
    result = sent("bedrock", {"messages": TURNS})["messages"][-1]["content"][0]["toolResult"]
    assert (result["content"], result["status"]) == ([{"text": "No such file."}], "error")


@pytest.mark.parametrize("dialect", ["openai", "responses", "gemini"])
def test_an_effort_in_anthropics_words_is_sent_as_an_effort(dialect: str) -> None:
    said = {"thinking": {"type": "adaptive"}, "output_config": {"effort": "high"}, "reasoning_effort": "high"}
    request = prepared(dialect, {"messages": TURNS[:1], **said})
    assert b"adaptive" not in request.body
    assert request.unsupported == ()


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ({"reasoning_effort": "low"}, ({"type": "adaptive"}, "low")),
        ({"reasoning_effort": "low", "output_config": {"effort": "low"}}, (None, "low")),
        ({"reasoning_effort": "high", "thinking": {"type": "adaptive"}}, ({"type": "adaptive"}, None)),
        (
            {"reasoning_effort": "low", "thinking": {"type": "enabled", "budget_tokens": 1024}},
            ({"type": "enabled", "budget_tokens": 1024}, None),
        ),
    ],
)
def test_anthropics_words_go_to_anthropic_as_they_were(said: dict[str, Any], wanted: tuple[Any, Any]) -> None:
    body = sent("anthropic", {"messages": TURNS[:1], **said})
    assert (body.get("thinking"), body.get("output_config", {}).get("effort")) == wanted


@pytest.mark.parametrize(
    ("host", "marks"),
    [("api.openai.com", ("messages[0].content[0].cache_control",)), ("openrouter.ai", ())],
)
def test_openai_itself_gets_nothing_that_it_refuses(host: str, marks: tuple[str, ...]) -> None:
    hidden = {"type": "redacted_thinking", "data": "d"}
    thought = {"role": "assistant", "content": "Yes", "thinking_blocks": [hidden]}
    request = prepared("openai", {"messages": [{"role": "user", "content": [MARKED]}, thought]}, host)
    assert request.unsupported == marks
    assert (b"cache_control" in request.body) == (b"thinking_blocks" in request.body) == (not marks)


def test_marks_for_a_cache_stay_where_they_were() -> None:
    mark = {"type": "ephemeral"}
    tool = {"type": "function", "function": {"name": "f"}, "cache_control": mark}
    called = {**TURNS[1], "tool_calls": [{**CALL, "cache_control": mark}]}
    turns = [TURNS[0], called, {**FAILED, "cache_control": mark}]
    body = sent("anthropic", {"messages": turns, "tools": [tool]})
    marked = [body["tools"][0], body["messages"][1]["content"][0], body["messages"][2]["content"][0]]
    assert [block["cache_control"] for block in marked] == [mark] * 3


@pytest.mark.parametrize("dialect", ["gemini", "vertex", "mistral", "cohere", "ollama"])
def test_what_a_dialect_has_no_words_for_is_listed_wherever_it_stands(dialect: str) -> None:
    mark = {"cache_control": {"type": "ephemeral"}}
    turns: list[dict[str, Any]] = [
        {"role": "system", "content": [{"type": "text", "text": "Be brief.", **mark}]},
        {"role": "user", "content": [MARKED]},
        {"role": "assistant", "content": "Yes", "function_call": CALL["function"], "audio": {"id": "a"}},
        {**TURNS[0], **mark},
    ]
    tools: list[dict[str, Any]] = [{"type": "function", "function": {"name": "f"}, **mark}]
    assert set(prepared(dialect, {"messages": turns, "tools": tools}).unsupported) == {
        "messages[0].content[0].cache_control",
        "messages[1].content[0].cache_control",
        "messages[2].function_call",
        "messages[2].audio",
        "messages[3].cache_control",
        "tools[0].cache_control",
    }


PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}


@pytest.mark.parametrize("dialect", ["anthropic", "bedrock", "responses", "mistral", "cohere", "ollama"])
@pytest.mark.parametrize(
    ("name", "given"),
    [("function_call", CALL["function"]), ("audio", {"id": "a"}), ("images", [PICTURE])],
)
def test_what_a_turn_holds_of_another_provider_is_listed(dialect: str, name: str, given: Any) -> None:
    turn = {"role": "assistant", "content": "Yes.", name: given}
    request = prepared(dialect, {"messages": [TURNS[0], turn, TURNS[0]]})
    assert request.unsupported == (f"messages[1].{name}",)


def test_openais_mark_of_what_is_cached_is_written_as_anthropics() -> None:
    part = {"type": "text", "text": "Long", "prompt_cache_breakpoint": {"mode": "explicit"}}
    turns = {"messages": [{"role": "user", "content": [part]}]}
    marked = sent("anthropic", turns)["messages"][0]["content"]
    assert marked == [{"type": "text", "text": "Long", "cache_control": {"type": "ephemeral"}}]
    blocks = json.loads(prepared("bedrock", turns).body)["messages"][0]["content"]
    assert blocks == [{"text": "Long"}, {"cachePoint": {"type": "default"}}]

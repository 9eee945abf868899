"""OpenAI's request as Cohere's v2 chat takes it."""

from collections.abc import Mapping
from typing import Any

from routing.adapters.cohere_messages import conversation
from routing.adapters.contract import Target
from routing.adapters.fields import MARKS, Fields, listed, output_cap

MAX_STOPS = 5
MAX_TOP_K = 500
MIN_P, MAX_P = 0.01, 0.99
MIN_ANSWER_TOKENS = 1000  # to be left for the answer, as Cohere advises
_BUDGETS = {"minimal": 1024, "low": 2048, "medium": 8192, "high": 24_576, "xhigh": 32_768, "max": 65_536}
_THINKS = "reasoning"  # in the names of the models that think unless told not to
# Cohere's own fields, which pass as they were written.
_NATIVE = ("documents", "citation_options", "safety_mode", "strict_tools", "priority")


def translate(
    request: Mapping[str, Any], target: Target, *, stream: bool
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """(Cohere's body, what could not be expressed)."""
    fields = Fields(request)
    thinks = _THINKS in target.upstream_id or fields.take("reasoning_effort") not in (None, "none")
    body: dict[str, Any] = {
        "model": target.upstream_id,
        "messages": conversation(request, fields, thinks=thinks),
        "max_tokens": output_cap(request, target.max_output_tokens),
        "stream": stream,
    }
    _tools(body, fields)
    _format(body, fields)
    _thinking(body, fields, target)
    _sampling(body, fields)
    for name in _NATIVE:
        value = fields.take(name)
        if value is not None:
            body[name] = value
    return body, fields.unsupported()


def _tools(body: dict[str, Any], fields: Fields) -> None:
    declared = fields.take("tools")
    choice = fields.take("tool_choice")
    if not declared:
        return
    tools: list[dict[str, Any]] = []
    for place, tool in enumerate(declared):
        fields.refuse_given(tool, f"tools[{place}]", *MARKS)
        if tool["type"] == "function":
            tools.append({"type": "function", "function": _function(tool["function"])})
        else:
            fields.refuse(f"tools[{place}]")
    if not tools:
        return
    body["tools"] = tools
    if any(tool["type"] == "function" and tool["function"].get("strict") for tool in declared):
        body["strict_tools"] = True  # for all of them: Cohere knows no other
    if choice in ("required", "none"):
        body["tool_choice"] = choice.upper()
    elif isinstance(choice, Mapping) and choice["type"] == "function":
        # One by name: it alone is offered, and must be called.
        name = choice["function"]["name"]
        body["tools"] = [tool for tool in tools if tool["function"]["name"] == name]
        body["tool_choice"] = "REQUIRED"
    elif choice is not None:
        fields.refuse("tool_choice")


def _function(function: Mapping[str, Any]) -> dict[str, Any]:
    written = {name: function[name] for name in ("name", "description") if function.get(name)}
    written["parameters"] = function.get("parameters") or {"type": "object", "properties": {}}
    return written


def _format(body: dict[str, Any], fields: Fields) -> None:
    wanted = fields.take("response_format")
    if not wanted:
        return
    if "tools" in body:
        fields.refuse("response_format")  # Cohere takes one or the other
        return
    body["response_format"] = {"type": "json_object"}
    schema = (wanted.get("json_schema") or {}).get("schema")
    if schema is not None:
        body["response_format"]["json_schema"] = schema


def _thinking(body: dict[str, Any], fields: Fields, target: Target) -> None:
    """By a budget of tokens. `thinking` itself passes as it was written."""
    native = fields.take("thinking")
    effort = fields.take("reasoning_effort")
    if native:
        body["thinking"] = native
    elif effort == "none" and _THINKS in target.upstream_id:
        body["thinking"] = {"type": "disabled"}
    elif effort not in (None, "none"):
        budget = min(_BUDGETS[effort], body["max_tokens"] - MIN_ANSWER_TOKENS)
        if budget < 1:
            fields.refuse("reasoning_effort")  # the cap leaves no room to think and to answer
        else:
            body["thinking"] = {"type": "enabled", "token_budget": budget}


def _sampling(body: dict[str, Any], fields: Fields) -> None:
    """Cohere's penalties end at 0 and 1, and `p` just before."""
    for name in ("temperature", "seed", "logprobs"):
        value = fields.take(name)
        if value is not None:
            body[name] = value
    for name in ("presence_penalty", "frequency_penalty"):
        _within(body, fields, name, name, 0, 1)
    _within(body, fields, "top_k", "k", 0, MAX_TOP_K)
    if fields.take("top_p") == 1:
        body["p"] = MAX_P
    else:
        _within(body, fields, "top_p", "p", MIN_P, MAX_P)
    stops = listed(fields.take("stop"))
    if len(stops) > MAX_STOPS:
        fields.refuse("stop")
    elif stops:
        body["stop_sequences"] = stops


def _within(body: dict[str, Any], fields: Fields, ours: str, theirs: str, least: float, most: float) -> None:
    value = fields.take(ours)
    if value is None:
        return
    if isinstance(value, int | float) and least <= value <= most:
        body[theirs] = value
    else:
        fields.refuse(ours)

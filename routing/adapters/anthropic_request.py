"""OpenAI's request as Anthropic's: tools, format, sampling, thinking."""

from collections.abc import Mapping
from typing import Any

from routing.adapters.anthropic_messages import (
    called,
    conversation,
    lacks_thinking,
    marked,
    without_prefill,
)
from routing.adapters.anthropic_models import ModelFacts, facts_of
from routing.adapters.claude_thinking import Asked, Told, told
from routing.adapters.contract import Target
from routing.adapters.fields import Fields, end_user, listed, output_cap
from routing.adapters.structured import takes_schema

JSON_TOOL = "signalbox_json"  # forced, where a model has no structured outputs: its input is the answer


def translate(
    request: Mapping[str, Any], target: Target, *, stream: bool
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """(Anthropic's body, what could not be expressed)."""
    fields = Fields(request)
    facts = facts_of(target.upstream_id, target.quirks)
    system, messages = conversation(request, fields)
    if not facts.prefill:
        messages = without_prefill(messages, request, fields)
    body: dict[str, Any] = {
        "model": target.upstream_id,
        "max_tokens": output_cap(request, target.max_output_tokens),
        "messages": messages,
    }
    if system is not None:
        body["system"] = system
    if stream:
        body["stream"] = True
    _tools(body, fields, facts)
    _format(body, fields, facts)
    _past_tools(body, request)
    said = _thinking(body, fields, facts)
    _sampling(body, fields, facts, fixed=not facts.sampling or said.thinks)
    stops = listed(fields.take("stop"))
    if stops:
        body["stop_sequences"] = stops
    tier = fields.take("service_tier")
    if tier == "default":
        body["service_tier"] = "standard_only"
    elif tier is not None:
        fields.refuse("service_tier")
    cache = fields.take("cache_control")
    if cache:
        body["cache_control"] = cache
    if end_user(request):
        body["metadata"] = {"user_id": end_user(request)}
    return body, fields.unsupported()


def _tools(body: dict[str, Any], fields: Fields, facts: ModelFacts) -> None:
    declared = fields.take("tools")
    choice = fields.take("tool_choice")
    parallel = fields.take("parallel_tool_calls")
    if not declared:
        return
    tools = []
    for place, tool in enumerate(declared):
        if tool["type"] == "function":
            declared_tool = _tool(tool["function"], f"tools[{place}].function", fields, facts)
            tools.append(marked(declared_tool, tool))
        else:
            fields.refuse(f"tools[{place}]")
    body["tools"] = tools
    translated = _choice(choice, fields, facts)
    if parallel is False and translated["type"] != "none":
        translated["disable_parallel_tool_use"] = True
    if translated != {"type": "auto"}:
        body["tool_choice"] = translated


def _tool(function: Mapping[str, Any], path: str, fields: Fields, facts: ModelFacts) -> dict[str, Any]:
    tool: dict[str, Any] = {"name": function["name"]}
    if function.get("description"):
        tool["description"] = function["description"]
    tool["input_schema"] = function.get("parameters") or {"type": "object", "properties": {}}
    if function.get("strict"):
        if facts.structured_outputs:
            tool["strict"] = True
        else:
            fields.refuse(f"{path}.strict")
    return tool


def _choice(choice: Any, fields: Fields, facts: ModelFacts) -> dict[str, Any]:
    if choice in (None, "auto"):
        return {"type": "auto"}
    if choice == "none":
        return {"type": "none"}
    if choice == "required" and facts.forced_tools:
        return {"type": "any"}
    if isinstance(choice, Mapping) and choice["type"] == "function" and facts.forced_tools:
        return {"type": "tool", "name": choice["function"]["name"]}
    fields.refuse("tool_choice")
    return {"type": "auto"}


def _format(body: dict[str, Any], fields: Fields, facts: ModelFacts) -> None:
    """Structured outputs where the model has them for it; else a tool that must be called with the answer."""
    wanted = fields.take("response_format")
    if not wanted:
        return
    schema = (wanted.get("json_schema") or {}).get("schema")
    if schema is not None and facts.structured_outputs and takes_schema(schema):
        body["output_config"] = {"format": {"type": "json_schema", "schema": schema}}
    elif "tools" in body or not facts.forced_tools:
        fields.refuse("response_format")  # forcing our tool would forbid the application's own
    else:
        description = (wanted.get("json_schema") or {}).get("description") or "Give the answer as JSON."
        body["tools"] = [
            {"name": JSON_TOOL, "description": description, "input_schema": schema or {"type": "object"}}
        ]
        body["tool_choice"] = {"type": "tool", "name": JSON_TOOL}


def _past_tools(body: dict[str, Any], request: Mapping[str, Any]) -> None:
    """Calls of the past need tools: where the application offers none any more, none may be called."""
    names = called(request)
    if names and "tools" not in body:
        body["tools"] = [{"name": name, "input_schema": {"type": "object"}} for name in names]
        body["tool_choice"] = {"type": "none"}


def _thinking(body: dict[str, Any], fields: Fields, facts: ModelFacts) -> Told:
    native, effort = fields.take("thinking"), fields.take("reasoning_effort")
    config = fields.take("output_config") or {}
    forced = body.get("tool_choice", {}).get("type") in ("any", "tool")
    bound = forced or lacks_thinking(body["messages"])
    said = told(Asked(native, config.get("effort"), effort, body["max_tokens"], bound), facts)
    if said.refused:
        fields.refuse("reasoning_effort" if effort else "thinking")
    if said.thinking:
        body["thinking"] = said.thinking
    if said.effort:
        body["output_config"] = {**body.get("output_config", {}), "effort": said.effort}
    return said


def _sampling(body: dict[str, Any], fields: Fields, facts: ModelFacts, *, fixed: bool) -> None:
    """Temperature ends at 1; thinking and newest models allow only the default, newer ones top_p alone."""
    temperature, top_p, top_k = fields.take("temperature"), fields.take("top_p"), fields.take("top_k")
    if temperature is not None:
        if temperature > 1 or (fixed and temperature != 1):
            fields.refuse("temperature")
        elif not fixed:
            body["temperature"] = temperature
    if top_p is not None and top_p != 1:
        if fixed or ("temperature" in body and not facts.samples_twice):
            fields.refuse("top_p")
        else:
            body["top_p"] = top_p
    if top_k is not None:
        if fixed:
            fields.refuse("top_k")
        else:
            body["top_k"] = top_k

"""OpenAI's request as Bedrock's Converse takes it: tools, format, sampling, reasoning.

What Converse has no field for but a family of models takes goes into `additionalModelRequestFields`.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from routing.adapters.anthropic_messages import called, without_prefill
from routing.adapters.anthropic_models import ModelFacts as ClaudeFacts
from routing.adapters.anthropic_request import JSON_TOOL
from routing.adapters.bedrock_messages import Conversation, cache_point
from routing.adapters.bedrock_models import ModelFacts, facts_of
from routing.adapters.cache_marks import MARK
from routing.adapters.claude_thinking import Asked, told
from routing.adapters.contract import Target
from routing.adapters.fields import Fields, listed, output_cap
from routing.adapters.structured import takes_schema

_TIERS = frozenset(("default", "flex", "priority", "reserved"))
_THREE_EFFORTS = {"minimal": "low", "low": "low", "medium": "medium", "high": "high"}
_NOVA_EFFORTS = {"minimal": "low", "low": "low", "medium": "medium"}  # at "high" it takes no cap on output
_METADATA = re.compile(r"[a-zA-Z0-9\s:_@$#=/+,.-]{1,256}")
MAX_METADATA = 16


def translate(request: Mapping[str, Any], target: Target) -> tuple[dict[str, Any], tuple[str, ...]]:
    """(Converse's body, what could not be expressed). The model is in the path."""
    fields = Fields(request)
    facts = facts_of(target.upstream_id, target.quirks)
    conversation = Conversation(request, fields, facts)
    messages = conversation.messages
    if facts.claude is not None and not facts.claude.prefill:
        messages = without_prefill(messages, request, fields)
    body: dict[str, Any] = {"messages": messages}
    if conversation.system:
        body["system"] = conversation.system
    config: dict[str, Any] = {"maxTokens": output_cap(request, target.max_output_tokens)}
    body["inferenceConfig"] = config
    extra: dict[str, Any] = {}
    _tools(body, fields, facts, conversation)
    _format(body, fields, facts)
    _past_tools(body, request)
    thinks = _reasoning(body, extra, fields, facts, conversation)
    _sampling(config, extra, fields, facts, fixed=thinks or not facts.sampling)
    stops = listed(fields.take("stop"))
    if stops:
        config["stopSequences"] = stops
    if extra:
        body["additionalModelRequestFields"] = extra
    _the_rest(body, fields)
    return body, fields.unsupported()


def _tools(body: dict[str, Any], fields: Fields, facts: ModelFacts, conversation: Conversation) -> None:
    declared = fields.take("tools")
    choice = fields.take("tool_choice")
    if not declared:
        return
    if choice == "none" and not conversation.uses_tools:
        return  # without tools none can be called
    if choice == "none":
        fields.refuse("tool_choice")  # calls of the past need their tools, and Converse can't forbid more
        choice = None
    tools: list[dict[str, Any]] = []
    for place, tool in enumerate(declared):
        if tool["type"] == "function":
            tools.append({"toolSpec": _tool(tool["function"], f"tools[{place}].function", fields, facts)})
        else:
            fields.refuse(f"tools[{place}]")
        mark = tool.get(MARK)
        if mark and facts.caches_tools and isinstance(mark, Mapping):
            tools.append(cache_point(mark))
        elif mark:
            fields.refuse(f"tools[{place}].{MARK}")
    body["toolConfig"] = {"tools": tools}
    forced = _choice(choice, fields, facts)
    if forced:
        body["toolConfig"]["toolChoice"] = forced


def _tool(function: Mapping[str, Any], path: str, fields: Fields, facts: ModelFacts) -> dict[str, Any]:
    tool: dict[str, Any] = {"name": function["name"]}
    if function.get("description"):
        tool["description"] = function["description"]
    tool["inputSchema"] = {"json": function.get("parameters") or {"type": "object", "properties": {}}}
    if function.get("strict"):
        if facts.structured_outputs:
            tool["strict"] = True
        else:
            fields.refuse(f"{path}.strict")
    return tool


def _choice(choice: Any, fields: Fields, facts: ModelFacts) -> dict[str, Any] | None:
    if choice is None:
        return None
    if choice == "required" and facts.any_tool:
        return {"any": {}}
    if isinstance(choice, Mapping) and choice["type"] == "function" and facts.named_tool:
        return {"tool": {"name": choice["function"]["name"]}}
    fields.refuse("tool_choice")
    return None


def _format(body: dict[str, Any], fields: Fields, facts: ModelFacts) -> None:
    """Structured outputs where the model has them for it; else a tool that must be called with the answer."""
    wanted = fields.take("response_format")
    if not wanted:
        return
    named = wanted.get("json_schema") or {}
    schema = named.get("schema")
    if schema is not None and facts.structured_outputs and (facts.claude is None or takes_schema(schema)):
        written = {"schema": msgspec.json.encode(schema).decode(), "name": named["name"]}
        if named.get("description"):
            written["description"] = named["description"]
        structure = {"jsonSchema": written}
        body["outputConfig"] = {"textFormat": {"type": "json_schema", "structure": structure}}
    elif "toolConfig" in body or not facts.any_tool:
        fields.refuse("response_format")  # forcing our tool would forbid the application's own
    else:
        tool = {
            "name": JSON_TOOL,
            "description": named.get("description") or "Give the answer as JSON.",
            "inputSchema": {"json": schema or {"type": "object"}},
        }
        forced = {"tool": {"name": JSON_TOOL}} if facts.named_tool else {"any": {}}
        body["toolConfig"] = {"tools": [{"toolSpec": tool}], "toolChoice": forced}


def _past_tools(body: dict[str, Any], request: Mapping[str, Any]) -> None:
    """Calls of the past need their tools, also where the application offers none any more."""
    names = called(request)
    if names and "toolConfig" not in body:
        specs = [{"toolSpec": {"name": name, "inputSchema": {"json": {"type": "object"}}}} for name in names]
        body["toolConfig"] = {"tools": specs}


def _reasoning(
    body: dict[str, Any],
    extra: dict[str, Any],
    fields: Fields,
    facts: ModelFacts,
    conversation: Conversation,
) -> bool:
    """In the words of the model's family; whether a Claude was told to think."""
    if facts.claude is not None:
        return _claude_thinking(body, extra, fields, facts.claude, conversation)
    effort = fields.take("reasoning_effort")
    if effort is None or effort == "none":
        return False
    if facts.thinking == "effort" and effort in _THREE_EFFORTS:
        extra["reasoning_effort"] = _THREE_EFFORTS[effort]
    elif facts.thinking == "config" and effort in _THREE_EFFORTS:
        extra["reasoning_config"] = _THREE_EFFORTS[effort]
    elif facts.thinking == "nova" and effort in _NOVA_EFFORTS:
        extra["reasoningConfig"] = {"type": "enabled", "maxReasoningEffort": _NOVA_EFFORTS[effort]}
    else:
        fields.refuse("reasoning_effort")
    return False


def _claude_thinking(
    body: dict[str, Any],
    extra: dict[str, Any],
    fields: Fields,
    facts: ClaudeFacts,
    conversation: Conversation,
) -> bool:
    native, effort = fields.take("thinking"), fields.take("reasoning_effort")
    config = fields.take("output_config") or {}
    bound = "toolChoice" in body.get("toolConfig", {}) or conversation.lacks_thinking
    cap = body["inferenceConfig"]["maxTokens"]
    said = told(Asked(native, config.get("effort"), effort, cap, bound), facts)
    if said.refused:
        fields.refuse("reasoning_effort" if effort else "thinking")
    if said.thinking:
        extra["thinking"] = said.thinking
    if said.effort:
        extra["output_config"] = {"effort": said.effort}
    return said.thinks


def _sampling(
    config: dict[str, Any], extra: dict[str, Any], fields: Fields, facts: ModelFacts, *, fixed: bool
) -> None:
    """Temperature ends at 1; a Claude that thinks and newer ones allow only the default, or top_p alone."""
    temperature, top_p, top_k = fields.take("temperature"), fields.take("top_p"), fields.take("top_k")
    if temperature is not None:
        if temperature > 1 or (fixed and temperature != 1):
            fields.refuse("temperature")
        elif not fixed:
            config["temperature"] = temperature
    if top_p is not None and not (top_p == 1 and facts.is_claude):
        if fixed or ("temperature" in config and not facts.samples_twice):
            fields.refuse("top_p")
        else:
            config["topP"] = top_p
    if top_k is not None:
        if fixed or not facts.top_k:
            fields.refuse("top_k")
        else:
            extra.update({"top_k": top_k} if facts.is_claude else {"inferenceConfig": {"topK": top_k}})


def _the_rest(body: dict[str, Any], fields: Fields) -> None:
    metadata = fields.take("metadata")
    if metadata and _writable(metadata):
        body["requestMetadata"] = metadata
    elif metadata:
        fields.refuse("metadata")
    tier = fields.take("service_tier")
    if tier in _TIERS:
        body["serviceTier"] = {"type": tier}
    elif tier is not None:
        fields.refuse("service_tier")
    guardrail = fields.take("guardrailConfig")
    if guardrail:
        body["guardrailConfig"] = guardrail


def _writable(metadata: Mapping[str, Any]) -> bool:
    """Whether Bedrock's log of invocations takes it: a few short texts of plain characters."""
    return len(metadata) <= MAX_METADATA and all(
        isinstance(value, str) and _METADATA.fullmatch(name) and (not value or _METADATA.fullmatch(value))
        for name, value in metadata.items()
    )

"""OpenAI's request as Gemini's: tools, format, sampling, thinking."""

from collections.abc import Mapping
from typing import Any

from routing.adapters.contract import Target
from routing.adapters.fields import MARKS, Fields, listed, output_cap
from routing.adapters.gemini_messages import conversation
from routing.adapters.gemini_models import thinking_config

_PLAIN = {
    "temperature": "temperature",
    "top_p": "topP",
    "top_k": "topK",
    "seed": "seed",
    "presence_penalty": "presencePenalty",
    "frequency_penalty": "frequencyPenalty",
    "n": "candidateCount",
}


def translate(request: Mapping[str, Any], target: Target) -> tuple[dict[str, Any], tuple[str, ...]]:
    """(Gemini's body, what could not be expressed)."""
    fields = Fields(request)
    system, contents = conversation(request, fields, target.upstream_id)
    body: dict[str, Any] = {"contents": contents}
    if system:
        body["systemInstruction"] = {"parts": system}
    config: dict[str, Any] = {"maxOutputTokens": output_cap(request, target.max_output_tokens)}
    for name, theirs in _PLAIN.items():
        value = fields.take(name)
        if value is not None:
            config[theirs] = value
    stops = listed(fields.take("stop"))
    if stops:
        config["stopSequences"] = stops
    _format(config, fields)
    _logprobs(config, fields)
    _thinking(config, fields, target.upstream_id)
    body["generationConfig"] = config
    _tools(body, fields)
    return body, fields.unsupported()


def _format(config: dict[str, Any], fields: Fields) -> None:
    wanted = fields.take("response_format")
    if not wanted:
        return
    config["responseMimeType"] = "application/json"
    schema = (wanted.get("json_schema") or {}).get("schema")
    if schema is not None:
        config["responseJsonSchema"] = schema


def _logprobs(config: dict[str, Any], fields: Fields) -> None:
    asked, top = fields.take("logprobs"), fields.take("top_logprobs")
    if asked:
        config["responseLogprobs"] = True
        if top:
            config["logprobs"] = top


def _thinking(config: dict[str, Any], fields: Fields, upstream_id: str) -> None:
    effort = fields.take("reasoning_effort")
    if effort is None:
        return
    thinking = thinking_config(effort, upstream_id)
    if thinking is None:
        fields.refuse("reasoning_effort")
    elif thinking:
        config["thinkingConfig"] = thinking


def _tools(body: dict[str, Any], fields: Fields) -> None:
    declared = fields.take("tools")
    choice = fields.take("tool_choice")
    if fields.take("parallel_tool_calls") is False:
        fields.refuse("parallel_tool_calls")
    if not declared:
        return
    functions = []
    for place, tool in enumerate(declared):
        fields.refuse_given(tool, f"tools[{place}]", *MARKS)
        if tool["type"] == "function":
            functions.append(_function(tool["function"]))
        else:
            fields.refuse(f"tools[{place}]")
    if not functions:
        return
    body["tools"] = [{"functionDeclarations": functions}]
    strict = any(tool.get("function", {}).get("strict") for tool in declared)
    calling = _choice(choice, fields, strict=strict)
    if calling:
        body["toolConfig"] = {"functionCallingConfig": calling}


def _function(function: Mapping[str, Any]) -> dict[str, Any]:
    declared: dict[str, Any] = {"name": function["name"], "description": function.get("description") or ""}
    if function.get("parameters"):
        declared["parametersJsonSchema"] = function["parameters"]
    return declared


def _choice(choice: Any, fields: Fields, *, strict: bool) -> dict[str, Any]:
    """The calling mode. ANY keeps to the schema by itself; VALIDATED is AUTO that does."""
    if choice in (None, "auto"):
        return {"mode": "VALIDATED"} if strict else {}
    if choice == "none":
        return {"mode": "NONE"}
    if choice == "required":
        return {"mode": "ANY"}
    if choice["type"] == "function":
        return {"mode": "ANY", "allowedFunctionNames": [choice["function"]["name"]]}
    if choice["type"] == "allowed_tools":
        allowed = choice["allowed_tools"]
        names = [(tool.get("function") or {}).get("name") for tool in allowed["tools"]]
        if all(names):
            mode = "ANY" if allowed["mode"] == "required" else "VALIDATED"
            return {"mode": mode, "allowedFunctionNames": names}
    fields.refuse("tool_choice")
    return {}

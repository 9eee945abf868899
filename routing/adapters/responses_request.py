"""OpenAI's chat request as its Responses API takes it. Nothing is kept at the provider: `store` is false."""

from collections.abc import Mapping
from typing import Any

from routing.adapters.contract import Target
from routing.adapters.fields import SEALED, Fields, output_cap
from routing.adapters.responses_messages import conversation, thinks

_AS_THEY_ARE = (
    "temperature",
    "top_p",
    "parallel_tool_calls",
    "metadata",
    "service_tier",
    "prompt_cache_key",
    "prompt_cache_retention",
    "prompt_cache_options",
    "moderation",
    "access_programs",
)
_NAMED = ("user", "safety_identifier")  # of whom the request is; every dialect may leave these out
_NO_PARAMETERS: dict[str, Any] = {"type": "object", "properties": {}}


def translate(
    request: Mapping[str, Any], target: Target, *, stream: bool
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """(the body, what could not be expressed)."""
    fields = Fields(request)
    body: dict[str, Any] = {
        "model": target.upstream_id,
        "input": conversation(request, fields),
        "max_output_tokens": output_cap(request, target.max_output_tokens),
        "store": False,
    }
    for name in _AS_THEY_ARE:
        value = fields.take(name)
        if value is not None:
            body[name] = value
    body.update((name, request[name]) for name in _NAMED if request.get(name))
    _tools(body, fields)
    _text(body, fields)
    _include(body, fields)
    if stream:
        body["stream"] = True
        obfuscation = (request.get("stream_options") or {}).get("include_obfuscation")
        if obfuscation is not None:
            body["stream_options"] = {"include_obfuscation": obfuscation}
    return body, fields.unsupported()


def _include(body: dict[str, Any], fields: Fields) -> None:
    """Reasoning, sealed to be sent back, where that is asked for or the request says that the model reasons;
    log probabilities."""
    include = []
    further = fields.take("include")
    if further is not None:
        fields.refuse("include")
    asked_for = fields.has("include") and further is None
    reasoning = dict(fields.take("reasoning") or {})
    effort = fields.take("reasoning_effort")
    if effort is not None:
        reasoning["effort"] = effort
    if reasoning:
        body["reasoning"] = reasoning
    if reasoning.get("effort", "none") != "none" or asked_for or thinks(body["input"]):
        include.append(SEALED)
    asked, top = fields.take("logprobs"), fields.take("top_logprobs")
    if asked:
        include.append("message.output_text.logprobs")
        if top:
            body["top_logprobs"] = top
    if include:
        body["include"] = include


def _text(body: dict[str, Any], fields: Fields) -> None:
    text: dict[str, Any] = {}
    wanted = fields.take("response_format")
    if wanted:
        schema = wanted.get("json_schema") or {}
        text["format"] = {"type": wanted["type"], **{name: schema[name] for name in schema}}
        if wanted["type"] == "json_schema":
            text["format"].setdefault("schema", {"type": "object"})
    verbosity = fields.take("verbosity")
    if verbosity:
        text["verbosity"] = verbosity
    if text:
        body["text"] = text


def _tools(body: dict[str, Any], fields: Fields) -> None:
    declared = fields.take("tools")
    choice = fields.take("tool_choice")
    if not declared:
        return
    body["tools"] = [_tool(tool) for tool in declared]
    if choice is not None:
        body["tool_choice"] = _choice(choice)


def _tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    if tool["type"] == "custom":
        return _custom(tool["custom"])
    function = tool["function"]
    declared: dict[str, Any] = {"type": "function", "name": function["name"]}
    if function.get("description"):
        declared["description"] = function["description"]
    declared["parameters"] = function.get("parameters") or _NO_PARAMETERS
    declared["strict"] = bool(function.get("strict"))  # left out it would mean true here, and false in chat
    return declared


def _custom(custom: Mapping[str, Any]) -> dict[str, Any]:
    """A grammar lies one level deeper in chat."""
    declared = {"type": "custom", **custom}
    form = custom.get("format")
    if isinstance(form, Mapping) and isinstance(form.get("grammar"), Mapping):
        declared["format"] = {"type": "grammar", **form["grammar"]}
    return declared


def _choice(choice: Any) -> Any:
    if isinstance(choice, str):
        return choice
    kind = choice["type"]
    if kind == "allowed_tools":
        allowed = choice["allowed_tools"]
        return {"type": kind, "mode": allowed["mode"], "tools": [_named(tool) for tool in allowed["tools"]]}
    return _named(choice)


def _named(tool: Mapping[str, Any]) -> dict[str, Any]:
    kind = str(tool.get("type"))
    inner = tool.get(kind)
    return {"type": kind, "name": inner["name"]} if isinstance(inner, Mapping) else dict(tool)

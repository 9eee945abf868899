"""A JSON schema told to a model that takes none: in words, or as the one tool that it must call.

Which it is, a deployment says by a quirk; a model without the capability `json_schema`, of whose deployment
nothing is said, is told in words. Either way the answer is held to the schema (routing.lane.shaping).
"""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from routing.core.roles import with_instruction
from routing.core.tokens import TOKENS_FOR_TOOLS, TOKENS_PER_TOOL

BY_PROMPT, BY_TOOL = "json_schema_by_prompt", "json_schema_by_tool"
QUIRKS = {BY_PROMPT: "has no `json_schema`: the model is told it in words, and its answer is held to it"}
TOOL_QUIRKS = {BY_TOOL: "has no `json_schema`: the model must call a tool that takes it, for an answer"}
ANSWER_TOOL = "give_answer"
WORDS = (
    "Answer with JSON alone: no code fence, and nothing before or after it. "
    "It must meet this JSON Schema:\n{schema}"
)
# Never under what telling adds to the schema itself, either way; also of dialects that tell it by a tool.
TOKENS_OF_TELLING = 192 + TOKENS_FOR_TOOLS + TOKENS_PER_TOOL

Choice = Mapping[str, Any]


class Way(StrEnum):
    """How a model gets the schema that is asked for, where it has no mode for it."""

    WORDS = "words"
    TOOL = "tool"


def way_of(request: Mapping[str, Any], capabilities: frozenset[str], quirks: frozenset[str]) -> Way | None:
    """None where no schema is asked for, or the model takes it as it is."""
    if not asks_schema(request):
        return None
    if BY_TOOL in quirks and not request.get("tools") and _schema(request).get("type") == "object":
        return Way.TOOL
    told = BY_PROMPT in quirks or BY_TOOL in quirks or "json_schema" not in capabilities
    return Way.WORDS if told else None


def asks_schema(request: Mapping[str, Any]) -> bool:
    """Of operations other than chat, the field of this name says something else."""
    asked = request.get("response_format")
    return isinstance(asked, Mapping) and asked.get("type") == "json_schema"


def schema_text(request: Mapping[str, Any]) -> str:
    """The schema that the request asks for."""
    return json.dumps(_schema(request), ensure_ascii=False)


def told(request: Mapping[str, Any], way: Way, capabilities: frozenset[str]) -> dict[str, Any]:
    """The request as it is sent to a model that takes no schema."""
    rest = {name: value for name, value in request.items() if name != "response_format"}
    if way is Way.TOOL:
        function = {
            "name": ANSWER_TOOL,
            "description": "Gives the answer.",
            "parameters": _schema(request),
        }
        choice = {"type": "function", "function": {"name": ANSWER_TOOL}}
        return {**rest, "tools": [{"type": "function", "function": function}], "tool_choice": choice}
    words = WORDS.format(schema=schema_text(request))
    if "json_object" in capabilities:
        rest["response_format"] = {"type": "json_object"}
    return {**rest, "messages": with_instruction(request["messages"], words)}


def answered(choice: Choice) -> Choice:
    """A choice of a whole answer, or of a stream's step, with what the tool was given as its text."""
    part = "message" if "message" in choice else "delta"
    said = choice.get(part) or {}
    made = {**choice}
    if choice.get("finish_reason") == "tool_calls":
        made["finish_reason"] = "stop"
    if said.get("tool_calls"):
        given = "".join((call.get("function") or {}).get("arguments") or "" for call in said["tool_calls"])
        rest = {name: value for name, value in said.items() if name != "tool_calls"}
        made[part] = {**rest, "content": (said.get("content") or "") + given}
    return made


def _schema(request: Mapping[str, Any]) -> Mapping[str, Any]:
    return request["response_format"]["json_schema"].get("schema") or {}

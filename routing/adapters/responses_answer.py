"""The answer of OpenAI's Responses API, whole, in the terms of its chat."""

from collections.abc import Mapping
from typing import Any

from routing.adapters.contract import Completion, Usage
from routing.adapters.counts import count, part, word
from routing.core.phases import listed

_CUT_SHORT = {"max_output_tokens": "length", "content_filter": "content_filter"}
_EXTRA = ("service_tier", "content_filters", "moderation")
FINISHED = ("completed", "incomplete")


def completion(answer: Mapping[str, Any], request_id: str = "") -> Completion:
    """Raises KeyError, TypeError or AttributeError where `answer` is none."""
    message, logprobs = read_output(answer["output"])
    choice = {
        "index": 0,
        "message": message,
        "logprobs": {"content": logprobs, "refusal": None} if logprobs else None,
        "finish_reason": finish_reason(answer, calls_tools=bool(message.get("tool_calls"))),
    }
    return Completion(
        choices=(choice,),
        usage=read_usage(part(answer, "usage")),
        reported_model=word(answer.get("model")),
        response_id=word(answer.get("id")),
        extra=extra_of(answer),
        request_id=request_id,
    )


def extra_of(answer: Mapping[str, Any]) -> dict[str, Any]:
    """What the answer says beside its output that an application may want."""
    return {name: answer[name] for name in _EXTRA if answer.get(name)}


def finish_reason(answer: Mapping[str, Any], *, calls_tools: bool) -> str:
    """Why it ended; an answer that is incomplete for a reason we don't know was still cut short."""
    if answer.get("status") == "incomplete":
        reason = part(answer, "incomplete_details").get("reason")
        return _CUT_SHORT.get(reason, "length") if isinstance(reason, str) else "length"
    return "tool_calls" if calls_tools else "stop"


def read_usage(usage: Mapping[str, Any]) -> Usage:
    return Usage(
        input_tokens=count(usage.get("input_tokens")),
        output_tokens=count(usage.get("output_tokens")),
        cache_read_tokens=count(part(usage, "input_tokens_details").get("cached_tokens")),
        cache_write_tokens=count(part(usage, "input_tokens_details").get("cache_write_tokens")),
        reasoning_tokens=count(part(usage, "output_tokens_details").get("reasoning_tokens")),
    )


def read_output(output: list[dict[str, Any]]) -> tuple[dict[str, Any], list[Any]]:
    """(the message, the log probabilities of its tokens)."""
    said: dict[str, list[Any]] = {"text": [], "refusal": [], "logprobs": [], "annotations": [], "phases": []}
    thoughts: list[str] = []
    sealed: list[dict[str, Any]] = []
    calls: list[dict[str, Any]] = []
    for item in output:
        match item["type"]:
            case "message":
                _read_message(item, said)
            case "reasoning":
                thoughts.extend(thoughts_of(item))
                sealed.extend(sealed_of(item))
            case "function_call" | "custom_tool_call":
                calls.append(call_of(item))
    message: dict[str, Any] = {
        "role": "assistant",
        "content": "".join(said["text"]) or None,
        "refusal": "".join(said["refusal"]) or None,
    }
    further = {
        "reasoning_content": "\n\n".join(thoughts),
        "reasoning_items": sealed,
        "annotations": said["annotations"],
        "phases": listed(said["phases"]),
        "tool_calls": calls,
    }
    message.update((name, value) for name, value in further.items() if value)
    return message, said["logprobs"]


def _read_message(item: Mapping[str, Any], said: dict[str, list[Any]]) -> None:
    before = len(said["text"])
    for piece in item["content"]:
        if piece["type"] == "output_text":
            said["text"].append(piece["text"])
            said["logprobs"].extend(piece.get("logprobs") or ())
            said["annotations"].extend(annotation_of(note) for note in piece.get("annotations") or ())
        elif piece["type"] == "refusal":
            said["refusal"].append(piece["refusal"])
    said["phases"].append((word(item.get("phase")), "".join(said["text"][before:])))


def thoughts_of(item: Mapping[str, Any]) -> list[str]:
    """The summaries of a thought, or the thought itself from who gives it."""
    pieces = item.get("summary") or item.get("content") or ()
    return [piece["text"] for piece in pieces if piece["text"]]


def sealed_of(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The thought as it may go back: one without its seal is not known to a provider that keeps nothing."""
    if not item.get("encrypted_content"):
        return []
    return [{name: value for name, value in item.items() if name != "status"}]


def call_of(item: Mapping[str, Any]) -> dict[str, Any]:
    if item["type"] == "custom_tool_call":
        made = {"name": item["name"], "input": item.get("input") or ""}
        return {"id": item["call_id"], "type": "custom", "custom": made}
    function = {"name": item["name"], "arguments": item.get("arguments") or "{}"}
    return {"id": item["call_id"], "type": "function", "function": function}


def annotation_of(note: Mapping[str, Any]) -> dict[str, Any]:
    """Chat keeps what a note says under the name of its type."""
    kind = str(note["type"])
    return {"type": kind, kind: {name: value for name, value in note.items() if name != "type"}}

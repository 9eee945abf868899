"""Chat's answer as the response object of OpenAI's Responses."""

from collections.abc import Mapping, Sequence
from typing import Any

from routing.surfaces.blocks import Block, Kind, blocks_of
from routing.surfaces.seals import packed

_CUT_SHORT = {"length": "max_output_tokens", "content_filter": "content_filter"}
_PREFIXES = {Kind.THOUGHT: "rs", Kind.TEXT: "msg", Kind.REFUSAL: "msg", Kind.CALL: "fc", Kind.CUSTOM: "ctc"}
_OF_CHAT = frozenset(("id", "object", "created", "model", "choices", "usage", "system_fingerprint", "type"))
# What an answer repeats of its request, and what it says where that was silent: the defaults of the form.
_REPEATED: Mapping[str, Any] = {
    "frequency_penalty": 0.0,
    "instructions": None,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "presence_penalty": 0.0,
    "prompt_cache_key": None,
    "reasoning": {"effort": None, "summary": None},
    "safety_identifier": None,
    "service_tier": "default",
    "temperature": 1.0,
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "tools": [],
    "top_logprobs": 0,
    "top_p": 1.0,
    "truncation": "disabled",
    "user": None,
}


def base_of(chat_id: str) -> str:
    """What all ids of one answer have in common."""
    return chat_id.removeprefix("chatcmpl-")


def repeated(request: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: request.get(name, default) for name, default in _REPEATED.items()}
    functions = {"description": None, "parameters": None, "strict": None}
    told["tools"] = [{**(functions if tool["type"] == "function" else {}), **tool} for tool in told["tools"]]
    return told


def response(answer: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """The whole response. `asked` is what it repeats of its request."""
    choice = answer["choices"][0]
    blocks = blocks_of(choice["message"], choice.get("logprobs"))
    beside = further(answer)
    told = {**beside, **asked, **tier_of(beside)}
    return finished(head(answer, told), blocks, choice.get("finish_reason"), answer.get("usage"))


def head(answer: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """A response of which nothing was said yet."""
    return {
        **told,
        "id": "resp_" + base_of(answer["id"]),
        "object": "response",
        "created_at": answer["created"],
        "completed_at": None,  # the record says when
        "status": "in_progress",
        "background": False,
        "error": None,
        "incomplete_details": None,
        "model": answer["model"],
        "output": [],
        "previous_response_id": None,
        "store": False,
        "usage": None,
    }


def finished(
    begun: Mapping[str, Any],
    blocks: Sequence[Block],
    finish_reason: str | None,
    usage: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """The response at its end: completed, or incomplete where the model was cut short."""
    reason = _CUT_SHORT.get(finish_reason or "")
    status = status_of(finish_reason)
    base = str(begun["id"]).removeprefix("resp_")
    output = [item_of(block, base, "completed") for block in blocks[:-1]]
    return {
        **begun,
        "status": status,
        "incomplete_details": {"reason": reason} if reason else None,
        "output": [*output, *(item_of(block, base, status) for block in blocks[-1:])],
        "usage": usage_of(usage),
    }


def status_of(finish_reason: str | None) -> str:
    """Of the response, and of its last item, which is the one that was cut short."""
    return "incomplete" if finish_reason in _CUT_SHORT else "completed"


def further(answer: Mapping[str, Any]) -> dict[str, Any]:
    """What a provider says beside, under its own names."""
    return {name: value for name, value in answer.items() if name not in _OF_CHAT and value is not None}


def tier_of(told: Mapping[str, Any]) -> dict[str, Any]:
    """Which tier served, where the provider says: that replaces what was asked for."""
    return {"service_tier": told["service_tier"]} if "service_tier" in told else {}


def usage_of(usage: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """None where the provider told none. This form has no unknown details: they are 0."""
    if not usage:
        return None
    of_input = usage.get("prompt_tokens_details") or {}
    of_output = usage.get("completion_tokens_details") or {}
    return {
        "input_tokens": usage["prompt_tokens"],
        "input_tokens_details": {
            "cached_tokens": of_input.get("cached_tokens") or 0,
            "cache_write_tokens": of_input.get("cache_write_tokens") or 0,
        },
        "output_tokens": usage["completion_tokens"],
        "output_tokens_details": {"reasoning_tokens": of_output.get("reasoning_tokens") or 0},
        "total_tokens": usage["prompt_tokens"] + usage["completion_tokens"],
    }


def item_id(block: Block, base: str) -> str:
    return f"{_PREFIXES[block.kind]}_{base}{block.index:04x}"


def item_of(block: Block, base: str, status: str) -> dict[str, Any]:
    """One item of the output, with all that was said of it until now."""
    item: dict[str, Any] = {"id": item_id(block, base)}
    match block.kind:
        case Kind.THOUGHT:
            summary = [{"type": "summary_text", "text": block.text}] if block.text else []
            item.update(type="reasoning", summary=summary, status=status)
            if block.seal:
                item["encrypted_content"] = packed(block.seal)
        case Kind.CALL:
            item.update(type="function_call", call_id=block.call_id, name=block.name)
            item.update(arguments=block.text, status=status, **block.extra)
        case Kind.CUSTOM:
            item.update(type="custom_tool_call", call_id=block.call_id, name=block.name, input=block.text)
        case _:
            content = [] if status == "in_progress" else [part_of(block)]
            item.update(type="message", role="assistant", status=status, content=content)
            if block.phase:
                item["phase"] = block.phase
    return item


def part_of(block: Block) -> dict[str, Any]:
    """What was said to the user."""
    if block.kind is Kind.REFUSAL:
        return {"type": "refusal", "refusal": block.text}
    notes = [note_of(note) for note in block.annotations]
    return {"type": "output_text", "text": block.text, "annotations": notes, "logprobs": block.logprobs}


def note_of(note: Mapping[str, Any]) -> dict[str, Any]:
    """Chat keeps what a note says under the name of its type."""
    kind = str(note.get("type"))
    said = note.get(kind)
    return {"type": kind, **said} if isinstance(said, Mapping) else dict(note)

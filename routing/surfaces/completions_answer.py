"""Chat's choices as those of a legacy completion: texts for messages, and log probabilities in columns."""

from collections.abc import Mapping, Sequence
from typing import Any

_OF_CHAT = frozenset(("index", "message", "delta", "finish_reason", "logprobs"))
_OWN_WORDS = frozenset(("role", "content", "refusal"))


def completion(answer: Mapping[str, Any], echoed: str) -> dict[str, Any]:
    """The whole answer. `echoed` is said before each text."""
    choices = [choice_value(choice, choice["message"], echoed) for choice in answer["choices"]]
    return {**head(answer), "choices": choices}


def head(answer: Mapping[str, Any]) -> dict[str, Any]:
    """An answer or a chunk under its own names, still with chat's choices."""
    name = "cmpl-" + str(answer["id"]).removeprefix("chatcmpl-")
    return {**answer, "id": name, "object": "text_completion"}


def choice_value(
    choice: Mapping[str, Any], said: Mapping[str, Any], before: str, offset: int = 0
) -> dict[str, Any]:
    """One choice, of whose text `offset` characters were given before. What a model says beside its text
    (its thoughts, say) stays beside it, under its own name."""
    text = said.get("content") or said.get("refusal") or ""
    beside = {name: value for name, value in choice.items() if name not in _OF_CHAT}
    beside |= {name: value for name, value in said.items() if name not in _OWN_WORDS and value}
    return {
        "text": before + text,
        "index": choice.get("index", 0),
        "logprobs": columns(choice.get("logprobs"), offset),
        "finish_reason": choice.get("finish_reason"),
        **beside,
    }


def columns(logprobs: Mapping[str, Any] | None, offset: int) -> dict[str, Any] | None:
    """The old form: a list of each, and for every token its alternatives as one object."""
    steps: Sequence[Mapping[str, Any]] = (logprobs or {}).get("content") or ()
    if not steps:
        return None
    offsets = []
    for step in steps:
        offsets.append(offset)
        offset += len(step["token"])
    tops = [{top["token"]: top["logprob"] for top in step.get("top_logprobs") or ()} for step in steps]
    return {
        "tokens": [step["token"] for step in steps],
        "token_logprobs": [step["logprob"] for step in steps],
        "top_logprobs": tops if any(tops) else None,
        "text_offset": offsets,
    }
